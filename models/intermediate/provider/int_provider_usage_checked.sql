{{ config(materialized='view') }}

-- Grain: one row a current row of the ledger, none dropped, with every reason against it.
-- Guarantee: quarantine_reasons is null exactly for the rows that are counted. It is a function of
-- the ledger, so a changed rule judges the past anew.
-- Trap: "too far in the future" is measured from the row's own first observation. Measured from
-- now, an impossible row would become possible by waiting.

with events as (

    {{ tokenmart.ledger_current(ref('ledger_usage_events')) }}

),

-- every key ever observed: one that was deleted since is still known
known_keys as (

    select distinct
        source_instance,
        provider_key_id
    from {{ ref('ledger_provider_keys') }}

),

dated as (

    select
        *,
        coalesce(window_start, recorded_at) as used_at
    from events

),

checked as (

    select
        dated.*,
        nullif(concat_ws(
            ', ',
            case when dated.usage_event_id is null then 'missing_id' end,
            case when dated.occurrence > 1 then 'repeated_id' end,
            case when dated.provider_key_id is null then 'missing_key' end,
            case
                when dated.provider_key_id is not null and known_keys.provider_key_id is null
                    then 'unknown_key'
            end,
            case when nullif(trim(dated.model_id, ' '), '') is null then 'missing_model' end,
            case when dated.recorded_at is null then 'missing_timestamp' end,
            case
                when least(
                    dated.input_tokens, dated.output_tokens, dated.cached_input_tokens, dated.uncached_input_tokens,
                    dated.input_text_tokens, dated.input_cached_text_tokens,
                    dated.input_audio_tokens, dated.input_cached_audio_tokens,
                    dated.input_image_tokens, dated.input_cached_image_tokens,
                    dated.output_text_tokens, dated.output_audio_tokens, dated.output_image_tokens
                ) < 0 then 'negative_tokens'
            end,
            case when dated.request_count < 0 then 'negative_requests' end,
            case
                when greatest(dated.input_tokens, dated.output_tokens, dated.request_count) > {{ var('max_quantity') }}
                    then 'quantity_too_large'
            end,
            case when dated.cached_input_tokens > coalesce(dated.input_tokens, 0) then 'cached_above_total' end,
            -- exports leave columns that they do not fill at 0, so an uncached 0 says nothing
            case
                when
                    dated.uncached_input_tokens <> 0
                    and dated.cached_input_tokens + dated.uncached_input_tokens <> coalesce(dated.input_tokens, 0)
                    then 'split_not_total'
            end,
            case when dated.window_end < dated.window_start then 'window_inverted' end,
            case
                when
                    dated.window_end
                    > {{ dbt.dateadd('hour', var('max_window_hours'), tokenmart.clamped('dated.window_start')) }}
                    then 'window_too_long'
            end,
            case
                when least(dated.used_at, dated.recorded_at) < {{ tokenmart.earliest_moment() }}
                    then 'before_earliest_date'
            end,
            case
                when
                    greatest(dated.used_at, dated.recorded_at)
                    > {{ dbt.dateadd('hour', var('max_future_hours'), 'dated.first_observed_at') }}
                    then 'from_the_future'
            end
        ), '') as quarantine_reasons
    from dated
    left join known_keys
        on
            dated.source_instance = known_keys.source_instance
            and dated.provider_key_id = known_keys.provider_key_id

)

-- content_hash stays in the ledger: its type is each engine's own
select
    row_key,
    occurrence,
    row_version,
    batch_id,
    observed_at,
    first_observed_at,
    is_deleted,
    usage_date_utc,
    source_instance,
    usage_event_id,
    provider_key_id,
    project_id,
    openai_user_id,
    openai_api_key_id,
    model_id,
    service_tier,
    is_batch,
    recorded_at,
    window_start,
    window_end,
    input_tokens,
    output_tokens,
    cached_input_tokens,
    uncached_input_tokens,
    input_text_tokens,
    input_cached_text_tokens,
    input_audio_tokens,
    input_cached_audio_tokens,
    input_image_tokens,
    input_cached_image_tokens,
    output_text_tokens,
    output_audio_tokens,
    output_image_tokens,
    request_count,
    recorded_cost_usd,
    used_at,
    quarantine_reasons
from checked
