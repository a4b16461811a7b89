-- Grain: recompute_date, a day of the reporting time zone, per source_instance: the stale days of fct_agent_usage_daily.
-- Guarantee: each whose rows are made of something else than when they were built.
-- Trap: a team that has moved, or a new price, changes days without new usage.

with {{ tokenmart.digests_of_usage(ref('int_agents_usage_attributed'), 'usage_date') }},

{{ tokenmart.days_to_recompute() }}
