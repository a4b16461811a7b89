-- Grain: recompute_date, a UTC day, per source_instance: the stale days of int_provider_usage_priced.
-- Guarantee: each whose rows are made of something else than when they were built.
-- Trap: a new price of a model changes its days of years ago.

with {{ tokenmart.digests_of_usage(ref('int_provider_usage_attributed'), 'usage_date_utc') }},

{{ tokenmart.days_to_recompute() }}
