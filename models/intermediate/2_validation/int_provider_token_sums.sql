{{ config(materialized='ephemeral') }}

-- Grain: one row for each current row of ledger_usage_events.
-- Guarantee: its counts of tokens without nulls and negatives, and the sums of them that int_provider_token_conventions
-- compares with the totals. _in is of input, _out of output.
-- Trap: exports leave columns that they do not fill at null or 0. What was written to a cache may be outside the total that the
-- modalities make up (written_beside_text_in).

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

with events as (

    {{ tokenmart.ledger_current(ref('ledger_usage_events')) }}

)

{{ tokenmart.with_columns_step_by_step('events', [
    counts, sums, totals, {'written_beside_text_in': written_beside_text}, without_written,
]) }}
