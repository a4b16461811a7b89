-- Grain: provider × model_id as usage names them.
-- Guarantee: a price model, or none; never one that merely begins alike (gpt-5.2-pro is not gpt-5.2). The first
-- of these that finds a model wins: an alias of the user's, the name itself or one that the catalogue lists,
-- the same with dashes for dots, the same without the date of a snapshot.
-- Trap: several providers serve a model under one name. A usage that names its provider is priced at that one;
-- one that names none at the model's home, or at the only provider that has it; else it is not priced.

with usage_models as (

    select
        provider,
        model_id,
        {{ tokenmart.plain_name('provider') }} as provider_name,
        {{ tokenmart.plain_name('model_id') }} as model_name
    from {{ ref('int_usage_models') }}

),

provider_names as (

    {{ tokenmart.price_seed('provider_names', ref('provider_names')) }}

),

catalog_names as (

    {{ tokenmart.price_seed('model_names', ref('model_names')) }}

),

aliases as (

    {{ tokenmart.price_seed('model_aliases', ref('model_aliases')) }}

),

contracts as (

    select * from {{ ref('int_contract_prices') }}

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
    from contracts
    where
        provider <> '*'
        and model_id not like '%*'

),

-- every name that a price model has; 1 is an alias of the user's, 2 the model's own or a listed one
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

),

-- the names that do have prices
priced_names as (

    select names.*
    from names
    inner join price_models
        on
            names.price_provider = price_models.provider
            and names.price_model_id = price_models.model_id

),

forms as (

    select
        provider,
        model_id,
        provider_name,
        1 as rank,
        'alias' as matched_by,
        model_name as form
    from usage_models
    union all
    select
        provider,
        model_id,
        provider_name,
        2 as rank,
        'exact' as matched_by,
        model_name as form
    from usage_models
    union all
    select
        provider,
        model_id,
        provider_name,
        3 as rank,
        'dashes' as matched_by,
        replace(model_name, '.', '-') as form
    from usage_models
    union all
    select
        provider,
        model_id,
        provider_name,
        4 as rank,
        'snapshot' as matched_by,
        {{ tokenmart.undated_model('model_name') }} as form
    from usage_models

),

-- the providers in the application's words; a usage that names none may be of any
priced_at as (

    select
        usage_models.provider,
        usage_models.model_id,
        price_providers.provider as price_provider
    from usage_models
    inner join (select distinct provider from price_models) as price_providers
        on
            usage_models.provider_name = ''
            or usage_models.provider_name = price_providers.provider
            or exists (
                select 1
                from provider_names
                where
                    {{ tokenmart.plain_name('provider_names.name') }} = usage_models.provider_name
                    and {{ tokenmart.plain_name('provider_names.provider') }} = price_providers.provider
            )

),

matches as (

    select
        forms.provider,
        forms.model_id,
        forms.rank,
        forms.matched_by,
        priced_names.price_provider,
        priced_names.price_model_id,
        max(case when priced_names.is_home then 1 else 0 end) as is_home
    from forms
    inner join priced_names
        on
            forms.form = case
                when forms.rank <= 2 then priced_names.name
                else replace(priced_names.name, '.', '-')
            end
            and case when forms.rank = 1 then 1 else 2 end = priced_names.rank
    inner join priced_at
        on
            forms.provider = priced_at.provider
            and forms.model_id = priced_at.model_id
            and priced_names.price_provider = priced_at.price_provider
    group by 1, 2, 3, 4, 5, 6

),

-- the model's own name before one that the catalogue lists for another model
ranked as (

    select
        *,
        rank() over (
            partition by provider, model_id
            order by rank, is_home desc, case when price_model_id = {{ tokenmart.plain_name('model_id') }} then 0 else 1 end
        ) as place
    from matches

),

found as (

    select
        provider,
        model_id,
        min(price_provider) as price_provider,
        min(price_model_id) as price_model_id,
        min(matched_by) as price_match
    from ranked
    where place = 1
    group by 1, 2
    -- two that are equally good are none
    having count(*) = 1

)

select
    usage_models.provider,
    usage_models.model_id,
    found.price_provider,
    found.price_model_id,
    coalesce(found.price_match, 'none') as price_match,
    {{ tokenmart.model_words('coalesce(found.price_model_id, usage_models.model_id)') }} as model_words,
    {{ tokenmart.model_words('usage_models.model_id') }} as own_words,
    {{ tokenmart.model_edition('usage_models.model_id') }} as edition
from usage_models
left join found
    on
        usage_models.provider = found.provider
        and usage_models.model_id = found.model_id
