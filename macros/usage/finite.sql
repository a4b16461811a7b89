{#
    A moment of the years 2 to 9998, else null: what lies beyond has no day and no length. A year is
    left on either side for the days around it.
#}
{% macro finite(moment) -%}
    case
        when {{ moment }} between cast('0002-01-01' as {{ dbt.type_timestamp() }}) and cast('9998-12-31' as {{ dbt.type_timestamp() }})
            then {{ moment }}
    end
{%- endmacro %}
