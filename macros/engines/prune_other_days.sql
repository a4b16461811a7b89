{#
    Behind a join of a view with the days that a run looks at: has Postgres leave out the rows of other days where it
    reads them. It pushes a condition into a view, but no join, and would work out all rows before it leaves most of them
    out. To compare each row with many days takes longer than it spares.

    days: a relation of these days.
#}
{% macro prune_other_days(day, days) %}
    {{- return(adapter.dispatch('prune_other_days', 'tokenmart')(day, days)) -}}
{% endmacro %}

{% macro default__prune_other_days(day, days) %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{% macro duckdb__prune_other_days(day, days) %}{% endmacro %}

{% macro postgres__prune_other_days(day, days) -%}
    where
        (select count(*) from {{ days }}) > 100
        or {{ day }} = any(array(select recompute_date from {{ days }}))
{%- endmacro %}
