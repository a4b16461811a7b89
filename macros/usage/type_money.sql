{# The type of a cost: tokens (19 digits) times a price per million (6 decimals) has twelve decimals. #}
{% macro type_money() -%}
    decimal(38, 12)
{%- endmacro %}
