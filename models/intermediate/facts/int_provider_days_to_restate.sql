-- Grain: restated_date, a UTC day, per source_instance: the days of fct_provider_usage_daily.
-- Guarantee: is_stale for each whose rows are made of something else than when they were built.
-- Trap: a bill comes weeks after the usage.

{{ tokenmart.days_to_restate('fct_provider_usage_daily', ref('int_provider_usage_settled'), 'usage_date_utc', priced=false) }}
