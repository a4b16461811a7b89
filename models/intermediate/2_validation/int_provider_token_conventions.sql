{{ config(materialized='ephemeral') }}

-- Grain: one row for each current row of ledger_usage_events.
-- Guarantee: token_convention says how the row counts its tokens; total_input_tokens and total_output_tokens hold all
-- modalities. docs/token-classes.md has an example of each convention:
--   unsplit  only totals are given, and perhaps the cached part of the input
--   A        input_text/audio/image_tokens are uncached, next to their cached twins; all make up input_tokens
--   B        audio, or every modality, includes its cached twin
--   C        input_tokens is the text alone, its cached part included, with audio and images next to it
--   D        input_tokens leaves out what is read from a cache and written to it
--   null     none fits: the row contradicts itself
-- Traps: they are tried row by row, D first, if the row shows it or var('input_beside_cache') names the model. What is written
-- to a cache is text; input_text_tokens may hold it or leave it out. A text of 0 may be one that was not filled in; it is then
-- what the others leave of the total. A row is ambiguous where another convention fits too and gives other classes: if the text
-- was not filled in and the others leave a rest, if two sums happen to agree, or if what was written may be outside the total.

{%- set is_named_beside_cache %}
    (
        false
        {%- for name in var('input_beside_cache') %}
        or lower(model_id) like {{ tokenmart.literal('%' ~ name | lower ~ '%') }}
        {%- endfor %}
    )
{%- endset %}
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
                or {{ is_named_beside_cache }}
            )
            then 'D'
        when modalities_in + split_cached_in = 0
            then case when written_text_in <= total_in - cached_in then 'unsplit' end
        when
            given_cached_in in (0, cached_in)
            and (
                sum_a = total_in
                or (text_in = 0 and audio_in + image_in + cached_in <= total_in)
            )
            and written_text_in <= total_in - audio_in - image_in - cached_in
            then 'A'
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
            then 'B'
        when
            given_cached_in in (0, cached_text_in, cached_in)
            and audio_in + image_in + cached_audio_in + cached_image_in > 0
            and (
                sum_c = total_in
                or (text_in in (0, total_in) and cached_text_in <= total_in)
            )
            and written_text_in <= total_in - cached_text_in
            then 'C'
    end
{%- endset %}
{%- set is_ambiguous %}
    coalesce(
        case token_convention
            when 'unsplit' then written_in > 0 and uncached_in = 0
            when 'A' then
                text_in = 0
                and audio_in + image_in + cached_audio_in + cached_image_in > 0
                and audio_in + image_in + cached_in < total_in
            when 'B' then
                sum_c = total_in
                or (text_in = 0 and cached_text_in + audio_in + image_in + cached_image_in < total_in)
        end
        or (token_convention is not null and text_out = 0 and other_out > 0 and other_out < total_out),
        false
    )
{%- endset %}
{%- set total_input %}
    case
        when token_convention = 'D' then given_in + cached_in + written_in
        when token_convention = 'C'
            then
                given_in
                + audio_in + case when cached_audio_in <= audio_in then 0 else cached_audio_in end
                + image_in + case when cached_image_in <= image_in then 0 else cached_image_in end
        else coalesce(input_tokens, 0)
    end
{%- endset %}
{%- set total_output %}
    case
        when
            token_convention is not null
            and other_out > 0
            and (text_out = total_out or (text_out = 0 and other_out > total_out))
            then total_out + other_out
        else coalesce(output_tokens, 0)
    end
{%- endset %}

with sums as (

    select * from {{ ref('int_provider_token_sums') }}

)

{{ tokenmart.with_columns_step_by_step('sums', [
    {'token_convention': convention},
    {
        'is_token_convention_ambiguous': is_ambiguous,
        'total_input_tokens': total_input,
        'total_output_tokens': total_output,
    },
]) }}
