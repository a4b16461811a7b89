-- Question: what did each team use and cost in each month, and on which model?
-- Grain: month × org_id × team_id × resource_type × model_id, per source_instance; team_id is null for usage of the organization
-- itself, of employees without a team, and of those whose team is not known.
-- Guarantee: totals equal those of the agents' rows in fct_cost_daily to the last digit.
-- Trap: the team is that of the day of use, so an employee who moves leaves the past where it was; its name is the last one
-- in the month.

with costs as (

    select *
    from {{ ref('fct_cost_daily') }}
    where source_system = 'agents'

)

select
    source_instance,
    cast({{ dbt.date_trunc('month', 'usage_date') }} as date) as usage_month,
    org_id,
    team_id,
    (max(array[cast(usage_date as {{ dbt.type_string() }}), team_name]))[2] as team_name,
    resource_type,
    model_id,
    {{ tokenmart.sum_usage_and_money() }}
from costs
group by 1, 2, 3, 4, 6, 7
