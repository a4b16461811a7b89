{{ tokenmart.recomputes_days('int_agents_days_to_recompute', day=tokenmart.start_date(), undated=true) }}

-- Grain: one row for each quarantined current row of usage_records, in full, with all the reasons.
-- Guarantee: each run brings the affected days up to date and leaves the others. A record is on the UTC day
-- on which its period starts.
-- Trap: a row without a start has no day by which it could be found; all of them are validated again.

with this_run as (

    select * from {{ ref('int_agents_usage_this_run') }}

),

-- not by start_date: a cast may fail, so DuckDB would read the JSON of every record before it
undated as (

    select *
    from {{ ref('int_agents_usage_validated') }}
    where {{ tokenmart.finite('period_start') }} is null

),

days as (

    select * from {{ ref('int_agents_days_to_recompute') }}

)

select this_run.*
from this_run
inner join days
    on
        this_run.source_instance = days.source_instance
        and {{ tokenmart.start_date('this_run.') }} = days.recompute_date
where this_run.quarantine_reasons is not null

union all

select *
from undated
where quarantine_reasons is not null
