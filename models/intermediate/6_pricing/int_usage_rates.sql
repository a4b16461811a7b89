-- Grain: provider × model_id (as usage names them) × processing × context_band × effective_from.
-- Guarantee: at most one row for a row of daily usage, with the prices of all classes next to each other, so that
-- pricing is one join. macros/pricing/priced_usage.sql makes it.
-- Trap: 'mixed_lengths' is priced at base; 'upper' is the highest that each class may cost, and its bound.

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
        {%- for class in tokenmart.priced_classes() %}
        {%- set of_class = "case when token_class = '" ~ class ~ "'" %}
        max({{ of_class }} then usd_per_million end) as {{ class }}_usd,
        max({{ of_class }} then contracted_usd_per_million end) as {{ class }}_contracted_usd,
        max({{ of_class }} and price_source = 'derived' then 1 else 0 end) = 1 as {{ class }}_is_derived,
        {%- endfor %}
        max(case when token_class <> 'audio_seconds' then 1 else 0 end) = 1 as is_paid_by_token
    from prices
    group by 1, 2, 3, 4, 5, 6, 7

)

select
    names.provider,
    names.model_id,
    names.price_match,
    rates.context_band = 'mixed_lengths' or rates.varies_by_time_of_day as is_bounded,
    rates.*
from names
inner join rates
    on
        names.price_provider = rates.price_provider
        and names.price_model_id = rates.price_model_id
