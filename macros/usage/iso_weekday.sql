{# 1 for Monday to 7 for Sunday. Not in its one caller: test_engine_traps holds the engines to one answer. #}
{% macro iso_weekday(day) -%}
    cast(extract(isodow from {{ day }}) as {{ dbt.type_int() }})
{%- endmacro %}
