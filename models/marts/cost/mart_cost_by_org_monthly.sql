-- Question: what did each organization use and cost in each month?
-- Grain: month × org_id, per source_instance.
-- Guarantee: totals equal those of the agents' rows in fct_cost_daily to the last digit.
-- Trap: storage is a level: summed over days it would grow with the month. It is shown as the
-- average over the days on which it was measured.

with costs as (

    select *
    from {{ ref('fct_cost_daily') }}
    where source_system = 'agents'

),

usages as (

    select * from {{ ref('fct_agent_usage_daily') }}

),

organizations as (

    select * from {{ ref('dim_organization') }}

),

monthly as (

    select
        source_instance,
        cast({{ dbt.date_trunc('month', 'usage_date') }} as date) as usage_month,
        org_id,
        {{ tokenmart.sum_usage_and_money() }}
    from costs
    group by 1, 2, 3

),

resources as (

    select
        source_instance,
        cast({{ dbt.date_trunc('month', 'usage_date') }} as date) as usage_month,
        org_id,
        cast(sum(case when resource_type = 'api_calls' then quantity else 0 end) as {{ dbt.type_bigint() }}) as api_calls,
        sum(case when resource_type = 'storage_mb' then quantity end) as storage_mb_days,
        count(distinct case when resource_type = 'storage_mb' then usage_date end) as storage_days
    from usages
    group by 1, 2, 3

)

select
    monthly.*,
    resources.api_calls,
    {{ tokenmart.ratio('resources.storage_mb_days', 'resources.storage_days') }} as average_storage_mb,
    organizations.org_name
from monthly
left join resources
    on
        monthly.source_instance = resources.source_instance
        and monthly.usage_month = resources.usage_month
        and monthly.org_id = resources.org_id
left join organizations
    on
        monthly.source_instance = organizations.source_instance
        and monthly.org_id = organizations.org_id
