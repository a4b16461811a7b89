{# The type of a content hash. #}
{% macro content_hash_type() %}
    {{- return(adapter.dispatch('content_hash_type', 'tokenmart')()) -}}
{% endmacro %}

{% macro default__content_hash_type() %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{% macro duckdb__content_hash_type() -%}
    ubigint
{%- endmacro %}

{% macro postgres__content_hash_type() -%}
    text
{%- endmacro %}
