{{ config(materialized='view') }}

-- noqa: disable=LT02
-- Grain: one row for each current row of ledger_voice_usage_metrics.
-- Guarantee: document is the metadata where it is JSON that may hold a count; usage_document is its usage in the one shape that
-- is read further on, input_token_details and output_token_details, as OpenAI's realtime API writes them.
-- Trap: other shapes are made into it: a whole event or a `usage` around the details, the names of the other APIs
-- (input_tokens_details, prompt_tokens_details, …), and Gemini's lists of modalities (promptTokensDetails,
-- responseTokensDetails, cacheTokensDetails, or the same with underscores).

{%- set usage = ['usage', 'usageMetadata', 'usage_metadata'] %}
{%- set input = ['input_token_details', 'input_tokens_details', 'prompt_tokens_details', 'prompt_token_details'] %}
{%- set output = ['output_token_details', 'output_tokens_details', 'completion_tokens_details', 'completion_token_details'] %}
{#- as the API writes them, and as its libraries for Python do #}
{%- set gemini = [
    {
        'sign': 'TokensDetails', 'input': 'promptTokensDetails', 'cached': 'cacheTokensDetails',
        'output': ['responseTokensDetails', 'candidatesTokensDetails'],
        'cached_count': 'cachedContentTokenCount', 'thoughts': 'thoughtsTokenCount',
    },
    {
        'sign': 'tokens_details', 'input': 'prompt_tokens_details', 'cached': 'cache_tokens_details',
        'output': ['response_tokens_details', 'candidates_tokens_details'],
        'cached_count': 'cached_content_token_count', 'thoughts': 'thoughts_token_count',
    },
] %}
{%- set is_other %}
    records.document like '%"usage%' or records.document like '%"response"%' or records.document like '%TokensDetails"%'
    or records.document like '%response_tokens_details"%' or records.document like '%candidates_tokens_details"%'
    {%- for name in input[1:] + output[1:] %}
    or records.document like '%"{{ name }}"%'
    {%- endfor %}
{%- endset %}
{%- set usage_text %}
    case
        when {{ is_other }} then coalesce(
            {%- for name in usage %}
            {{ tokenmart.json_object_text('records.document', ['response', name]) }},
            {{ tokenmart.json_object_text('records.document', [name]) }},
            {%- endfor %}
            records.document
        )
    end
{%- endset %}
{%- set input_text %}
    coalesce(
        {%- for name in input %}
        {{ tokenmart.json_object_text('records.usage', [name]) }},
        {%- endfor %}
        {{ tokenmart.json_object_text('records.document', [input[0]]) }},
        {%- for names in gemini %}
        case
            when records.usage like '%{{ names.sign }}"%' then {{ tokenmart.json_modalities(
                'records.usage',
                [names.input],
                lists={'cached_tokens_details': names.cached},
                counts={'cached_tokens': names.cached_count},
            ) }}
        end,
        {%- endfor %}
        'null'
    )
{%- endset %}
{%- set output_text %}
    coalesce(
        {%- for name in output %}
        {{ tokenmart.json_object_text('records.usage', [name]) }},
        {%- endfor %}
        {{ tokenmart.json_object_text('records.document', [output[0]]) }},
        {%- for names in gemini %}
        case
            when records.usage like '%{{ names.sign }}"%'
                then {{ tokenmart.json_modalities('records.usage', names.output, counts={'reasoning_tokens': names.thoughts}) }}
        end,
        {%- endfor %}
        'null'
    )
{%- endset %}
{%- set usage_document %}
    case
        when records.usage is null then records.document
        else '{"input_token_details":' || records.input_details || ',"output_token_details":' || records.output_details || '}'
    end
{%- endset %}

with metrics as (

    {{ tokenmart.ledger_current(ref('ledger_voice_usage_metrics')) }}

),

-- parsing JSON is expensive: only what may hold a count is looked at
documented as (

    {% set document -%}
        case
            when
                {%- for sign in ['token_details', 'tokens_details', 'TokensDetails', 'model', 'seconds', '"task"'] %}
                records.metadata like '%{{ sign }}%' or
                {%- endfor %}
                position('\u' in records.metadata) > 0
                then case when {{ tokenmart.is_json('records.metadata') }} then records.metadata end
        end
    {%- endset -%}
    {{ tokenmart.with_columns('metrics', {'document': document}) }}

),

with_usage as (

    {{ tokenmart.with_columns('documented', {'usage': usage_text}) }}

),

with_details as (

    {{ tokenmart.with_columns('with_usage', {
        'input_details': 'case when records.usage is not null then ' ~ input_text ~ ' end',
        'output_details': 'case when records.usage is not null then ' ~ output_text ~ ' end',
    }) }}

)

{{ tokenmart.with_columns('with_details', {'usage_document': usage_document}) }}
