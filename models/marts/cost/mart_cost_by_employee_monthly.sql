-- Question: what did each employee use and cost in each month?
-- Grain: month × org_id × employee_id, per source_instance; employee_id is null for usage of an organization itself, and of what
-- belongs to no organization.
-- Guarantee: everything is in here: totals equal those of all counted rows of fct_cost_daily to the last digit. Shared cost is
-- that of the organization, spread over its employees.
-- Traps: the employee's team is today's; mart_cost_by_team_monthly has that of the day of use. Usage on an employee's
-- personal token is in cost_usd, and in personal_cost_usd; only company_cost_usd is the company's money. Never average the ratios.

{{ tokenmart.cost_by_owner_monthly(['org_id', 'employee_id'], within=['org_id']) }}

select
    owned.source_instance,
    owned.usage_month,
    coalesce(owned.org_id, '(no organization)') as org_id,
    owned.employee_id,
    {% if 'agents' in var('sources_enabled') -%}
    coalesce(employees.full_name, owned.employee_id, '(no employee)') as full_name,
    employees.email,
    employees.team_name,
    employees.team_name as current_team_name,
    {%- else -%}
    coalesce(owned.employee_id, '(no employee)') as full_name,
    {% for column in ['email', 'team_name', 'current_team_name'] -%}
    cast(null as {{ dbt.type_string() }}) as {{ column }},
    {% endfor -%}
    {%- endif %}
    {{ tokenmart.owned_measures() }}
from owned
{%- if 'agents' in var('sources_enabled') %}
left join {{ ref('dim_employee') }} as employees
    on
        owned.source_instance = employees.source_instance
        and owned.employee_id = employees.employee_id
{%- endif %}
