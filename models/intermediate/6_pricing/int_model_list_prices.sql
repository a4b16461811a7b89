{{ config(materialized='ephemeral') }}

-- Grain: a cell of int_price_grid that the list has a price for.
-- Guarantee: one price: the class's own before one that may stand in for it (broader), and of the steps of a
-- request's length the highest that the cell reaches. The band 'upper' takes the dearest price of any step or time of day.
-- Trap: 0 is a class's own price. Another class's price stands in only where its line covers others.

with grid as (

    select * from {{ ref('int_price_grid') }}

),

prices as (

    select * from {{ ref('int_list_prices') }}

),

{{ tokenmart.price_fallbacks(tokenmart.priced_classes()) }},

candidates as (

    select
        grid.price_provider,
        grid.price_model_id,
        grid.processing,
        grid.effective_from,
        grid.context_band,
        grid.token_class,
        prices.token_class as priced_class,
        prices.price_source,
        prices.price_rule,
        prices.catalog,
        prices.peak_usd_per_million is not null as varies_by_time_of_day,
        case
            when grid.context_band = 'upper'
                then greatest(prices.usd_per_million, coalesce(prices.peak_usd_per_million, prices.usd_per_million))
            else prices.usd_per_million
        end as usd_per_million,
        price_fallbacks.distance,
        case when grid.context_band = 'upper' then 0 else coalesce(prices.above_input_tokens, 0) end as step
    from grid
    inner join prices
        on
            grid.price_provider = prices.provider
            and grid.price_model_id = prices.model_id
            and grid.priced_as = prices.processing
            and grid.effective_from between prices.effective_from and prices.effective_to
            and (
                prices.above_input_tokens is null
                or prices.above_input_tokens = grid.above_input_tokens
                or grid.context_band = 'upper'
            )
    inner join price_fallbacks
        on
            grid.token_class = price_fallbacks.token_class
            and prices.token_class = price_fallbacks.priced_class
            and (price_fallbacks.distance = 0 or prices.covers_others)

),

ranked as (

    select
        *,
        row_number() over (
            partition by price_provider, price_model_id, processing, effective_from, context_band, token_class
            order by distance, step desc, usd_per_million desc
        ) as place
    from candidates

)

select *
from ranked
where place = 1
