{# True for an amount in US dollars, which one that names no currency is. #}
{% macro is_in_dollars(currency) -%}
    coalesce(nullif({{ tokenmart.plain_name(currency) }}, ''), 'usd') = 'usd'
{%- endmacro %}
