{{ config(materialized='ephemeral') }}

-- Grain: a model in use in a month × what else could have served it: another model, a processing, its own without a cache.
-- Guarantee: the other models of its provider's price list, those of other providers that are in use in the month
-- (is_in_use), each processing that the model has prices for, and once itself.
-- Trap: without a price on the month's day (priced_on), a model is no alternative.

with tokens as (

    select * from {{ ref('int_tokens_monthly') }}

),

prices as (

    select * from {{ ref('int_alternative_prices') }}

),

models as (

    select
        source_instance,
        usage_month,
        price_provider,
        canonical_model_id,
        max(priced_on) as priced_on
    from tokens
    group by 1, 2, 3, 4

),

-- what is listed on the day, and how
listed as (

    select distinct
        priced_on,
        provider,
        model_id,
        processing
    from prices
    where has_own_prices

),

alternatives as (

    select
        models.*,
        'model' as kind,
        listed.provider as alternative_provider,
        listed.model_id as alternative_model_id,
        cast(null as {{ dbt.type_string() }}) as alternative_processing,
        used.canonical_model_id is not null as is_in_use
    from models
    inner join listed
        on
            models.priced_on = listed.priced_on
            and listed.processing = 'standard'
    left join models as used
        on
            models.source_instance = used.source_instance
            and models.usage_month = used.usage_month
            and listed.provider = used.price_provider
            and listed.model_id = used.canonical_model_id
    where
        (listed.provider = models.price_provider or used.canonical_model_id is not null)
        and not (listed.provider = models.price_provider and listed.model_id = models.canonical_model_id)

    union all

    select
        models.*,
        'processing',
        listed.provider,
        listed.model_id,
        listed.processing,
        true
    from models
    inner join listed
        on
            models.priced_on = listed.priced_on
            and models.price_provider = listed.provider
            and models.canonical_model_id = listed.model_id

    union all

    select
        models.*,
        'without_cache',
        models.price_provider,
        models.canonical_model_id,
        cast(null as {{ dbt.type_string() }}),
        true
    from models
    inner join listed
        on
            models.priced_on = listed.priced_on
            and models.price_provider = listed.provider
            and models.canonical_model_id = listed.model_id
            and listed.processing = 'standard'

)

select * from alternatives
