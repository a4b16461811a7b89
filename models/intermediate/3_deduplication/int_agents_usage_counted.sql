{{ config(materialized='view') }}

-- Grain: one row a counted row of usage_records whose period may touch a day that this run counts anew.
-- Guarantee: every valid row but those that tell of neither usage nor money.
-- Trap: a level of 0 is a measurement; a flow of 0 without a cost is nothing.

with bounds as (

    select
        {{ dbt.dateadd('day', -2, 'min(recompute_date)') }} as first_moment,
        {{ dbt.dateadd('day', 2, 'max(recompute_date)') }} as last_moment
    from {{ ref('int_agents_days_to_recompute') }}

)

select judged.*
from {{ ref('int_agents_usage_this_run') }} as judged
cross join bounds
where
    judged.quarantine_reasons is null
    and not {{ tokenmart.is_empty_record('judged') }}
    and judged.period_end >= bounds.first_moment
    and judged.period_start <= bounds.last_moment
