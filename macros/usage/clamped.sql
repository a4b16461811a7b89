{# A moment no later than the year 9999, so that adding to it cannot leave what a timestamp holds. #}
{% macro clamped(moment) -%}
    least({{ moment }}, cast('9999-12-31' as {{ dbt.type_timestamp() }}))
{%- endmacro %}
