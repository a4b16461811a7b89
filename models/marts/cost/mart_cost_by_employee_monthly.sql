-- Question: what did each employee use and cost in each month?
-- Grain: month × org_id × employee_id, per source_instance; employee_id is null for usage of an organization itself, and of what
-- belongs to no organization.
-- Guarantee: everything is in here: totals equal those of all counted rows of fct_cost_daily to the last digit. Shared cost is
-- that of the organization, spread over its employees.
-- Traps: the employee's team is today's; mart_cost_by_team_monthly has that of the day of use. Usage on an employee's
-- personal token is in cost_usd, and in personal_cost_usd; only company_cost_usd is the company's money. Never average the
-- ratios.

{%- set text = dbt.type_string() %}
{%- set employees = ref('dim_employee') if 'agents' in var('sources_enabled') else none %}

{{ tokenmart.cost_by_owner_monthly(['org_id', 'employee_id'], within=['org_id']) }},

employees as (

    {{ tokenmart.rows_or_none(
        employees,
        {'source_instance': text, 'employee_id': text, 'full_name': text, 'email': text, 'team_name': text},
    ) }}

)

select
    owned.source_instance,
    owned.usage_month,
    coalesce(owned.org_id, '(no organization)') as org_id,
    owned.employee_id,
    coalesce(employees.full_name, owned.employee_id, '(no employee)') as full_name,
    employees.email,
    employees.team_name,
    employees.team_name as current_team_name,
    {{ tokenmart.owned_measures() }}
from owned
left join employees
    on
        owned.source_instance = employees.source_instance
        and owned.employee_id = employees.employee_id
