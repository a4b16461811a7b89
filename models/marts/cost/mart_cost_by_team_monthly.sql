-- Question: what did each team use and cost in each month, and on which model?
-- Grain: month × org_id × team_id × resource_type × model_id, per source_instance; team_id is null for usage of an organization
-- itself, of employees without a team or whose team is not known, and of what belongs to no organization.
-- Guarantee: everything is in here: totals equal those of all counted rows of fct_cost_daily to the last digit. Shared cost is
-- that of the organization, spread over its teams.
-- Traps: the team is that of the day of use, so an employee who moves leaves the past where it was; its name is the last one
-- in the month. Two organizations may have teams of one name: group by org_id and team_id. Never average the ratios.

{{ tokenmart.cost_by_owner_monthly(
    ['org_id', 'team_id'], within=['org_id'], detail=['resource_type', 'model_id', 'canonical_model_id']
) }}

select
    source_instance,
    usage_month,
    coalesce(org_id, '(no organization)') as org_id,
    team_id,
    coalesce(team_name, team_id, '(no team)') as team_name,
    resource_type,
    model_id,
    canonical_model_id,
    {{ tokenmart.owned_measures() }}
from owned
