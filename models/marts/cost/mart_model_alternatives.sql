-- Question: what would this month's tokens cost on another model, in another processing, or without a cache?
-- Grain: usage_month × price_provider × canonical_model_id × alternative_kind × alternative_provider × alternative_model_id
-- × alternative_processing, per source_instance. Kinds: 'model' (those of the provider's price list that have a price for all of
-- the tokens, and all models in use in the month; processed as it was), 'processing' (that the model has prices for),
-- 'without_cache'.
-- Guarantee: tokens times list price on priced_on, the month's last day of usage; null where tokens of a class have no price.
-- Trap: arithmetic with list prices, and no promise. Another model cuts text into other tokens, answers at other length and
-- quality, and may be capable of less; steps of a request's length are left out. Never add up alternatives.

{%- set money = tokenmart.type_money() %}

with tokens as (

    select * from {{ ref('int_tokens_monthly') }}

),

prices as (

    select * from {{ ref('int_alternative_prices') }}

),

alternatives as (

    select * from {{ ref('int_model_alternatives') }}

),

priced as (

    select
        alternatives.source_instance,
        alternatives.usage_month,
        alternatives.price_provider,
        alternatives.canonical_model_id,
        alternatives.kind as alternative_kind,
        alternatives.alternative_provider,
        alternatives.alternative_model_id,
        alternatives.alternative_processing,
        max(alternatives.priced_on) as priced_on,
        max(case when alternatives.is_in_use then 1 else 0 end) as is_in_use,
        cast(sum(tokens.tokens) as {{ dbt.type_bigint() }}) as tokens,
        cast(
            sum(case when prices.usd_per_million is null then 0 else tokens.tokens end) as {{ dbt.type_bigint() }}
        ) as priced_tokens,
        case when count(*) = count(tokens.list_cost_usd) then sum(tokens.list_cost_usd) end as list_cost_usd,
        case
            when count(*) = count(prices.usd_per_million)
                then sum({{ tokenmart.token_cost('tokens.tokens', 'prices.usd_per_million') }})
        end as alternative_list_cost_usd
    from alternatives
    inner join tokens
        on
            alternatives.source_instance = tokens.source_instance
            and alternatives.usage_month = tokens.usage_month
            and coalesce(alternatives.price_provider, '') = coalesce(tokens.price_provider, '')
            and alternatives.canonical_model_id = tokens.canonical_model_id
    left join prices
        on
            alternatives.priced_on = prices.priced_on
            and alternatives.alternative_provider = prices.provider
            and alternatives.alternative_model_id = prices.model_id
            and coalesce(alternatives.alternative_processing, tokens.processing) = prices.processing
            and case
                when alternatives.kind <> 'without_cache' then tokens.token_class
                when tokens.token_class like 'cache_write%' then 'uncached_text_input'
                when tokens.token_class like 'cached%' then 'un' || tokens.token_class
                else tokens.token_class
            end = prices.token_class
    group by 1, 2, 3, 4, 5, 6, 7, 8

)

select
    source_instance,
    usage_month,
    price_provider,
    canonical_model_id,
    alternative_kind,
    alternative_provider,
    alternative_model_id,
    alternative_processing,
    priced_on,
    tokens,
    priced_tokens,
    {{ tokenmart.ratio('priced_tokens', 'tokens') }} as share_of_tokens_priced,
    cast(list_cost_usd as {{ money }}) as list_cost_usd,
    cast(alternative_list_cost_usd as {{ money }}) as alternative_list_cost_usd,
    cast(alternative_list_cost_usd - list_cost_usd as {{ money }}) as difference_usd
from priced
-- of what no one uses, only what could serve all of the tokens
where is_in_use = 1 or priced_tokens = tokens
