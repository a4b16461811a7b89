{{ config(materialized='ephemeral') }}

-- Grain: a text of a bill's line, as a provider's bill writes it.
-- Guarantee: what the text says, and nothing that it does not: model, category of tokens (direction), processing, length of
-- context. meaning is tokens (the text speaks of them), not_tokens (it speaks of what is known to be something else) or text.
-- Trap: a name alone may be a model's or anything else's. int_bill_matches knows, by the models of usage and price list.

{%- set words = "' ' || regexp_replace(" ~ '{}' ~ ", '[^a-z0-9]+', ' ', 'g') || ' '" %}
{%- set line_item = tokenmart.plain_name('lines.line_item') %}

with {{ tokenmart.only_provider() }},

texts as (

    select distinct
        coalesce(nullif({{ tokenmart.plain_name('lines.provider') }}, ''), only_provider.provider, '') as provider,
        {{ line_item }} as line_item,
        -- "Generate content input token count gemini 2.5 flash short input text" says behind the model of what its tokens are
        replace(regexp_replace(
            {{ line_item }},
            '^(generate|embed)[_ ]?content (.*)token count (for )?(.*) (text|image|audio|video)( .*)?$', '\4\6 \5 \2tokens'
        ), ' video ', ' ') as said
    from {{ ref('ledger_provider_costs') }} as lines
    left join only_provider
        on lines.source_instance = only_provider.source_instance
    where nullif(trim(lines.line_item, ' '), '') is not null

),

-- "batch | gpt-4o audio, cached input" is of a processing, a model and what is said about its tokens
parts as (

    select
        provider,
        line_item,
        said,
        case when position('|' in said) > 0 then trim(split_part(said, '|', 1), ' ') else '' end as prefix,
        position(',' in said) > 0 as has_comma,
        trim(split_part(regexp_replace(said, '^([^|]*[|])*', ''), ',', 1), ' ') as first_part,
        case when position(',' in said) > 0 then substr(said, position(',' in said) + 1) else '' end as rest
    from texts

),

spaced as (

    select
        *,
        {{ words.format('said') }} as all_words,
        {{ words.format('first_part') }} as first_words,
        -- what is said next to the model's name: after a comma, or by a last word of its own
        {{ words.format(
            "rest || case when first_part like '% audio' then ' audio' when first_part like '% text' then ' text'"
            ~ " when first_part like '% image' then ' image' else '' end"
        ) }} as other_words
    from parts

),

read as (

    select
        *,
        (all_words like '%cach%' or all_words like '% cchd %' or all_words like '% cd inp%')
        and all_words not like '%uncached%'
        and all_words not like '% no cache %'
        and all_words not like '% miss %' as is_of_cache,
        {%- for name, phrases in {
            'is_input': ['input', ' inp ', ' inpt ', ' prompt '],
            'is_output': ['output', ' outp ', ' opt ', ' outpt ']
            + [' completion tokens ', ' completion text tokens ', ' reasoning tokens ', ' reasoning text tokens '],
            'is_long': [' long context ', ' long predictions ', ' long input ', ' long output ', ' caching long ', ' 200k 1m ', ' lctx '],
            'is_of_something_else': [
                ' web search', ' file search', ' code interpreter', ' code execution', ' image generation', ' session', ' storage',
                ' container', ' seat', ' subscription', ' support', ' tax', ' fine tuning', ' training', ' grounding', ' guardrail',
            ],
        }.items() %}
        {{ "all_words like '%" ~ phrases | join("%' or all_words like '%") ~ "%'" }} as {{ name }},
        {%- endfor %}
        case
            {%- for kind, written in {'audio': 'audio|aud', 'image': 'image|img', 'text': 'text|txt'}.items() %}
            when
                other_words like '% {{ kind }} %'
                -- "gpt-4o Audio Cached Input"
                or regexp_replace(first_words, ' ({{ written }}) ((cached|cchd|cache|read) )*(in|out)', '') <> first_words
                or regexp_replace(first_words, ' (input|inp|output|outp) ({{ written }}) ', '') <> first_words
                then '{{ kind }}_'
            {%- endfor %}
            else ''
        end as kind
    from spaced

),

understood as (

    select
        provider,
        line_item,
        -- ft-gpt-4o is what a fine-tuned ft:gpt-4o:org::id is called on a bill
        regexp_replace(
            case when has_comma then regexp_replace(first_part, ' (audio|text|image)$', '') else first_part end,
            '^ft-', 'ft:'
        ) as named_model,
        case
            when is_of_cache and (all_words like '%writ%' or all_words like '%creat%') then 'cache_write'
            when is_output then kind || 'output'
            when is_of_cache then kind || 'cached_input'
            when is_input or all_words like '%uncached%' then kind || 'input'
        end as direction,
        case
            when all_words like '% batch%' then 'batch'
            when all_words like '% flex %' then 'flex'
            when all_words like '% priority %' then 'priority'
            when prefix <> '' then 'standard'
        end as processing,
        case when is_long then 'long' end as context_band,
        all_words like '%token%' and all_words not like '%web search%' and all_words not like '% storage %' as is_of_tokens,
        is_of_something_else
    from read

),

named as (

    select
        *,
        coalesce({{ tokenmart.model_words('named_model') }}, '') as model_words
    from understood

)

select
    provider,
    line_item,
    -- "input tokens" names none
    case when model_words <> '' then named_model end as named_model,
    model_words,
    coalesce({{ tokenmart.model_words('named_model', keeps_modality=true) }}, '') as whole_words,
    {{ tokenmart.model_edition('named_model') }} as edition,
    direction,
    processing,
    context_band,
    case
        when is_of_something_else and not is_of_tokens then 'not_tokens'
        when direction is not null or is_of_tokens then 'tokens'
        else 'text'
    end as meaning
from named
