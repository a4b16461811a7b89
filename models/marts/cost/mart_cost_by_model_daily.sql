-- Question: what did which model use and cost on which day?
-- Grain: usage_date × source_system × model_id, per source_instance; model_id is null for what is no model's.
-- Guarantee: totals equal those of fct_cost_daily to the last digit.
-- cost_per_million_tokens_usd, cache_hit_ratio and the savings are of what is counted; savings are at contracted prices.
-- The cost of a million tokens leaves out what is no cost of tokens, such as an agent's calls.
-- Traps: a cost that is not known is null, never 0. unpriced_tokens says how much cost_usd leaves out. An average of the ratios
-- of several rows is wrong: add up tokens_cost_usd and costed_tokens, cached_input_tokens and cacheable_input_tokens, and divide.

with costs as (

    select * from {{ ref('fct_cost_daily') }}

),

daily as (

    select
        source_instance,
        usage_date,
        source_system,
        model_id,
        -- the lines of a bill name several models, and two providers may have two names for one; then it is none here
        {% for name in ['canonical_model_id', 'model_family', 'model_developer'] -%}
        case when count({{ name }}) = count(*) and min({{ name }}) = max({{ name }}) then min({{ name }}) end as {{ name }},
        {% endfor -%}
        {% for name, expression in tokenmart.summed_counts().items() -%}
        cast(sum({{ expression }}) as {{ dbt.type_bigint() }}) as {{ name }},
        {% endfor -%}
        {% for name, expression in tokenmart.summed_costs().items() -%}
        {{ tokenmart.sum_of_cost(name, expression, 'count(case when is_counted then 1 end)') }} as {{ name }},
        {% endfor -%}
        cast(sum(case when is_counted then caching_savings_usd end) as {{ tokenmart.type_money() }}) as caching_savings_usd,
        cast(sum(case when is_counted then processing_savings_usd end) as {{ tokenmart.type_money() }}) as processing_savings_usd
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
    cacheable_input_tokens,
    {{ tokenmart.ratio('cached_input_tokens', 'cacheable_input_tokens') }} as cache_hit_ratio,
    -- over the tokens that have a cost; in whole micro-dollars, so that the ratio is exact
    {{ tokenmart.ratio('round(tokens_cost_usd * 1000000, 0)', 'costed_tokens') }} as cost_per_million_tokens_usd,
    costed_tokens,
    tokens_cost_usd,
    canonical_model_id,
    model_family,
    model_developer
from daily
