{{ config(materialized='view') }}

-- noqa: disable=LT02
-- Grain: one row for each current row of ledger_voice_usage_metrics.
-- Guarantee: the counts by modality that its metadata reports, and by which convention it counts:
--   unsplit               the metadata has no counts by modality
--   unknown               it has some, in a form that is not known, or that add up to less than the total
--   parts_include_cached  text, audio and image make up the total, and include their cached parts
--   null                  neither: the row contradicts itself
-- Traps: a text of 0 may be one that was not filled in; it is then what the others leave. Where the metadata says how much was
-- cached, but not of which modality, and there are several, the row is ambiguous: it is taken to be text, then audio. So is a row
-- that counts audio, images or video in another place than where its counts are read.

{%- set counts = {} %}
{%- for name, column in {
    'total_in': 'input_tokens', 'given_cached_in': 'cached_input_tokens',
    'text_in': 'input_text_tokens', 'audio_in': 'input_audio_tokens',
    'image_in': 'input_image_tokens',
    'cached_text_in': 'input_cached_text_tokens',
    'cached_audio_in': 'input_cached_audio_tokens',
    'cached_image_in': 'input_cached_image_tokens',
    'total_out': 'output_tokens',
    'text_out': 'output_text_tokens',
    'audio_out': 'output_audio_tokens',
    'reasoning_out': 'output_reasoning_tokens',
}.items() %}
    {%- do counts.update({name: tokenmart.token_count('records.' ~ column)}) %}
{%- endfor %}
{%- set is_in_made_up = '(text_in + audio_in + image_in = total_in or (text_in = 0 and audio_in + image_in <= total_in))' %}
{#- reasoning is part of the text, or outside of it #}
{%- set is_out_made_up %}
    (total_out in (text_out + audio_out, text_out + audio_out + reasoning_out) or (text_out = 0 and audio_out <= total_out))
{%- endset %}
{%- set convention %}
    case
        when not {{ is_out_made_up }} and text_out + audio_out + reasoning_out > total_out then null
        when input_text_tokens is null and input_audio_tokens is null and input_image_tokens is null and split_cached_in = 0
            then
                case
                    when {{ is_out_made_up }} and not {{ tokenmart.counts_modalities("coalesce(metadata, '')") }} then 'unsplit'
                    else 'unknown'
                end
        when
            split_cached_in <> 0
            and not (
                given_cached_in in (0, split_cached_in)
                and cached_text_in <= total_in - audio_in - image_in
                and cached_audio_in <= audio_in
                and cached_image_in <= image_in
            )
            then null
        when {{ is_in_made_up }} and {{ is_out_made_up }} then 'parts_include_cached'
        when {{ is_in_made_up }} or text_in + audio_in + image_in < total_in then 'unknown'
    end
{%- endset %}
{%- set is_ambiguous %}
    (
        given_cached_in > 0
        and split_cached_in = 0
        and case when total_in > audio_in + image_in then 1 else 0 end
        + case when audio_in > 0 then 1 else 0 end
        + case when image_in > 0 then 1 else 0 end > 1
    )
    -- modalities are counted where none is read
    or (audio_in + image_in + audio_out = 0 and coalesce({{ tokenmart.counts_modalities('metadata') }}, false))
{%- endset %}

with cached_documented as (

    select
        *,
        case
            when usage_document like '%cached_tokens_details%' or position('\u' in usage_document) > 0 then usage_document
        end as cached_document,
        case when document like '%model%' or position('\u' in document) > 0 then document end as model_document
    from {{ ref('int_voice_usage_documents') }}

),

parsed as (

    {{ tokenmart.json_columns('cached_documented', 'usage_document', integers={
        'input_text_tokens': ['input_token_details', 'text_tokens'],
        'input_audio_tokens': ['input_token_details', 'audio_tokens'],
        'reported_image_tokens': ['input_token_details', 'image_tokens'],
        'reported_video_tokens': ['input_token_details', 'video_tokens'],
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

-- a transcription may report its length alone
timed as (

    {% set audio_duration_ms -%}
        coalesce(
            {%- for path, may_have_it in {
                ('usage', 'seconds'): "records.document like '%seconds%'",
                ('seconds',): "records.document like '%seconds%'",
                ('duration',): "records.document like '%\"task\"%' and "
                ~ tokenmart.json_text('records.document', ['task'], is_checked=true) ~ " in ('transcribe', 'translate')",
            }.items() %}
            {%- set seconds = tokenmart.json_scalar('records.document', path | list) %}
            case
                when {{ may_have_it }}
                    then case
                        when {{ seconds }} ~ '^[0-9]{1,9}([.][0-9]{1,9})?$'
                            then cast(round(cast({{ seconds }} as decimal(18, 9)) * 1000) as {{ dbt.type_bigint() }})
                    end
            end{{ ',' if not loop.last }}
            {%- endfor %}
        )
    {%- endset -%}
    {#- video is priced as its images are #}
    {% set images -%}
        case when coalesce(reported_image_tokens, reported_video_tokens) is not null
            then {{ tokenmart.token_count('reported_image_tokens') }} + {{ tokenmart.token_count('reported_video_tokens') }}
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

)

{{ tokenmart.with_columns_step_by_step('cached_parsed', [
    counts,
    {'split_cached_in': 'cached_text_in + cached_audio_in + cached_image_in'},
    {'token_convention': convention, 'is_token_convention_ambiguous': is_ambiguous},
]) }}
