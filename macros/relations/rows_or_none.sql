{# Columns of a relation, {name: type}, as a select; no rows where the relation is none, because its source is left out. #}
{% macro rows_or_none(relation, columns) -%}
    select
        {%- for name, type in columns.items() %}
        {{ name if relation else 'cast(null as ' ~ type ~ ') as ' ~ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    {{ 'from ' ~ relation if relation else 'where false' }}
{%- endmacro %}
