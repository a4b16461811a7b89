{{ config(materialized='ephemeral') }}

-- Grain: a name of a model that has a price; rank 1 is an alias of the user's, rank 2 the model's own name or one that the
-- catalog lists for it.
-- Guarantee: every name here leads to a model of the price list or of a contract.
-- Trap: a contract for a beginning of names (ending in *) or for all providers ('*') makes no price model.

with aliases as (

    {{ tokenmart.price_seed('model_aliases', ref('model_aliases')) }}

),

catalog_names as (

    {{ tokenmart.price_seed('model_names', ref('model_names')) }}

),

price_models as (

    select distinct
        provider,
        model_id
    from {{ ref('int_list_prices') }}
    union
    select distinct
        provider,
        model_id
    from {{ ref('int_contract_prices') }}
    where
        provider <> '*'
        and model_id not like '%*'

),

names as (

    select
        1 as rank,
        {{ tokenmart.plain_name('provider') }} as price_provider,
        {{ tokenmart.plain_name('name') }} as name,
        {{ tokenmart.plain_name('model_id') }} as price_model_id,
        false as is_home
    from aliases
    union all
    select
        2 as rank,
        {{ tokenmart.plain_name('provider') }} as price_provider,
        {{ tokenmart.plain_name('name') }} as name,
        {{ tokenmart.plain_name('model_id') }} as price_model_id,
        coalesce(is_home, 'false') = 'true' as is_home
    from catalog_names
    union all
    select
        2 as rank,
        provider as price_provider,
        model_id as name,
        model_id as price_model_id,
        false as is_home
    from price_models

)

select names.*
from names
inner join price_models
    on
        names.price_provider = price_models.provider
        and names.price_model_id = price_models.model_id
