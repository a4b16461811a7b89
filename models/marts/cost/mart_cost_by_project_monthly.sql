-- Question: what did each of the provider's projects use and cost in each month?
-- Grain: month × project_id, per source_instance; project_id is null for what names none: agents, voice, some usage and bills.
-- Guarantee: everything is in here: totals equal those of all counted rows of fct_cost_daily to the last digit. Nothing is
-- spread: what names no project is not shared by the projects.
-- Traps: months are those of usage_date, in the reporting time zone. A bill's months are in UTC. Never average the ratios.

{{ tokenmart.cost_by_owner_monthly(['project_id'], is_shared=false) }}

select
    source_instance,
    usage_month,
    project_id,
    coalesce(project_id, '(no project)') as project_name,
    {{ tokenmart.owned_measures() }}
from owned
