{{ config(materialized='view') }}

-- Grain: one row for each current row of ledger_usage_events.
-- Guarantee: total_input_tokens and total_output_tokens hold all modalities, whatever the convention of the row.
-- Trap: a row is ambiguous where another convention fits too and gives other classes: if the text was not filled in and the
-- others leave a rest, if two sums happen to agree, or if what was written to a cache may be outside the total.

{%- set is_ambiguous %}
    coalesce(
        case token_convention
            when 'unsplit' then written_in > 0 and uncached_in = 0
            when 'parts_exclude_cached' then
                text_in = 0
                and audio_in + image_in + cached_audio_in + cached_image_in > 0
                and audio_in + image_in + cached_in < total_in
            when 'parts_include_cached' then
                sum_c = total_in
                or (text_in = 0 and cached_text_in + audio_in + image_in + cached_image_in < total_in)
        end
        or (token_convention is not null and text_out = 0 and other_out > 0 and other_out < total_out),
        false
    )
{%- endset %}
{%- set total_input %}
    case
        when token_convention = 'total_excludes_cached' then given_in + cached_in + written_in
        when token_convention = 'text_only_total'
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

with conventions as (

    select * from {{ ref('int_provider_token_conventions') }}

)

{{ tokenmart.with_columns('conventions', {
    'is_token_convention_ambiguous': is_ambiguous,
    'total_input_tokens': total_input,
    'total_output_tokens': total_output,
}) }}
