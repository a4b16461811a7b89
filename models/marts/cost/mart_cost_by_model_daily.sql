-- Question: what did which model use and cost on which day?
-- Grain: usage_date × source_system × model_id, per source_instance; model_id is null for what is no model's.
-- Guarantee: totals equal those of fct_cost_daily to the last digit.
-- cost_per_million_tokens_usd, cache_hit_ratio and the savings are of what is counted; savings are at contracted prices.
-- The cost of a million tokens leaves out what is no cost of tokens, such as an agent's calls.
-- Trap: a cost that is not known is null, never 0. unpriced_tokens says how much cost_usd leaves out.

with costs as (

    select * from {{ ref('fct_cost_daily') }}

),

daily as (

    select
        source_instance,
        usage_date,
        source_system,
        model_id,
        {{ tokenmart.sum_usage_and_money() }},
        cast(sum(case when is_counted then cached_input_tokens else 0 end) as {{ dbt.type_bigint() }}) as cached_input_tokens,
        cast(sum(case when is_counted then caching_savings_usd end) as {{ tokenmart.type_money() }}) as caching_savings_usd,
        cast(sum(case when is_counted then processing_savings_usd end) as {{ tokenmart.type_money() }}) as processing_savings_usd,
        sum(case when is_counted and cost_usd is not null then total_tokens else 0 end) as costed_tokens,
        sum(case when is_counted and total_tokens <> 0 then cost_usd end) as tokens_cost_usd
    from costs
    group by 1, 2, 3, 4

)

select
    source_instance,
    usage_date,
    source_system,
    model_id,
    record_count,
    input_tokens,
    output_tokens,
    unsplit_tokens,
    total_tokens,
    unpriced_tokens,
    unlisted_tokens,
    recorded_cost_usd,
    list_cost_usd,
    contracted_cost_usd,
    billed_cost_usd,
    cost_usd,
    company_cost_usd,
    personal_cost_usd,
    observed_tokens,
    observed_cost_usd,
    cached_input_tokens,
    caching_savings_usd,
    processing_savings_usd,
    -- a record that reports no cache may have used one
    cast(
        case
            when source_system <> 'agents' or cached_input_tokens > 0
                then {{ tokenmart.ratio('cached_input_tokens', 'input_tokens') }}
        end
        as {{ dbt.type_numeric() }}
    ) as cache_hit_ratio,
    -- over the tokens that have a cost; in whole micro-dollars, so that the ratio is exact
    {{ tokenmart.ratio('round(tokens_cost_usd * 1000000, 0)', 'costed_tokens') }} as cost_per_million_tokens_usd
from daily
