{# Tokens times a price per million, in US dollars with twelve decimals: exact on every engine. #}
{% macro token_cost(tokens, usd_per_million) -%}
    cast({{ tokens }} as decimal(19, 0)) * {{ usd_per_million }} * cast(0.000001 as decimal(6, 6))
{%- endmacro %}


{# Milliseconds times a price per million seconds, the same way. #}
{% macro audio_cost(milliseconds, usd_per_million) -%}
    cast(cast({{ milliseconds }} as decimal(16, 0)) * {{ usd_per_million }} * cast(0.000000001 as decimal(9, 9)) as {{ tokenmart.type_money() }})
{%- endmacro %}
