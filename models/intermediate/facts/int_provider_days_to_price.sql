-- Grain: restated_date, a UTC day, per source_instance: the days of int_provider_usage_priced.
-- Guarantee: is_stale for each whose rows are made of something else than when they were built.
-- Trap: a new price of a model changes its days of years ago.

{{ tokenmart.days_to_restate('int_provider_usage_priced', ref('int_provider_usage_attributed'), 'usage_date_utc') }}
