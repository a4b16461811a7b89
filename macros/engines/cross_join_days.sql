{# Joins every row to the whole numbers from 0 to last_offset: alias.day_offset. #}
{% macro cross_join_days(last_offset, alias) %}
    {{- return(adapter.dispatch('cross_join_days', 'tokenmart')(last_offset, alias)) -}}
{% endmacro %}

{% macro default__cross_join_days(last_offset, alias) %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{% macro duckdb__cross_join_days(last_offset, alias) -%}
    cross join unnest(range(0, {{ last_offset }} + 1)) as {{ alias }} (day_offset)
{%- endmacro %}

{% macro postgres__cross_join_days(last_offset, alias) -%}
    cross join lateral generate_series(0, {{ last_offset }}) as {{ alias }} (day_offset)
{%- endmacro %}
