{{ config(materialized='ephemeral') }}

-- Grain: a line of a bill whose words are those of a model that its day and provider have used.
-- Guarantee: six sets of words are tried, and the first that some usage has counts. First all words of the line, then those left
-- without a modality ("audio input"). Each with the edition that the line names ("gpt 4o 0806 Inp" is of gpt-4o-2024-08-06), then
-- as the model's own name, then as the name of its price.
-- Trap: words alone are compared, in alphabetical order: "Claude Haiku 3.5" and claude-3-5-haiku-20241022 have the same.

{%- set with_edition = " || ' @ ' || " %}

with used as (

    select * from {{ ref('int_usage_models_daily') }}

),

names as (

    select * from {{ ref('int_model_names') }}

),

used_words as (

    {%- for found_by, words in {
        'edition': 'names.own_words' ~ with_edition ~ 'names.edition', 'own_words': 'names.own_words', 'words': 'names.model_words',
    }.items() %}
    {{ 'union' if not loop.first }}
    select
        used.source_instance,
        used.usage_date_utc,
        used.provider,
        '{{ found_by }}' as found_by,
        {{ words }} as words
    from used
    inner join names
        on
            used.named_provider = names.provider
            and used.model_id = names.model_id
    where {{ 'names.model_words' if found_by == 'words' else 'names.own_words' }} <> ''
    {%- endfor %}

),

line_words as (

    {%- for words in ['whole_words', 'model_words'] %}
    {%- set place = loop.index0 * 3 %}
    {%- for found_by, said in {'edition': words ~ with_edition ~ 'edition', 'own_words': words, 'words': words}.items() %}
    {{ 'union all' if place or not loop.first }}
    select
        source_instance,
        line_key,
        usage_date_utc,
        provider,
        {{ place + loop.index }} as place,
        '{{ found_by }}' as found_by,
        {{ said }} as words
    from {{ ref('int_bill_lines') }}
    {%- endfor %}
    {%- endfor %}

),

found as (

    select
        line_words.source_instance,
        line_words.line_key,
        line_words.found_by,
        line_words.words as found_words,
        row_number() over (
            partition by line_words.source_instance, line_words.line_key
            order by line_words.place
        ) as choice
    from line_words
    inner join used_words
        on
            line_words.source_instance = used_words.source_instance
            and line_words.usage_date_utc = used_words.usage_date_utc
            and line_words.provider = used_words.provider
            and line_words.found_by = used_words.found_by
            and line_words.words = used_words.words

)

select
    source_instance,
    line_key,
    found_by,
    found_words
from found
where choice = 1
