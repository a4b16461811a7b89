{# The sum of every class of tokens, as the columns of daily usage. #}
{% macro sum_token_classes() -%}
    {%- for class in tokenmart.token_classes() -%}
        cast(coalesce(sum({{ class }}_tokens), 0) as {{ dbt.type_bigint() }}) as {{ class }}_tokens
        {{- ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
