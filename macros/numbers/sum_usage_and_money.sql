{# The measures of every cost mart, summed from rows of fct_cost_daily. #}
{% macro sum_usage_and_money() -%}
    {%- for tokens in ['record_count', 'input_tokens', 'output_tokens', 'unsplit_tokens', 'total_tokens'] -%}
        cast(sum({{ tokens }}) as {{ dbt.type_bigint() }}) as {{ tokens }},
    {% endfor -%}
    cast(sum(case when cost_usd is null then total_tokens else 0 end) as {{ dbt.type_bigint() }}) as unpriced_tokens,
    cast(sum(recorded_cost_usd) as {{ dbt.type_numeric() }}) as recorded_cost_usd,
    {% for money in ['list_cost_usd', 'contracted_cost_usd', 'cost_usd', 'company_cost_usd', 'personal_cost_usd'] -%}
        cast(sum({{ money }}) as {{ tokenmart.type_money() }}) as {{ money }}{{ ',' if not loop.last }}
    {% endfor -%}
{%- endmacro %}
