{{ tokenmart.recomputes_days('int_agents_days_to_recompute', day=tokenmart.start_date(), undated=true) }}

-- Grain: one row for each quarantined current row of usage_records, in full, with all the reasons.
-- Guarantee: each run brings the affected days up to date and leaves the others. A record is on the UTC day
-- on which its period starts.
-- Trap: a row without a start has no day by which it could be found; all of them are validated again.

-- not by start_date: a cast may fail, so DuckDB would read the JSON of every record before it
{{ tokenmart.quarantined_rows(
    ref('int_agents_usage_this_run'),
    ref('int_agents_usage_validated'),
    ref('int_agents_days_to_recompute'),
    day=tokenmart.start_date('this_run.'),
    is_undated=tokenmart.finite('period_start') ~ ' is null',
) }}
