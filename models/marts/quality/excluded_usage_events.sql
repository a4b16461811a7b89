{{ tokenmart.recomputes_days('int_provider_days_to_recompute', day='usage_date_utc') }}

-- Grain: one row for each valid current row of usage_events that is not counted, in full, with the reason.
-- Guarantee: each run brings the affected days up to date and leaves the others.

{{ tokenmart.excluded_rows(
    ref('int_provider_usage_this_run'),
    ref('int_provider_exclusions'),
    ref('int_provider_days_to_recompute'),
    columns=['uncovered_input_tokens', 'uncovered_output_tokens'],
) }}
