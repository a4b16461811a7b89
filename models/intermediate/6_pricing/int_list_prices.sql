{{ config(pre_hook="{{ tokenmart.assert_sound_prices(ref('int_price_problems')) }}") }}

-- Grain: provider × model_id × processing × token_class × above_input_tokens × effective_from.
-- Guarantee: one price on a day; exactly what the seed says, typed.
-- Trap: effective_to is the last day, inclusive; an empty day is the beginning or the end of time.

with seed as (

    {{ tokenmart.price_seed('model_prices', ref('model_prices')) }}

)

select
    {{ tokenmart.plain_name('provider') }} as provider,
    {{ tokenmart.plain_name('model_id') }} as model_id,
    coalesce(processing, 'standard') as processing,
    token_class,
    cast(above_input_tokens as {{ dbt.type_bigint() }}) as above_input_tokens,
    cast(coalesce(effective_from, '1900-01-01') as date) as effective_from,
    cast(coalesce(effective_to, '9999-12-31') as date) as effective_to,
    cast(usd_per_million as decimal(11, 6)) as usd_per_million,
    cast(peak_usd_per_million as decimal(11, 6)) as peak_usd_per_million,
    coalesce(covers_others, 'false') = 'true' as covers_others,
    coalesce(price_source, 'listed') as price_source,
    price_rule,
    catalog
from seed
