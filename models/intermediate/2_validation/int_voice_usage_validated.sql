{{ config(materialized='view') }}

-- Grain: one row a current row of the ledger, none dropped, with every reason against it.
-- Guarantee: quarantine_reasons is null exactly for the rows that are counted. It is a function of
-- the ledger, so a changed rule judges the past anew.
-- Trap: here the provider's cached tokens are part of the text and audio counts, the opposite of usage_events.

with metrics as (

    {{ tokenmart.ledger_current(ref('ledger_voice_usage_metrics')) }}

),

-- JSON is dear to read: only what may hold a count is looked at
documented as (

    {% set document -%}
        case
            when
                records.metadata like '%token_details%'
                or records.metadata like '%tokens_details%'
                or records.metadata like '%TokensDetails%'
                or records.metadata like '%model%'
                or records.metadata like '%seconds%'
                or records.metadata like '%"task"%'
                or position('\u' in records.metadata) > 0
                then case when {{ tokenmart.is_json('records.metadata') }} then records.metadata end
        end
    {%- endset -%}
    {{ tokenmart.with_columns('metrics', {'document': document}) }}

),

in_one_shape as (

    {{ tokenmart.voice_usage_document('documented') }}

),

cached_documented as (

    select
        *,
        case
            when usage_document like '%cached_tokens_details%' or position('\u' in usage_document) > 0 then usage_document
        end as cached_document,
        case when document like '%model%' or position('\u' in document) > 0 then document end as model_document
    from in_one_shape

),

parsed as (

    {{ tokenmart.json_columns('cached_documented', 'usage_document', integers={
        'input_text_tokens': ['input_token_details', 'text_tokens'],
        'input_audio_tokens': ['input_token_details', 'audio_tokens'],
        'told_image_tokens': ['input_token_details', 'image_tokens'],
        'told_video_tokens': ['input_token_details', 'video_tokens'],
        'cached_input_tokens': ['input_token_details', 'cached_tokens'],
        'output_text_tokens': ['output_token_details', 'text_tokens'],
        'output_audio_tokens': ['output_token_details', 'audio_tokens'],
        'output_reasoning_tokens': ['output_token_details', 'reasoning_tokens'],
    }) }}

),

models_parsed as (

    {{ tokenmart.json_columns('parsed', 'model_document', texts={
        'metadata_model_id': ['model'],
        'response_model_id': ['response', 'model'],
    }) }}

),

-- a transcription may be told by its length alone
timed as (

    {% set audio_duration_ms -%}
        coalesce(
            case
                when records.document like '%seconds%'
                    then coalesce(
                        {{ tokenmart.json_milliseconds('records.document', ['usage', 'seconds']) }},
                        {{ tokenmart.json_milliseconds('records.document', ['seconds']) }}
                    )
            end,
            -- a whole answer of Whisper's
            case
                when
                    records.document like '%"task"%'
                    and {{ tokenmart.json_text('records.document', ['task'], is_checked=true) }} in ('transcribe', 'translate')
                    then {{ tokenmart.json_milliseconds('records.document', ['duration']) }}
            end
        )
    {%- endset -%}
    {# video is priced as its images are #}
    {% set images -%}
        case when coalesce(told_image_tokens, told_video_tokens) is not null
            then {{ tokenmart.token_count('told_image_tokens') }} + {{ tokenmart.token_count('told_video_tokens') }}
        end
    {%- endset -%}
    {{ tokenmart.with_columns('models_parsed', {'metadata_audio_ms': audio_duration_ms, 'input_image_tokens': images}) }}

),

cached_parsed as (

    {{ tokenmart.json_columns('timed', 'cached_document', integers={
        'input_cached_text_tokens': ['input_token_details', 'cached_tokens_details', 'text_tokens'],
        'input_cached_audio_tokens': ['input_token_details', 'cached_tokens_details', 'audio_tokens'],
        'input_cached_image_tokens': ['input_token_details', 'cached_tokens_details', 'image_tokens'],
    }) }}

),

placed as (

    {{ tokenmart.voice_token_convention('cached_parsed') }}

),

tokens_checked as (

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
    from placed

),

checked as (

    select
        tokens_checked.*,
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
    from tokens_checked

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
from checked
