{{ config(materialized='view') }}

-- Grain: one row for each current row of the ledger, none dropped, with every reason for quarantine.
-- Guarantee: quarantine_reasons is null exactly for the valid rows, those that are counted or excluded. It is a function of
-- the ledger, so a changed rule applies to the past as well.
-- Trap: here the provider's cached tokens are part of the text and audio counts, the opposite of usage_events.

with tokens_validated as (

    select
        *,
        nullif(concat_ws(
            ', ',
            case
                when least(input_tokens, output_tokens) < 0 or {{ tokenmart.has_negative_tokens('metadata') }}
                    then 'negative_tokens'
            end,
            case
                when
                    greatest(input_tokens, output_tokens, coalesce(audio_duration_ms, metadata_audio_ms), function_calls)
                    > {{ var('max_quantity') }}
                    then 'quantity_too_large'
            end,
            case when cached_input_tokens > coalesce(input_tokens, 0) then 'cached_above_total' end
        ), '') as token_reasons
    from {{ ref('int_voice_token_conventions') }}

),

validated as (

    select
        tokens_validated.*,
        nullif(concat_ws(
            ', ',
            case when voice_metric_id is null then 'missing_id' end,
            case when occurrence > 1 then 'repeated_id' end,
            case when recorded_at is null then 'missing_timestamp' end,
            -- what is wrong with the tokens already may be why no convention fits
            token_reasons,
            case
                when
                    token_reasons is null
                    and (
                        token_convention is null
                        or coalesce(input_tokens, 0) = 0
                        and coalesce(output_tokens, 0) = 0
                        and {{ tokenmart.counts_tokens('metadata') }}
                    )
                    then 'no_token_convention'
            end,
            case when audio_duration_ms < 0 then 'negative_duration' end,
            case when function_calls < 0 then 'negative_function_calls' end,
            case when latency_ms < 0 then 'negative_latency' end,
            case when recorded_at < {{ tokenmart.earliest_moment() }} then 'before_earliest_date' end,
            case
                when recorded_at > {{ dbt.dateadd('hour', var('max_future_hours'), 'first_observed_at') }}
                    then 'from_the_future'
            end
        ), '') as quarantine_reasons
    from tokens_validated

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
    voice_metric_id,
    conversation_id,
    event_type,
    coalesce(nullif(metadata_model_id, ''), nullif(response_model_id, '')) as event_model_id,
    metadata,
    recorded_at,
    input_tokens,
    output_tokens,
    coalesce(audio_duration_ms, metadata_audio_ms) as audio_duration_ms,
    function_calls,
    latency_ms,
    cached_input_tokens,
    input_text_tokens,
    input_cached_text_tokens,
    input_audio_tokens,
    input_cached_audio_tokens,
    input_image_tokens,
    input_cached_image_tokens,
    output_text_tokens,
    output_audio_tokens,
    token_convention,
    is_token_convention_ambiguous,
    quarantine_reasons
from validated
