-- Grain: restated_date, a UTC day, per source_instance: the days of fct_voice_usage_daily.
-- Guarantee: is_stale for each whose rows are made of something else than when they were built.
-- Trap: a conversation that names its model late changes days without new usage.

{{ tokenmart.days_to_restate('fct_voice_usage_daily', ref('int_voice_usage_attributed'), 'usage_date_utc') }}
