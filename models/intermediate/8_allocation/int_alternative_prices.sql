{{ config(materialized='ephemeral') }}

-- Grain: priced_on × provider × model_id × processing × token_class, of all listed models of the providers whose prices the
-- month's usage has.
-- Guarantee: one price: the class's own before one that may stand in for it, as in int_model_list_prices; steps of a request's
-- length and times of day are left out.
-- Trap: a processing without prices of its own costs what standard does; has_own_prices says which.

with days as (

    select distinct
        priced_on,
        price_provider
    from {{ ref('int_tokens_monthly') }}

),

prices as (

    select
        days.priced_on,
        listed.provider,
        listed.model_id,
        listed.processing,
        listed.token_class,
        listed.covers_others,
        listed.usd_per_million
    from days
    inner join {{ ref('int_list_prices') }} as listed
        on
            days.price_provider = listed.provider
            and days.priced_on between listed.effective_from and listed.effective_to
    where
        listed.above_input_tokens is null
        and listed.token_class <> 'audio_seconds'

),

processings as (

    select distinct
        prices.priced_on,
        prices.provider,
        prices.model_id,
        asked.processing,
        own.processing is not null as has_own_prices,
        coalesce(own.processing, 'standard') as priced_as
    from prices
    cross join (
        {%- for name in tokenmart.processings() %}
        {{ 'union all' if not loop.first }}
        select '{{ name }}' as processing
        {%- endfor %}
    ) as asked
    left join prices as own
        on
            prices.priced_on = own.priced_on
            and prices.provider = own.provider
            and prices.model_id = own.model_id
            and asked.processing = own.processing

),

{{ tokenmart.price_fallbacks(tokenmart.token_classes()) }},

ranked as (

    select
        processings.priced_on,
        processings.provider,
        processings.model_id,
        processings.processing,
        processings.has_own_prices,
        price_fallbacks.token_class,
        prices.usd_per_million,
        row_number() over (
            partition by
                processings.priced_on, processings.provider, processings.model_id, processings.processing,
                price_fallbacks.token_class
            order by price_fallbacks.distance, prices.usd_per_million desc
        ) as place
    from processings
    inner join prices
        on
            processings.priced_on = prices.priced_on
            and processings.provider = prices.provider
            and processings.model_id = prices.model_id
            and processings.priced_as = prices.processing
    inner join price_fallbacks
        on
            prices.token_class = price_fallbacks.priced_class
            and (price_fallbacks.distance = 0 or prices.covers_others)

)

select *
from ranked
where place = 1
