{{ tokenmart.recomputes_days('int_voice_days_to_recompute', day='usage_date_utc', undated=true) }}

-- Grain: one row for each quarantined current row of voice_usage_metrics, in full, with all the reasons.
-- Guarantee: each run brings the affected days up to date and leaves the others.
-- Trap: a row without any moment has no day by which it could be found; all of them are validated again.

with this_run as (

    select * from {{ ref('int_voice_usage_this_run') }}

),

undated as (

    select *
    from {{ ref('int_voice_usage_validated') }}
    where usage_date_utc is null

),

days as (

    select *
    from {{ ref('int_voice_days_to_recompute') }}
    where is_stale

)

select this_run.*
from this_run
inner join days
    on
        this_run.source_instance = days.source_instance
        and this_run.usage_date_utc = days.recompute_date
where this_run.quarantine_reasons is not null

union all

select *
from undated
where quarantine_reasons is not null
