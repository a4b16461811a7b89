{{ tokenmart.recomputes_days('int_agents_days_to_recompute', day=tokenmart.start_date()) }}

-- Grain: one row for each valid current row of usage_records that is not counted, in full, with the reason.
-- Guarantee: each run brings the affected days up to date and leaves the others. A record is on the UTC day
-- on which its period starts.

{{ tokenmart.excluded_rows(
    ref('int_agents_usage_this_run'),
    ref('int_agents_exclusions'),
    ref('int_agents_days_to_recompute'),
    day=tokenmart.start_date('this_run.'),
) }}
