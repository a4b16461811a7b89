{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=(true if tokenmart.resets_ledger() else none),
    pre_hook=[
        "{{ tokenmart.lock_table(this) }}",
        "{{ tokenmart.clear_days(this, ref('int_voice_days'), ref('ledger_voice_usage_metrics')) }}",
        "{% if is_incremental() %}delete from {{ this }} where usage_date_utc is null{% endif %}",
    ],
) }}

-- Grain: one row a refused current row of voice_usage_metrics, whole, with all the reasons against it.
-- Guarantee: every run brings the days that it touches up to date, and leaves the others.
-- Trap: a row without any moment has no day by which it could be found; all of them are judged anew.

with checked as (

    select * from {{ ref('int_voice_usage_checked') }}

),

days as (

    select *
    from {{ ref('int_voice_days') }}
    where is_touched

)

select checked.*
from checked
inner join days
    on
        checked.source_instance = days.source_instance
        and checked.usage_date_utc = days.counted_date
where checked.quarantine_reasons is not null

union all

select checked.*
from checked
where
    checked.quarantine_reasons is not null
    and checked.usage_date_utc is null
