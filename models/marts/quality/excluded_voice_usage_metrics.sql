{{ tokenmart.recomputes_days('int_voice_days_to_recompute', day='usage_date_utc') }}

-- Grain: one row for each valid current row of voice_usage_metrics that is not counted, in full, with the reason.
-- Guarantee: each run brings the affected days up to date and leaves the others.

{{ tokenmart.excluded_rows(
    ref('int_voice_usage_this_run'),
    ref('int_voice_exclusions'),
    ref('int_voice_days_to_recompute'),
) }}
