{{ config(materialized='ephemeral') }}

-- Grain: provider × model_id as usage names them × rank × a price model that it may be.
-- Guarantee: every price model that the name leads to, with how it was found: by an alias of the user's (rank 1), by the name
-- itself or one that the catalog lists (2), by the same with dashes for dots (3), by the same without a snapshot's date (4).
-- Trap: usage that names no provider may be of any; a provider is known by its own name or one of provider_names.

with usage_models as (

    select
        provider,
        model_id,
        {{ tokenmart.plain_name('provider') }} as provider_name,
        {{ tokenmart.plain_name('model_id') }} as model_name
    from {{ ref('int_usage_models') }}

),

price_names as (

    select * from {{ ref('int_price_names') }}

),

provider_names as (

    {{ tokenmart.price_seed('provider_names', ref('provider_names')) }}

),

forms as (

    {%- for matched_by, form in {
        'alias': 'model_name',
        'exact': 'model_name',
        'dashes': "replace(model_name, '.', '-')",
        'snapshot': tokenmart.undated_model('model_name'),
    }.items() %}
    {{ 'union all' if not loop.first }}
    select
        provider,
        model_id,
        {{ loop.index }} as rank,
        '{{ matched_by }}' as matched_by,
        {{ form }} as form
    from usage_models
    {%- endfor %}

),

priced_at as (

    select
        usage_models.provider,
        usage_models.model_id,
        price_providers.price_provider
    from usage_models
    inner join (select distinct price_provider from price_names) as price_providers
        on
            usage_models.provider_name = ''
            or usage_models.provider_name = price_providers.price_provider
            or exists (
                select 1
                from provider_names
                where
                    {{ tokenmart.plain_name('provider_names.name') }} = usage_models.provider_name
                    and {{ tokenmart.plain_name('provider_names.provider') }} = price_providers.price_provider
            )

)

select
    forms.provider,
    forms.model_id,
    forms.rank,
    forms.matched_by,
    price_names.price_provider,
    price_names.price_model_id,
    max(case when price_names.is_home then 1 else 0 end) as is_home
from forms
inner join price_names
    on
        forms.form = case
            when forms.rank <= 2 then price_names.name
            else replace(price_names.name, '.', '-')
        end
        and case when forms.rank = 1 then 1 else 2 end = price_names.rank
inner join priced_at
    on
        forms.provider = priced_at.provider
        and forms.model_id = priced_at.model_id
        and price_names.price_provider = priced_at.price_provider
group by 1, 2, 3, 4, 5, 6
