{{ config(severity='warn') }}

-- Two sources show usage of the same model on the same day, and the variable observed_through does not say whether one
-- of them contains the other's: it may be counted twice. A name is the same with dashes for dots and without its date.

with named as (

    select distinct
        source_instance,
        source_system,
        usage_date,
        model_id
    from {{ ref('fct_cost_daily') }}
    where
        is_counted
        and token_source = 'company'
        and total_tokens > 0
        and model_id is not null

),

usages as (

    select distinct
        source_instance,
        source_system,
        usage_date,
        {{ tokenmart.undated_model('model_id') }} as model
    from named

)

select
    source_instance,
    usage_date,
    model,
    count(*) as source_count
from usages
group by 1, 2, 3
having count(*) > 1
