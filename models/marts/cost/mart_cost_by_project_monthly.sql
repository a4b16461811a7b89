-- Question: what did each of the provider's projects use and cost in each month?
-- Grain: month × project_id, per source_instance; project_id is null for usage and bills that name no project.
-- Guarantee: totals equal those of the provider's and the bills' rows in fct_cost_daily to the last digit.
-- Trap: months are those of usage_date, in the reporting time zone. A bill's months are in UTC.

with costs as (

    select *
    from {{ ref('fct_cost_daily') }}
    where source_system in ('provider', 'billing')

)

select
    source_instance,
    cast({{ dbt.date_trunc('month', 'usage_date') }} as date) as usage_month,
    project_id,
    {{ tokenmart.sum_usage_and_money() }}
from costs
group by 1, 2, 3
