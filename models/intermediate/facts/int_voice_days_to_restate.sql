-- Grain: restated_date, a UTC day, per source_instance: the stale days of fct_voice_usage_daily.
-- Guarantee: each whose rows are made of something else than when they were built.
-- Trap: a conversation that names its model late changes days without new usage.

with {{ tokenmart.digests_of_usage(ref('int_voice_usage_attributed'), 'usage_date_utc') }},

{{ tokenmart.days_to_restate() }}
