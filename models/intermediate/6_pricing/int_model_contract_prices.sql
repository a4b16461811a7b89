{{ config(materialized='ephemeral') }}

-- Grain: a cell of int_price_grid that a contract covers.
-- Guarantee: one line of contract_prices, the one that says most: of the model before its beginning, of the provider before
-- all of them, of the processing before what it is priced as, of the class before all classes.
-- Trap: a line has a price or a discount; int_model_prices takes the discount off the list price.

with grid as (

    select * from {{ ref('int_price_grid') }}

),

contracts as (

    select * from {{ ref('int_model_contracts') }}

),

ranked as (

    select
        grid.price_provider,
        grid.price_model_id,
        grid.processing,
        grid.effective_from,
        grid.context_band,
        grid.token_class,
        contracts.line_number,
        contracts.usd_per_million,
        contracts.discount_percent,
        row_number() over (
            partition by
                grid.price_provider, grid.price_model_id, grid.processing,
                grid.effective_from, grid.context_band, grid.token_class
            order by
                contracts.model_fit desc,
                contracts.provider_fit desc,
                case contracts.processing when grid.processing then 0 when grid.priced_as then 1 else 2 end,
                case when contracts.token_class = grid.token_class then 0 else 1 end
        ) as place
    from grid
    inner join contracts
        on
            grid.price_provider = contracts.provider
            and grid.price_model_id = contracts.model_id
            and contracts.processing in (grid.processing, grid.priced_as, '*')
            and contracts.token_class in (grid.token_class, '*')
            and grid.effective_from between contracts.effective_from and contracts.effective_to

)

select *
from ranked
where place = 1
