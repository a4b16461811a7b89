{# A text as a JSON string, in quotes and escaped; null for null. #}
{% macro json_quoted(text) %}
    {{- return(adapter.dispatch('json_quoted', 'tokenmart')(text)) -}}
{% endmacro %}

{% macro default__json_quoted(text) %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{% macro duckdb__json_quoted(text) -%}
    cast(to_json(cast({{ text }} as varchar)) as varchar)
{%- endmacro %}

{% macro postgres__json_quoted(text) -%}
    cast(to_json(cast({{ text }} as text)) as text)
{%- endmacro %}
