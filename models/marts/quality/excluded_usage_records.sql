{{ tokenmart.recomputes_days('int_agents_days_to_recompute', day=tokenmart.start_date()) }}

-- Grain: one row for each valid current row of usage_records that is not counted, in full, with the reason.
-- Guarantee: each run brings the affected days up to date and leaves the others. A record is on the UTC day
-- on which its period starts.

with this_run as (

    select * from {{ ref('int_agents_usage_this_run') }}

),

days as (

    select * from {{ ref('int_agents_days_to_recompute') }}

),

exclusions as (

    select * from {{ ref('int_agents_exclusions') }}

)

select
    this_run.*,
    exclusions.exclusion_reason
from this_run
inner join days
    on
        this_run.source_instance = days.source_instance
        and {{ tokenmart.start_date('this_run.') }} = days.recompute_date
inner join exclusions
    on
        this_run.source_instance = exclusions.source_instance
        and this_run.row_key = exclusions.row_key
where this_run.quarantine_reasons is null
