{#
    The text of a JSON string at a path of keys; null for anything that is not there, for any other kind
    of value, and in text that is no JSON. A number has no text: engines write the same one as 1e3, 1000 or 1000.0.
#}
{% macro json_text(json, path) %}
    {{- return(adapter.dispatch('json_text', 'tokenmart')(json, path)) -}}
{% endmacro %}

{% macro default__json_text(json, path) -%}
    {%- set member = tokenmart.json_member(json, path) -%}
    case
        when {{ tokenmart.is_json(json) }}
            then case when json_typeof({{ member }}) = 'string' then {{ member }} #>> '{}' end
    end
{%- endmacro %}

{% macro duckdb__json_text(json, path) -%}
    {%- set member = tokenmart.json_member(json, path) -%}
    case
        when {{ tokenmart.is_json(json) }}
            then case when json_type({{ member }}) = 'VARCHAR' then json_extract_string({{ member }}, '$') end
    end
{%- endmacro %}
