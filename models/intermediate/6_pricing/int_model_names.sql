-- Grain: provider × model_id as usage names them.
-- Guarantee: one price model, or none; never one whose name merely begins alike (gpt-5.2-pro is not gpt-5.2). Of what the name
-- may be (int_model_name_candidates) the lowest rank wins, then the model's home, then the model's own name before one
-- that the catalog lists for another model. Two that are equally good are none.
-- Trap: several providers serve a model under one name. Usage that names its provider is priced at that one; usage
-- that names none, at the model's home or at the only provider that has it. Otherwise it is not priced.

with usage_models as (

    select * from {{ ref('int_usage_models') }}

),

candidates as (

    select * from {{ ref('int_model_name_candidates') }}

),

ranked as (

    select
        *,
        rank() over (
            partition by provider, model_id
            order by rank, is_home desc, case when price_model_id = {{ tokenmart.plain_name('model_id') }} then 0 else 1 end
        ) as place
    from candidates

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
