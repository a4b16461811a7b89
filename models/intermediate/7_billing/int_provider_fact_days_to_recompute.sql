-- Grain: recompute_date, a UTC day, per source_instance: the stale days of fct_provider_usage_daily.
-- Guarantee: each whose rows are made of something else than when they were built.
-- Trap: a bill comes weeks after the usage.

with {{ tokenmart.digests_of_usage(ref('int_provider_usage_billed'), 'usage_date_utc', priced=false) }},

{{ tokenmart.days_to_recompute() }}
