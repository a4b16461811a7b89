{# The text of a number or a string there. #}
{% macro json_scalar(json, path) %}
    {{- return(adapter.dispatch('json_scalar', 'tokenmart')(json, path)) -}}
{% endmacro %}

{% macro default__json_scalar(json, path) %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{% macro duckdb__json_scalar(json, path) -%}
    json_extract_string({{ tokenmart.json_member(json, path) }}, '$')
{%- endmacro %}

{% macro postgres__json_scalar(json, path) -%}
    ({{ tokenmart.json_member(json, path) }} #>> '{}')
{%- endmacro %}
