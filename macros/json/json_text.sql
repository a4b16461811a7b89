{# The text of a JSON value at a path of keys; null for anything that is not there, even in text that is no JSON. #}
{% macro json_text(json, path) %}
    {{- return(adapter.dispatch('json_text', 'tokenmart')(json, path)) -}}
{% endmacro %}

{% macro default__json_text(json, path) -%}
    case when {{ json }} is json then cast({{ json }} as json) #>> '{ {{- path | join(",") -}} }' end
{%- endmacro %}

{% macro duckdb__json_text(json, path) -%}
    case when json_valid({{ json }}) then json_extract_string({{ json }}, '$.{{ path | join(".") }}') end
{%- endmacro %}
