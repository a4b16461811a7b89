{{ config(materialized='ephemeral') }}

-- Grain: one row for each valid row of usage_records that must not count, of those that this run validates.
-- Guarantee: only records with neither usage nor money are excluded (empty); agents' records report nothing twice.
-- Trap: a level of 0 is a measurement; a flow of 0 without a cost is nothing.

select
    source_instance,
    row_key,
    'empty' as exclusion_reason
from {{ ref('int_agents_usage_this_run') }}
where
    quarantine_reasons is null
    and quantity = 0
    and recorded_cost_usd = 0
    and not is_level
