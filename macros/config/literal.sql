{# A text from a variable as a SQL literal, whatever quotes it holds. #}
{% macro literal(text) -%}
    '{{ dbt.escape_single_quotes(text | string) }}'
{%- endmacro %}
