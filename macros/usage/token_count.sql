{# A count of tokens as it enters a sum: a null is 0, and no sum of a few of them overflows a bigint. #}
{% macro token_count(column) -%}
    least(greatest(coalesce({{ column }}, 0), 0), 100000000000000000)
{%- endmacro %}
