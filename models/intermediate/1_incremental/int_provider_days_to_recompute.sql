-- Grain: recompute_date, a day in UTC, per source_instance: the days that this run recomputes (is_stale), and those
-- next to them that it must read to do so.
-- Trap: a window reaches into the days next to it. What it covers there, and what covers that, is at most
-- two lengths of a window away.

{%- set reach = 2 * ((tokenmart.number_of('max_window_hours') / 24) | round(0, 'ceil') | int) %}

with known_keys as (

    select distinct
        source_instance,
        provider_key_id
    from {{ ref('ledger_provider_keys') }}

),

rows_by_day as (

    select
        events.source_instance,
        events.usage_date_utc as first_date,
        events.usage_date_utc as last_date,
        sum({{ tokenmart.row_hash(
            '(events.row_key, events.row_version, events.first_observed_at, events.content_hash, known_keys.provider_key_id is null)'
        ) }}) as hash_sum,
        count(*) as row_count
    from (
        {{ tokenmart.ledger_current(ref('ledger_usage_events'), [
            'source_instance', 'row_key', 'row_version', 'first_observed_at', 'content_hash', 'provider_key_id', 'usage_date_utc',
        ]) }}
    ) as events
    left join known_keys
        on
            events.source_instance = known_keys.source_instance
            and events.provider_key_id = known_keys.provider_key_id
    where events.usage_date_utc is not null
    group by 1, 2, 3

),

-- steps of context are a seed, which a run may leave out: those that are loaded count
loaded_steps as (

    select sum({{ tokenmart.row_hash('(model_id, above_input_tokens, context_band)') }}) as hash_sum
    from {{ ref('context_steps') }}

),

{{ tokenmart.digests_of_days('rows_by_day', reach, besides='(select hash_sum from loaded_steps)') }},

{{ tokenmart.days_to_recompute(reach, counts=true) }}
