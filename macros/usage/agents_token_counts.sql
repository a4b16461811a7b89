{#
    The rows of a relation with the token counts in their metadata, in the form of any provider: at the top, or in a
    `usage` or `usageMetadata`. The document is JSON or null.

      model_id
      metadata_input_tokens         all input, what is read from a cache and written to it among it
      metadata_output_tokens        all output, reasoning among it
      metadata_cached_input_tokens, metadata_cache_write_tokens (all of them), metadata_cache_write_1h_tokens
                                    parts of the input; null where none is reported
      has_other_modalities          it counts audio, images or video, which are not read here

    OpenAI and Gemini count cached tokens as part of the input; Anthropic and Bedrock count them in addition. The quantity
    decides: if it equals input + output + cached, they are additional. If it equals input + output alone, counts under
    Anthropic's or Bedrock's names are not part of it, and are left out.
#}
{% macro agents_token_counts(relation) -%}
    {%- set usage -%}
        case
            when
                {%- for word in ['usage', 'cache', 'prompt', 'Token', 'details', '"tokens"', '\\u'] %}
                {{ 'or ' if not loop.first }}position('{{ word }}' in records.document) > 0
                {%- endfor %}
                then coalesce(
                    {%- for path in [
                        ['response', 'usage'], ['response', 'usageMetadata'], ['message', 'usage'], ['metadata', 'usage_object'],
                        ['usage', 'tokens'], ['meta', 'tokens'], ['usage'], ['usageMetadata'], ['usage_metadata'], ['usage_object'], ['last_token_usage'],
                    ] %}
                    {{ tokenmart.json_object_text('records.document', path) }},
                    {%- endfor %}
                    records.document
                )
        end
    {%- endset -%}
    {%- set names = tokenmart.agents_count_names() -%}
    {%- set paths = {} -%}
    {%- for part in names.values() -%}
        {%- do paths.update(part) -%}
    {%- endfor -%}
    {%- set other_model -%}
        case
            when
                position('modelVersion' in records.document) > 0
                or position('"response"' in records.document) > 0
                or position('"message"' in records.document) > 0
                or position('gen_ai' in records.document) > 0
                then coalesce(
                    {{ tokenmart.json_text('records.document', ['response', 'model'], is_checked=true) }},
                    {{ tokenmart.json_text('records.document', ['message', 'model'], is_checked=true) }},
                    {{ tokenmart.json_text('records.document', ['modelVersion'], is_checked=true) }},
                    {{ tokenmart.json_text('records.document', ['gen_ai.response.model'], is_checked=true) }},
                    {{ tokenmart.json_text('records.document', ['gen_ai.request.model'], is_checked=true) }}
                )
        end
    {%- endset -%}
    {%- set plain = tokenmart.json_columns(relation, 'document', texts={'plain_model_id': ['model']}, integers={
        'plain_in': ['input_tokens'], 'plain_out': ['output_tokens'],
    }) -%}
    {%- set documented = tokenmart.with_columns('(' ~ plain ~ ')', {'usage_document': usage, 'other_model_id': other_model}) -%}
    {%- set parsed = tokenmart.json_columns('(' ~ documented ~ ')', 'usage_document', integers=paths) -%}
    {%- set read = names.beside.keys() | list + names.inside.keys() | list -%}
    {%- set named_beside = names.beside.keys() | list + names.written_beside.keys() | list + names.written_for.keys() | list -%}
    {%- set named_inside = names.inside.keys() | list + names.written_inside.keys() | list -%}
    {%- set told_written -%}
        greatest(
            {{ tokenmart.largest_count(names.written_beside.keys() | list + names.written_inside.keys() | list) }},
            {{ tokenmart.token_count('written_5m') }} + {{ tokenmart.token_count('written_1h') }}
        )
    {%- endset -%}
    {%- set counts = {
        'model_id': "coalesce(nullif(plain_model_id, ''), nullif(other_model_id, ''), plain_model_id)",
        'told_in':
            'coalesce(usage_in, openai_in, camel_in, camel_prompt_in, gemini_in + coalesce(gemini_tools_in, 0), '
            ~ 'snake_in + coalesce(snake_tools_in, 0), count_in, otel_in, otel_prompt_in, ollama_in, titan_in, plain_in)',
        'told_out_alone':
            'coalesce(usage_out, openai_out, camel_out, camel_completion_out, '
            ~ 'gemini_out + coalesce(gemini_thoughts_out, 0), gemini_thoughts_out, '
            ~ 'snake_out + coalesce(snake_thoughts_out, 0), snake_thoughts_out, '
            ~ 'llama_out, count_out, otel_out, otel_completion_out, ollama_out, plain_out)',
        'told_read': tokenmart.largest_count(read),
        'told_written': told_written,
        'told_written_1h': tokenmart.token_count('written_1h'),
        'tells_of_cache': 'coalesce(' ~ read | join(', ') ~ ') is not null',
        'is_named_beside':
            'coalesce(usage_in, camel_in, count_in, plain_in) is not null and openai_in is null and '
            ~ tokenmart.largest_count(named_beside) ~ ' > 0 and ' ~ tokenmart.largest_count(named_inside) ~ ' = 0',
    } -%}
    {%- set known_in = tokenmart.token_count('told_in') -%}
    {%- set known_out = tokenmart.token_count('told_out') -%}
    {%- set place -%}
        case
            when told_in is null or told_out is null then null
            when told_read + told_written = 0 then case when tells_of_cache then 'inside' end
            when {{ known_in }} + {{ known_out }} + told_read + told_written = quantity then 'beside'
            when {{ known_in }} + {{ known_out }} = quantity and not is_named_beside and told_read + told_written <= told_in
                then 'inside'
        end
    {%- endset -%}
    {#- an embedding puts out nothing, and some count reasoning beside what is put out -#}
    {%- set told_out -%}
        case
            when told_out_alone is null and told_in = quantity then 0
            when {{ known_in }} + {{ tokenmart.token_count('told_out_alone') }} + {{ tokenmart.token_count('reasoning_out') }} = quantity
                then told_out_alone + coalesce(reasoning_out, 0)
            else told_out_alone
        end
    {%- endset -%}
    {{ tokenmart.with_columns_step_by_step('(' ~ parsed ~ ')', [
        counts,
        {'told_out': told_out},
        {'cache_place': place},
        {
            'metadata_input_tokens': "case when cache_place = 'beside' then told_in + told_read + told_written else told_in end",
            'metadata_output_tokens': 'told_out',
            'has_other_modalities': tokenmart.counts_modalities('usage_document'),
            'metadata_cached_input_tokens': 'case when cache_place is not null then told_read end',
            'metadata_cache_write_tokens': 'case when cache_place is not null then told_written end',
            'metadata_cache_write_1h_tokens': 'case when cache_place is not null then told_written_1h end',
        },
    ]) }}
{%- endmacro %}


{# The largest of some counts, of which none may be told; as token_count. #}
{% macro largest_count(columns) -%}
    greatest(
        {%- for column in columns %}
        {{ tokenmart.token_count(column) }}{{ ',' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}
