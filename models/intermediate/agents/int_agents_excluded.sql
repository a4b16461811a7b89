{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=(true if tokenmart.resets_ledger() else none),
    pre_hook=["{{ tokenmart.lock_table(this) }}", "{{ tokenmart.clear_rows(this, ref('int_agents_changes'), ref('ledger_usage_records')) }}"],
) }}

-- Grain: one row a valid current row of usage_records that is not counted, whole, with the reason.
-- Guarantee: every run brings the records that it judges up to date, and leaves the others.

with judged as (

    select * from {{ ref('int_agents_usage_judged') }}

),

changes as (

    select * from {{ ref('int_agents_changes') }}

)

select
    judged.*,
    'empty' as exclusion_reason
from judged
inner join changes
    on
        judged.source_instance = changes.source_instance
        and judged.row_key = changes.row_key
where
    judged.quarantine_reasons is null
    and {{ tokenmart.is_empty_record('judged') }}
