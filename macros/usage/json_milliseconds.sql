{#
    The milliseconds of a number of seconds at a path of keys, in text that is JSON; null for anything else, and for more than
    nine digits on either side of the point.
#}
{% macro json_milliseconds(json, path) -%}
    {%- set seconds = tokenmart.json_scalar(json, path) -%}
    case
        when {{ seconds }} ~ '^[0-9]{1,9}([.][0-9]{1,9})?$'
            then cast(round(cast({{ seconds }} as decimal(18, 9)) * 1000) as {{ dbt.type_bigint() }})
    end
{%- endmacro %}
