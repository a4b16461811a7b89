-- Grain: recompute_date, a UTC day, per source_instance: the stale days of fct_voice_usage_daily.
-- Guarantee: each whose rows are made of something else than when they were built.
-- Trap: a conversation that names its model late changes days without new usage.

-- the names say since when an assumed model exists
with known_names as (

    select sum({{ tokenmart.row_hash('(provider, model_id, name)') }}) as hash_sum
    from {{ ref('model_names') }}

),

{{ tokenmart.digests_of_usage(
    ref('int_voice_usage_attributed'), 'usage_date_utc', besides='(select hash_sum from known_names)'
) }},

{{ tokenmart.days_to_recompute() }}
