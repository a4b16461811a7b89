{{ config(materialized='view') }}

-- Grain: one row for each counted row of usage_records whose period may touch a day that this run recomputes.
-- Guarantee: every valid row but those of int_agents_exclusions.
-- Trap: days of the reporting time zone may lie in the UTC day before or after, hence the two days on either side.

with bounds as (

    select
        {{ dbt.dateadd('day', -2, 'min(recompute_date)') }} as first_moment,
        {{ dbt.dateadd('day', 2, 'max(recompute_date)') }} as last_moment
    from {{ ref('int_agents_days_to_recompute') }}

)

select this_run.*
from {{ ref('int_agents_usage_this_run') }} as this_run
cross join bounds
left join {{ ref('int_agents_exclusions') }} as exclusions
    on
        this_run.source_instance = exclusions.source_instance
        and this_run.row_key = exclusions.row_key
where
    this_run.quarantine_reasons is null
    and exclusions.row_key is null
    and this_run.period_end >= bounds.first_moment
    and this_run.period_start <= bounds.last_moment
