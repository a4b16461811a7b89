-- Grain: one row for each model name that any source recorded.
-- Trap: names are as recorded. The provider's collector writes dashes for dots, so one model may be here under two names;
-- canonical_model_id is the same for both.

with costs as (

    select * from {{ ref('fct_cost_daily') }}

)

select
    model_id,
    min(usage_date) as first_usage_date,
    max(usage_date) as last_usage_date,
    max(case when source_system = 'provider' then 1 else 0 end) = 1 as is_used_by_provider,
    max(case when source_system = 'agents' then 1 else 0 end) = 1 as is_used_by_agents,
    max(case when source_system = 'voice' then 1 else 0 end) = 1 as is_used_by_voice,
    -- where the price lists of two providers have two names for it, the first of them; the facts have the one of each
    min(canonical_model_id) as canonical_model_id,
    min(model_family) as model_family,
    min(model_developer) as model_developer
from costs
where model_id is not null
group by model_id
