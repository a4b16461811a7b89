{{ tokenmart.recomputes_days('int_provider_days_to_recompute', day='usage_date_utc', undated=true) }}

-- Grain: one row for each quarantined current row of usage_events, in full, with all the reasons.
-- Guarantee: each run brings the affected days up to date and leaves the others.
-- Trap: a row without any moment has no day by which it could be found; all of them are validated again.

{{ tokenmart.quarantined_rows(
    ref('int_provider_usage_this_run'),
    ref('int_provider_usage_validated'),
    ref('int_provider_days_to_recompute'),
) }}
