{#
    The measures of every cost mart, summed from the rows of fct_cost_daily that are counted; what another source contains already
    is shown beside them. An unknown cost stays null; where nothing is counted, the sum is 0.
#}
{% macro sum_usage_and_money() -%}
    {%- for tokens in ['record_count', 'input_tokens', 'output_tokens', 'unsplit_tokens', 'total_tokens'] -%}
        cast(sum(case when is_counted then {{ tokens }} else 0 end) as {{ dbt.type_bigint() }}) as {{ tokens }},
    {% endfor -%}
    cast(sum(case when is_counted and cost_usd is null then total_tokens else 0 end) as {{ dbt.type_bigint() }}) as unpriced_tokens,
    cast(sum(case when is_counted and list_cost_usd is null then total_tokens else 0 end) as {{ dbt.type_bigint() }}) as unlisted_tokens,
    {% for money in [
        'recorded_cost_usd', 'list_cost_usd', 'contracted_cost_usd', 'billed_cost_usd',
        'cost_usd', 'company_cost_usd', 'personal_cost_usd',
    ] -%}
        cast(
            case when max(case when is_counted then 1 else 0 end) = 0 then 0 else sum(case when is_counted then {{ money }} end) end
            as {{ dbt.type_numeric() if money in ['recorded_cost_usd', 'billed_cost_usd'] else tokenmart.type_money() }}
        ) as {{ money }},
    {% endfor -%}
    cast(sum(case when is_counted then 0 else total_tokens end) as {{ dbt.type_bigint() }}) as observed_tokens,
    cast(sum(observed_cost_usd) as {{ tokenmart.type_money() }}) as observed_cost_usd
{%- endmacro %}
