{# 1 for Monday to 7 for Sunday. #}
{% macro iso_weekday(day) -%}
    cast(extract(isodow from {{ day }}) as {{ dbt.type_int() }})
{%- endmacro %}
