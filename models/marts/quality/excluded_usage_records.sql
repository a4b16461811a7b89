{{ tokenmart.recomputes_days('int_agents_days_to_recompute', day=tokenmart.start_date()) }}

-- Grain: one row a valid current row of usage_records that is not counted, whole, with the reason.
-- Guarantee: every run brings the days that it touches up to date, and leaves the others. A record stands on the UTC day
-- on which its period starts.

with judged as (

    select * from {{ ref('int_agents_usage_this_run') }}

),

days as (

    select * from {{ ref('int_agents_days_to_recompute') }}

)

select
    judged.*,
    'empty' as exclusion_reason
from judged
inner join days
    on
        judged.source_instance = days.source_instance
        and {{ tokenmart.start_date('judged.') }} = days.recompute_date
where
    judged.quarantine_reasons is null
    and {{ tokenmart.is_empty_record('judged') }}
