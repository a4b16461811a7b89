{#
    The rows of a relation, as `records`, with columns more, {name: expression}, as a select. Postgres copies an expression to
    every place that uses it, and works it out there; behind a lateral fence it does so once a row, and for rows that are left.
#}
{% macro with_columns(relation, columns) %}
    {{- return(adapter.dispatch('with_columns', 'tokenmart')(relation, columns)) -}}
{% endmacro %}

{% macro default__with_columns(relation, columns) %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{% macro duckdb__with_columns(relation, columns) -%}
    select
        records.*
        {%- for name, expression in columns.items() %},
        {{ expression }} as {{ name }}
        {%- endfor %}
    from {{ relation }} as records
{%- endmacro %}

{% macro postgres__with_columns(relation, columns) -%}
    select
        records.*
        {%- for name in columns %},
        columns.{{ name }}
        {%- endfor %}
    from {{ relation }} as records
    {{ tokenmart.lateral_columns('columns', columns) }}
{%- endmacro %}

{# Columns of what stands before it, as a relation of Postgres'. #}
{% macro lateral_columns(alias, columns) -%}
    cross join lateral (
        select
        {%- for name, expression in columns.items() %}
            {{ expression }} as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
        {{ tokenmart.materialization_fence() }}
    ) as {{ alias }}
{%- endmacro %}
