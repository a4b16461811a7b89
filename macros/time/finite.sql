{# A moment between the years 1 and 9999, else null: what lies beyond has no day and no length. #}
{% macro finite(moment) -%}
    case
        when {{ moment }} between cast('0001-01-01' as {{ dbt.type_timestamp() }}) and cast('9999-12-31' as {{ dbt.type_timestamp() }})
            then {{ moment }}
    end
{%- endmacro %}
