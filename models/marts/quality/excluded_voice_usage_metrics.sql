{{ tokenmart.recomputes_days('int_voice_days_to_recompute', day='usage_date_utc') }}

-- Grain: one row for each valid current row of voice_usage_metrics that is not counted, in full, with the reason.
-- Guarantee: each run brings the affected days up to date and leaves the others.

with this_run as (

    select * from {{ ref('int_voice_usage_this_run') }}

),

days as (

    select *
    from {{ ref('int_voice_days_to_recompute') }}
    where is_stale

),

exclusions as (

    select * from {{ ref('int_voice_exclusions') }}

)

select
    this_run.*,
    exclusions.exclusion_reason
from this_run
inner join days
    on
        this_run.source_instance = days.source_instance
        and this_run.usage_date_utc = days.recompute_date
inner join exclusions
    on
        this_run.source_instance = exclusions.source_instance
        and this_run.row_key = exclusions.row_key
where this_run.quarantine_reasons is null
