{#
    The rows of a relation with the columns of usage_events, and by which convention each was written:

      unsplit  only totals are given, and perhaps the cached part of the input
      A        input_text/audio/image_tokens are uncached, beside their cached twins; all make up input_tokens
      B        audio, or every modality, includes its cached twin
      C        input_tokens is the text alone, its cached part included, with audio and images beside it
      D        input_tokens leaves out what is read from a cache and written to it
      null     none fits: the row contradicts itself

    They are tried row by row, D first, if the row shows it or var('input_beside_cache') names the model. What is
    written to a cache is text; input_text_tokens may hold it or leave it out. A text of 0 may be one that was not filled in; it is then what the
    others leave of the total. Another convention can fit as well, and give other classes, only if the text was not
    filled in and the others leave a rest, if two sums happen to agree, or if what was written may stand beside the
    total; such a row is ambiguous.
    total_input_tokens and total_output_tokens hold all modalities. docs/tokens.md has an example of each.

    The helping columns (total_in, …) come along; a model names those that it wants.
#}
{% macro provider_token_convention(relation) -%}
    select
        placed.*,
        coalesce(
            case placed.token_convention
                when 'unsplit' then written_in > 0 and uncached_in = 0
                when 'A' then
                    text_in = 0
                    and audio_in + image_in + cached_audio_in + cached_image_in > 0
                    and audio_in + image_in + cached_in < total_in
                when 'B' then
                    text_in + cached_text_in = total_in
                    or (text_in = 0 and cached_text_in + audio_in + image_in + cached_image_in < total_in)
            end
            or (placed.token_convention is not null and text_out = 0 and other_out > 0 and other_out < total_out),
            false
        ) as is_token_convention_ambiguous,
        case
            when placed.token_convention = 'D' then given_in + cached_in + written_in
            when placed.token_convention = 'C'
                then
                    given_in
                    + audio_in + case when cached_audio_in <= audio_in then 0 else cached_audio_in end
                    + image_in + case when cached_image_in <= image_in then 0 else cached_image_in end
            else coalesce(placed.input_tokens, 0)
        end as total_input_tokens,
        case
            when
                placed.token_convention is not null
                and other_out > 0
                and (text_out = total_out or (text_out = 0 and other_out > total_out))
                then total_out + other_out
            else coalesce(placed.output_tokens, 0)
        end as total_output_tokens
    from (
        select
            counts.*,
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
                        or {{ tokenmart.is_input_beside_cache('model_id') }}
                    )
                    then 'D'
                when text_in + audio_in + image_in + split_cached_in = 0
                    then case when written_text_in <= total_in - cached_in then 'unsplit' end
                when
                    given_cached_in in (0, cached_in)
                    and (
                        text_in + audio_in + image_in + cached_in = total_in
                        or (text_in = 0 and audio_in + image_in + cached_in <= total_in)
                    )
                    and written_text_in <= total_in - audio_in - image_in - cached_in
                    then 'A'
                when
                    given_cached_in in (0, cached_in)
                    and (
                        -- every modality includes its cached twin
                        (
                            text_in + audio_in + image_in = total_in
                            and cached_text_in <= text_in
                            and cached_audio_in <= audio_in
                            and cached_image_in <= image_in
                            and written_text_in <= text_in - cached_text_in
                        )
                        -- audio alone does
                        or (
                            cached_audio_in between 1 and audio_in
                            and (
                                text_in + cached_text_in + audio_in + image_in + cached_image_in = total_in
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
                        text_in + cached_text_in = total_in
                        or (text_in in (0, total_in) and cached_text_in <= total_in)
                    )
                    and written_text_in <= total_in - cached_text_in
                    then 'C'
            end as token_convention
        from (
            select
                parts.*,
                given_in - written_beside_text_in as total_in,
                written_in - written_beside_text_in as written_text_in
            from (
                select
                    sums.*,
                    case
                        when
                            given_in - written_in in (sum_a, sum_b, sum_b_audio, sum_c)
                            and (given_in not in (sum_a, sum_b, sum_b_audio, sum_c) or written_in > text_in)
                            then written_in
                        else 0
                    end as written_beside_text_in
                from (
                    select
                        reported.*,
                        case when split_cached_in > 0 then split_cached_text_in else given_cached_in end as cached_text_in,
                        case when split_cached_in > 0 then split_cached_in else given_cached_in end as cached_in,
                        text_in + audio_in + image_in
                        + case when split_cached_in > 0 then split_cached_in else given_cached_in end as sum_a,
                        text_in + audio_in + image_in as sum_b,
                        text_in + case when split_cached_in > 0 then split_cached_text_in else given_cached_in end as sum_c,
                        text_in + audio_in + image_in + cached_image_in
                        + case when split_cached_in > 0 then split_cached_text_in else given_cached_in end as sum_b_audio,
                        greatest(given_written_in, written_5m_in + written_1h_in) as written_in
                    from (
                        select
                            records.*,
                            {{ tokenmart.token_count('records.input_tokens') }} as given_in,
                            {{ tokenmart.token_count('records.cached_input_tokens') }} as given_cached_in,
                            {{ tokenmart.token_count('records.uncached_input_tokens') }} as uncached_in,
                            {{ tokenmart.token_count('records.written_input_tokens') }} as given_written_in,
                            {{ tokenmart.token_count('records.written_5m_input_tokens') }} as written_5m_in,
                            {{ tokenmart.token_count('records.written_1h_input_tokens') }} as written_1h_in,
                            {{ tokenmart.token_count('records.input_text_tokens') }} as text_in,
                            {{ tokenmart.token_count('records.input_audio_tokens') }} as audio_in,
                            {{ tokenmart.token_count('records.input_image_tokens') }} as image_in,
                            {{ tokenmart.token_count('records.input_cached_text_tokens') }} as split_cached_text_in,
                            {{ tokenmart.token_count('records.input_cached_audio_tokens') }} as cached_audio_in,
                            {{ tokenmart.token_count('records.input_cached_image_tokens') }} as cached_image_in,
                            {{ tokenmart.token_count('records.input_cached_text_tokens') }}
                            + {{ tokenmart.token_count('records.input_cached_audio_tokens') }}
                            + {{ tokenmart.token_count('records.input_cached_image_tokens') }} as split_cached_in,
                            {{ tokenmart.token_count('records.output_tokens') }} as total_out,
                            {{ tokenmart.token_count('records.output_text_tokens') }} as text_out,
                            {{ tokenmart.token_count('records.output_audio_tokens') }}
                            + {{ tokenmart.token_count('records.output_image_tokens') }} as other_out
                        from {{ relation }} as records
                    ) as reported
                ) as sums
            ) as parts
        ) as counts
    ) as placed
{%- endmacro %}
