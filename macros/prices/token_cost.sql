{# Tokens times a price per million, in US dollars with twelve decimals: exact on every engine. #}
{% macro token_cost(tokens, usd_per_million) -%}
    cast({{ tokens }} as decimal(19, 0)) * {{ usd_per_million }} * cast(0.000001 as decimal(6, 6))
{%- endmacro %}
