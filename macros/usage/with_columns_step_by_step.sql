{# with_columns with one step of columns after the other, of which each may use those before it. #}
{% macro with_columns_step_by_step(relation, steps) -%}
    {%- set made = namespace(rows=relation) -%}
    {%- for columns in steps -%}
        {%- set made.rows = '(' ~ tokenmart.with_columns(made.rows, columns) ~ ')' -%}
    {%- endfor -%}
    {{ made.rows[1:-1] }}
{%- endmacro %}
