{{ config(materialized='view') }}

-- Grain: one row a current row of the ledger, none dropped, with every reason against it.
-- Guarantee: quarantine_reasons is null exactly for the rows that are counted. It is a function of
-- the ledger, so a changed rule judges the past anew.
-- Trap: here the provider's cached tokens are part of the text and audio counts, so they can only
-- be compared with the total.

with metrics as (

    {{ tokenmart.ledger_current(ref('ledger_voice_usage_metrics')) }}

),

parsed as (

    select
        *,
        {{ tokenmart.json_integer('metadata', ['input_token_details', 'cached_tokens']) }} as cached_input_tokens
    from metrics

),

checked as (

    select
        parsed.*,
        nullif(concat_ws(
            ', ',
            case when voice_metric_id is null then 'missing_id' end,
            case when occurrence > 1 then 'repeated_id' end,
            case when recorded_at is null then 'missing_timestamp' end,
            case
                when least(input_tokens, output_tokens) < 0 or {{ tokenmart.has_negative_tokens('metadata') }}
                    then 'negative_tokens'
            end,
            case
                when greatest(input_tokens, output_tokens, audio_duration_ms, function_calls) > {{ var('max_quantity') }}
                    then 'quantity_too_large'
            end,
            case when audio_duration_ms < 0 then 'negative_duration' end,
            case when function_calls < 0 then 'negative_function_calls' end,
            case when latency_ms < 0 then 'negative_latency' end,
            case when cached_input_tokens > coalesce(input_tokens, 0) then 'cached_above_total' end,
            case when recorded_at < {{ tokenmart.earliest_moment() }} then 'before_earliest_date' end,
            case
                when recorded_at > {{ dbt.dateadd('hour', var('max_future_hours'), 'first_observed_at') }}
                    then 'from_the_future'
            end
        ), '') as quarantine_reasons
    from parsed

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
    metadata,
    recorded_at,
    input_tokens,
    output_tokens,
    audio_duration_ms,
    function_calls,
    latency_ms,
    cached_input_tokens,
    quarantine_reasons
from checked
