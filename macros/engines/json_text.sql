{#
    The text of a JSON string at a path of keys; null for anything that is not there, for any other kind
    of value, and in text that is no JSON. A number has no text: engines write the same one as 1e3, 1000 or 1000.0.

    is_checked: the text is JSON or null, so that it need not be looked at again.
#}
{% macro json_text(json, path, is_checked=false) %}
    {{- return(adapter.dispatch('json_text', 'tokenmart')(json, path, is_checked)) -}}
{% endmacro %}

{% macro default__json_text(json, path, is_checked) %}{{ tokenmart.refuse_adapter() }}{% endmacro %}

{% macro duckdb__json_text(json, path, is_checked) -%}
    {%- set member = tokenmart.json_member(json, path) -%}
    case
        when {{ 'true' if is_checked else tokenmart.is_json(json) }}
            then case when json_type({{ member }}) = 'VARCHAR' then json_extract_string({{ member }}, '$') end
    end
{%- endmacro %}

{% macro postgres__json_text(json, path, is_checked) -%}
    {%- set member = tokenmart.json_member(json, path) -%}
    case
        when {{ 'true' if is_checked else tokenmart.is_json(json) }}
            then case when json_typeof({{ member }}) = 'string' then {{ member }} #>> '{}' end
    end
{%- endmacro %}
