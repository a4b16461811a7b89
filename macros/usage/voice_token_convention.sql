{#
    The rows of a relation with the token columns of voice_usage_metrics, those of the metadata among them, and by
    which convention each was written:

      unsplit  the metadata has no counts by modality
      unknown  it has some, in a form that is not known, or that add up to less than the total
      B        text, audio and image make up the total, and include their cached parts
      null     neither: the row contradicts itself

    A text of 0 may be one that was not filled in; it is then what the others leave. Where the metadata says how much was
    cached, and not of which modality, and there are several, the row is ambiguous: it is taken to be text, then audio. So is a
    row that counts audio, images or video in another place than where its counts are read.

    The helping columns (total_in, …) come along; a model names those that it wants.
#}
{% macro voice_token_convention(relation) -%}
    {%- set counts = {} -%}
    {%- for name, column in {
        'total_in': 'input_tokens',
        'given_cached_in': 'cached_input_tokens',
        'text_in': 'input_text_tokens',
        'audio_in': 'input_audio_tokens',
        'image_in': 'input_image_tokens',
        'cached_text_in': 'input_cached_text_tokens',
        'cached_audio_in': 'input_cached_audio_tokens',
        'cached_image_in': 'input_cached_image_tokens',
        'total_out': 'output_tokens',
        'text_out': 'output_text_tokens',
        'audio_out': 'output_audio_tokens',
        'reasoning_out': 'output_reasoning_tokens',
    }.items() -%}
        {%- do counts.update({name: tokenmart.token_count('records.' ~ column)}) -%}
    {%- endfor -%}
    {%- set is_in_made_up = '(text_in + audio_in + image_in = total_in or (text_in = 0 and audio_in + image_in <= total_in))' -%}
    {#- reasoning is part of the text, or stands beside it -#}
    {%- set is_out_made_up -%}
        (total_out in (text_out + audio_out, text_out + audio_out + reasoning_out) or (text_out = 0 and audio_out <= total_out))
    {%- endset -%}
    {%- set convention -%}
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
            when {{ is_in_made_up }} and {{ is_out_made_up }} then 'B'
            when {{ is_in_made_up }} or text_in + audio_in + image_in < total_in then 'unknown'
        end
    {%- endset -%}
    {%- set is_ambiguous -%}
        (
            given_cached_in > 0
            and split_cached_in = 0
            and case when total_in > audio_in + image_in then 1 else 0 end
            + case when audio_in > 0 then 1 else 0 end
            + case when image_in > 0 then 1 else 0 end > 1
        )
        -- counts of modalities stand where none is read
        or (audio_in + image_in + audio_out = 0 and coalesce({{ tokenmart.counts_modalities('metadata') }}, false))
    {%- endset -%}
    {{ tokenmart.with_columns_step_by_step(relation, [
        counts,
        {'split_cached_in': 'cached_text_in + cached_audio_in + cached_image_in'},
        {'token_convention': convention, 'is_token_convention_ambiguous': is_ambiguous},
    ]) }}
{%- endmacro %}
