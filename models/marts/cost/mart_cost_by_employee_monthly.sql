-- Question: what did each employee use and cost in each month?
-- Grain: month × org_id × employee_id, per source_instance; employee_id is null for usage of the
-- organization itself.
-- Guarantee: totals equal those of the agents' rows in fct_cost_daily to the last digit.
-- Traps: the employee's team is today's; mart_cost_by_team_monthly has that of the day of use. Usage on an employee's
-- personal token is in cost_usd, and in personal_cost_usd; only company_cost_usd is the company's money.

with costs as (

    select *
    from {{ ref('fct_cost_daily') }}
    where source_system = 'agents'

),

employees as (

    select * from {{ ref('dim_employee') }}

),

monthly as (

    select
        source_instance,
        cast({{ dbt.date_trunc('month', 'usage_date') }} as date) as usage_month,
        org_id,
        employee_id,
        {{ tokenmart.sum_usage_and_money() }}
    from costs
    group by 1, 2, 3, 4

)

select
    monthly.*,
    employees.full_name,
    employees.email,
    employees.team_name,
    employees.team_name as current_team_name
from monthly
left join employees
    on
        monthly.source_instance = employees.source_instance
        and monthly.employee_id = employees.employee_id
