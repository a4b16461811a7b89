{#
    The text of a single JSON value at a path of keys; null for anything that is not there, for an
    object or a list, and in text that is no JSON.
#}
{% macro json_text(json, path) %}
    {{- return(adapter.dispatch('json_text', 'tokenmart')(json, path)) -}}
{% endmacro %}

{% macro default__json_text(json, path) -%}
    {%- set member = "cast(" ~ json ~ " as json) #> '{" ~ path | join(",") ~ "}'" -%}
    case
        when {{ json }} is json
            then case when json_typeof({{ member }}) not in ('object', 'array') then ({{ member }}) #>> '{}' end
    end
{%- endmacro %}

{% macro duckdb__json_text(json, path) -%}
    {%- set member = "$." ~ path | join(".") -%}
    case
        when json_valid({{ json }})
            then case
                when json_type({{ json }}, '{{ member }}') not in ('OBJECT', 'ARRAY')
                    then json_extract_string({{ json }}, '{{ member }}')
            end
    end
{%- endmacro %}
