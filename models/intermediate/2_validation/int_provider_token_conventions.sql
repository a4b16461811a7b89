{{ config(materialized='ephemeral') }}

-- Grain: one row for each current row of ledger_usage_events.
-- Guarantee: token_convention says how the row counts its tokens (docs/token-classes.md has an example of each):
--   unsplit                only totals are given, and perhaps the cached part of the input
--   parts_exclude_cached   input_text/audio/image_tokens are uncached, next to their cached twins; all make up input_tokens
--   parts_include_cached   audio, or every modality, includes its cached twin
--   text_only_total        input_tokens is the text alone, its cached part included, with audio and images next to it
--   total_excludes_cached  input_tokens leaves out what is read from a cache and written to it
--   null                   none fits: the row contradicts itself
-- Traps: they are tried row by row, total_excludes_cached first, if the row shows it or var('input_beside_cache') names the
-- model. What is written to a cache is text; input_text_tokens may hold it or leave it out. A text of 0 may be one that was not
-- filled in; it is then what the others leave of the total. The counts and sums that are compared come along: _in is of input,
-- _out of output.

{#- `records` is what with_columns calls its rows -#}
{%- set counts = {} %}
{%- for name, column in {
    'given_in': 'input_tokens', 'given_cached_in': 'cached_input_tokens', 'uncached_in': 'uncached_input_tokens',
    'given_written_in': 'written_input_tokens', 'written_5m_in': 'written_5m_input_tokens', 'written_1h_in': 'written_1h_input_tokens',
    'text_in': 'input_text_tokens', 'audio_in': 'input_audio_tokens', 'image_in': 'input_image_tokens',
    'split_cached_text_in': 'input_cached_text_tokens', 'cached_audio_in': 'input_cached_audio_tokens',
    'cached_image_in': 'input_cached_image_tokens',
    'total_out': 'output_tokens', 'text_out': 'output_text_tokens', 'audio_out': 'output_audio_tokens', 'image_out': 'output_image_tokens',
}.items() %}
{%- do counts.update({name: tokenmart.token_count('records.' ~ column)}) %}
{%- endfor %}
{%- set named_models = [] %}
{%- for name in var('input_beside_cache') %}
{%- do named_models.append('or lower(model_id) like ' ~ tokenmart.literal('%' ~ name | lower ~ '%')) %}
{%- endfor %}
{%- set split_cached = 'split_cached_text_in + cached_audio_in + cached_image_in' %}
{%- set sums = {
    'split_cached_in': split_cached,
    'cached_text_in': 'case when ' ~ split_cached ~ ' > 0 then split_cached_text_in else given_cached_in end',
    'cached_in': 'case when ' ~ split_cached ~ ' > 0 then ' ~ split_cached ~ ' else given_cached_in end',
    'modalities_in': 'text_in + audio_in + image_in',
    'written_in': 'greatest(given_written_in, written_5m_in + written_1h_in)',
    'other_out': 'audio_out + image_out',
} %}
{%- set totals = {
    'sum_a': 'modalities_in + cached_in',
    'sum_b_audio': 'modalities_in + cached_image_in + cached_text_in',
    'sum_c': 'text_in + cached_text_in',
} %}
{%- set written_beside_text %}
    case
        when
            given_in - written_in in (sum_a, modalities_in, sum_b_audio, sum_c)
            and (given_in not in (sum_a, modalities_in, sum_b_audio, sum_c) or written_in > text_in)
            then written_in
        else 0
    end
{%- endset %}
{%- set without_written = {
    'total_in': 'given_in - written_beside_text_in',
    'written_text_in': 'written_in - written_beside_text_in',
} %}
{%- set convention %}
    case
        when text_out not in (0, total_out) and text_out + other_out <> total_out then null
        when given_written_in not in (0, written_in) then null
        when
            text_in in (0, given_in)
            and audio_in + image_in + split_cached_in = 0
            and cached_in + written_in > 0
            and uncached_in in (0, given_in)
            and (
                uncached_in > 0
                or (written_in > 0 and cached_in + written_in > given_in)
                {{ named_models | join(' ') }}
            )
            then 'total_excludes_cached'
        when modalities_in + split_cached_in = 0
            then case when written_text_in <= total_in - cached_in then 'unsplit' end
        when
            given_cached_in in (0, cached_in)
            and (
                sum_a = total_in
                or (text_in = 0 and audio_in + image_in + cached_in <= total_in)
            )
            and written_text_in <= total_in - audio_in - image_in - cached_in
            then 'parts_exclude_cached'
        when
            given_cached_in in (0, cached_in)
            and (
                -- every modality includes its cached twin
                (
                    modalities_in = total_in
                    and cached_text_in <= text_in
                    and cached_audio_in <= audio_in
                    and cached_image_in <= image_in
                    and written_text_in <= text_in - cached_text_in
                )
                -- audio alone does
                or (
                    cached_audio_in between 1 and audio_in
                    and (
                        sum_b_audio = total_in
                        or (text_in = 0 and cached_text_in + audio_in + image_in + cached_image_in <= total_in)
                    )
                    and written_text_in <= total_in - cached_text_in - audio_in - image_in - cached_image_in
                )
            )
            then 'parts_include_cached'
        when
            given_cached_in in (0, cached_text_in, cached_in)
            and audio_in + image_in + cached_audio_in + cached_image_in > 0
            and (
                sum_c = total_in
                or (text_in in (0, total_in) and cached_text_in <= total_in)
            )
            and written_text_in <= total_in - cached_text_in
            then 'text_only_total'
    end
{%- endset %}

with events as (

    {{ tokenmart.ledger_current(ref('ledger_usage_events')) }}

)

{{ tokenmart.with_columns_step_by_step('events', [
    counts, sums, totals, {'written_beside_text_in': written_beside_text}, without_written, {'token_convention': convention},
]) }}
