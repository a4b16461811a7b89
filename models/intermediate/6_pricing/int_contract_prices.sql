{{ config(pre_hook="{{ tokenmart.assert_sound_prices(ref('int_price_problems')) }}") }}

-- Grain: provider × model_id × processing × token_class × effective_from, each of which may be '*'.
-- Guarantee: either a price or a discount; exactly what the seed says, typed.
-- Trap: a * at the end of a model's name matches any ending; nothing else is a pattern.

with seed as (

    {{ tokenmart.price_seed('contract_prices', ref('contract_prices')) }}

)

select
    line_number,
    {{ tokenmart.plain_name('provider') }} as provider,
    {{ tokenmart.plain_name('model_id') }} as model_id,
    coalesce(processing, '*') as processing,
    coalesce(token_class, '*') as token_class,
    cast(coalesce(effective_from, '1900-01-01') as date) as effective_from,
    cast(coalesce(effective_to, '9999-12-31') as date) as effective_to,
    cast(usd_per_million as decimal(11, 6)) as usd_per_million,
    cast(discount_percent as decimal(9, 6)) as discount_percent
from seed
