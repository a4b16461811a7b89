{{ config(materialized='view') }}

-- Grain: one row a counted row of usage_records whose period may touch a day that this run counts anew.
-- Guarantee: every valid row but those that tell of neither usage nor money.
-- Trap: a level of 0 is a measurement; a flow of 0 without a cost is nothing.

with bounds as (

    select
        {{ dbt.dateadd('day', -2, 'min(counted_date)') }} as first_moment,
        {{ dbt.dateadd('day', 2, 'max(counted_date)') }} as last_moment
    from {{ ref('int_agents_days') }}

)

select checked.*
from {{ ref('int_agents_usage_checked') }} as checked
cross join bounds
where
    checked.quarantine_reasons is null
    and not {{ tokenmart.is_empty_record('checked') }}
    and checked.period_end >= bounds.first_moment
    and checked.period_start <= bounds.last_moment
