{# The whole number at a path of keys; null for anything else, so that one bad value stops no build. #}
{% macro json_integer(json, path) -%}
    {%- set value = tokenmart.json_text(json, path) -%}
    case
        when {{ tokenmart.is_whole_number(value) }}
            then cast({{ dbt.split_part(value, "'.'", 1) }} as {{ dbt.type_bigint() }})
    end
{%- endmacro %}


{# True for text such as -12 or 12.0 that a bigint can hold. #}
{% macro is_whole_number(text) %}
    {{- return(adapter.dispatch('is_whole_number', 'tokenmart')(text)) -}}
{% endmacro %}

{% macro default__is_whole_number(text) -%}
    {{ text }} ~ '^-?[0-9]{1,18}([.]0+)?$'
{%- endmacro %}

{% macro duckdb__is_whole_number(text) -%}
    regexp_full_match({{ text }}, '-?[0-9]{1,18}([.]0+)?')
{%- endmacro %}
