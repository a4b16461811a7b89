-- Grain: price_provider × price_model_id × processing × context_band × token_class × effective_from, of the
-- models that usage names.
-- Guarantee: one list price and one contracted price on a day; from effective_from to effective_to nothing about the
-- model changes in this processing. Without a contract the list price is the contracted one.
-- Trap: a class may have no price of its own. A broader class then covers it, if the list says so; otherwise there is
-- no row, and its tokens are not priced.

with grid as (

    select * from {{ ref('int_price_grid') }}

),

listed as (

    select * from {{ ref('int_model_list_prices') }}

),

agreed as (

    select * from {{ ref('int_model_contract_prices') }}

)

select
    grid.price_provider,
    grid.price_model_id,
    grid.processing,
    grid.priced_as,
    grid.context_band,
    grid.token_class,
    grid.effective_from,
    grid.effective_to,
    listed.priced_class,
    listed.usd_per_million,
    listed.price_source,
    listed.price_rule,
    listed.catalog,
    coalesce(listed.varies_by_time_of_day, false) as varies_by_time_of_day,
    agreed.line_number as contract_line_number,
    cast(coalesce(
        agreed.usd_per_million,
        round(listed.usd_per_million * (100 - agreed.discount_percent) * cast(0.01 as decimal(3, 2)), 6),
        listed.usd_per_million
    ) as decimal(11, 6)) as contracted_usd_per_million
from grid
left join listed
    on
        grid.price_provider = listed.price_provider
        and grid.price_model_id = listed.price_model_id
        and grid.processing = listed.processing
        and grid.effective_from = listed.effective_from
        and grid.context_band = listed.context_band
        and grid.token_class = listed.token_class
left join agreed
    on
        grid.price_provider = agreed.price_provider
        and grid.price_model_id = agreed.price_model_id
        and grid.processing = agreed.processing
        and grid.effective_from = agreed.effective_from
        and grid.context_band = agreed.context_band
        and grid.token_class = agreed.token_class
where
    listed.usd_per_million is not null
    or agreed.usd_per_million is not null
