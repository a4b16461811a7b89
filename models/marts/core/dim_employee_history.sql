-- Grain: employee_id × valid_from, per source_instance: what an employee was from that day on.
-- Guarantee: exactly one row of an employee holds on any day, so a join to it adds no rows.
-- Trap: the first row applies to all earlier dates, because nothing says what was before it was observed.

with employees as (

    {{ tokenmart.ledger_history(
        ref('ledger_employees'), 'employee_id', ['org_id', 'team_id', 'role_id', 'status'], updated_at='updated_at'
    ) }}

),

teams as (

    {{ tokenmart.ledger_history(ref('ledger_teams'), 'team_id', ['team_name']) }}

)

select
    employees.source_instance,
    employees.employee_id,
    greatest(employees.valid_from, coalesce(teams.valid_from, employees.valid_from)) as valid_from,
    least(employees.valid_to, teams.valid_to) as valid_to,
    employees.valid_to is null and teams.valid_to is null as is_current,
    employees.org_id,
    employees.team_id,
    teams.team_name,
    employees.role_id,
    employees.status
from employees
left join teams
    on
        employees.source_instance = teams.source_instance
        and employees.team_id = teams.team_id
        and {{ tokenmart.valid_together('employees', 'teams') }}
