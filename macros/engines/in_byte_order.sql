{# A text to order by: by its bytes, whatever collation the database has, so that the first of several is the same everywhere. #}
{% macro in_byte_order(text) %}
    {{- return(adapter.dispatch('in_byte_order', 'tokenmart')(text)) -}}
{% endmacro %}

{% macro default__in_byte_order(text) %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{% macro duckdb__in_byte_order(text) -%}
    {{ text }}
{%- endmacro %}

{% macro postgres__in_byte_order(text) -%}
    {{ text }} collate "C"
{%- endmacro %}
