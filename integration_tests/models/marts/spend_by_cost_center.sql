-- A mart of this project's own, on tokenmart's.

select
    usage_month,
    project_id as cost_center,
    sum(total_tokens) as total_tokens,
    sum(recorded_cost_usd) as recorded_cost_usd
from {{ ref('tokenmart', 'mart_cost_by_project_monthly') }}
group by usage_month, project_id
