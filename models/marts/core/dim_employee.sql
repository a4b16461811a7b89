-- Grain: one row for each employee who was ever observed, per source_instance, as last observed.
-- Trap: a source without teams still has employees with a team_id; their team_name is null.

with employees as (

    {{ tokenmart.ledger_entities(ref('ledger_employees'), 'employee_id') }}

),

teams as (

    {{ tokenmart.ledger_entities(ref('ledger_teams'), 'team_id') }}

)

select
    employees.source_instance,
    employees.employee_id,
    employees.org_id,
    employees.team_id,
    teams.team_name,
    employees.role_id,
    employees.email,
    employees.full_name,
    employees.status,
    employees.last_login_at,
    employees.created_at,
    employees.updated_at,
    employees.deleted_at,
    employees.first_observed_at,
    employees.is_deleted
from employees
left join teams
    on
        employees.source_instance = teams.source_instance
        and employees.team_id = teams.team_id
