-- Grain: provider × model_id (as usage names them) × processing × context_band × effective_from.
-- Guarantee: at most one row for a row of daily usage, with the price of every class beside each other, so that
-- pricing is one join. macros/pricing/priced_usage.sql makes it.
-- Trap: 'bucket' is priced at base; 'upper' is the highest that each class may cost, and its bound.

with names as (

    select * from {{ ref('int_model_names') }}

),

prices as (

    select * from {{ ref('int_model_prices') }}

),

rates as (

    select
        price_provider,
        price_model_id,
        processing,
        priced_as,
        context_band,
        effective_from,
        effective_to,
        max(case when varies_by_time_of_day then 1 else 0 end) = 1 as varies_by_time_of_day,
        {{ tokenmart.class_rates() }}
    from prices
    group by 1, 2, 3, 4, 5, 6, 7

)

select
    names.provider,
    names.model_id,
    names.price_match,
    rates.context_band = 'bucket' or rates.varies_by_time_of_day as is_bounded,
    rates.*
from names
inner join rates
    on
        names.price_provider = rates.price_provider
        and names.price_model_id = rates.price_model_id
