-- Grain: a current line of a bill, with what it is for.
-- Guarantee: line_kind is model (the line names a model or a class of tokens), any (it names nothing, so that it is
-- for all usage of its project and key), credit (a negative amount without a model), other (not tokens) or unknown (its
-- text cannot be understood; a warning names it).
-- A model is found by its name, dashes for dots, among the usage of the line's project and key on the provider's day; else by
-- its price; else by the words of its name or of its price's, as "Claude Haiku 3.5" and claude-3-5-haiku-20241022 have
-- the same: first all that the line says, then what is left without a modality ("audio input"); of each first the
-- edition that the line names, as "gpt 4o 0806 Inp" is of gpt-4o-2024-08-06.
-- A project that no usage of the day names is looked for in the usage that names none (usage_project ''), and so is
-- a key (usage_api_key), because a collector may not ask for ids that the bill has.
-- Trap: a line of a model that nobody used stays of kind model; it is a bill without usage.

with lines as (

    select * from {{ ref('int_bill_lines') }}

),

names as (

    select * from {{ ref('int_model_names') }}

),

used as (

    select distinct
        source_instance,
        usage_date_utc,
        coalesce({{ tokenmart.plain_name('provider') }}, '') as provider,
        {{ tokenmart.billed_name('model_id') }} as name,
        coalesce(project_id, '') as project,
        coalesce(openai_api_key_id, '') as api_key,
        price_provider,
        price_model_id,
        model_id,
        coalesce(provider, '') as named_provider
    from {{ ref('int_provider_usage_priced') }}

),

used_words as (

    {%- for found_by, words in {'edition': 'own_words', 'own_words': 'own_words', 'words': 'model_words'}.items() %}
    {{ 'union' if not loop.first }}
    select
        used.source_instance,
        used.usage_date_utc,
        used.provider,
        '{{ found_by }}' as found_by,
        names.{{ words }}{{ " || ' @ ' || names.edition" if found_by == 'edition' }} as words
    from used
    inner join names
        on
            used.named_provider = names.provider
            and used.model_id = names.model_id
    where names.{{ words }} <> ''
    {%- endfor %}

),

used_projects as (

    select distinct
        source_instance,
        usage_date_utc,
        provider,
        project
    from used

),

-- the keys of each project, and those of all
used_keys as (

    select distinct
        source_instance,
        usage_date_utc,
        provider,
        false as is_any_project,
        project,
        api_key
    from used
    union all
    select distinct
        source_instance,
        usage_date_utc,
        provider,
        true as is_any_project,
        '' as project,
        api_key
    from used

),

used_names as (

    select distinct
        source_instance,
        usage_date_utc,
        provider,
        name
    from used

),

used_prices as (

    select distinct
        source_instance,
        usage_date_utc,
        provider,
        price_provider,
        price_model_id
    from used
    where price_model_id is not null

),

in_projects as (

    select
        lines.*,
        case
            when lines.project_id is not null and named.project is null and blank.project is not null then ''
            else lines.project_id
        end as usage_project
    from lines
    left join used_projects as named
        on
            lines.source_instance = named.source_instance
            and lines.usage_date_utc = named.usage_date_utc
            and lines.provider = named.provider
            and lines.project_id = named.project
    left join used_projects as blank
        on
            lines.source_instance = blank.source_instance
            and lines.usage_date_utc = blank.usage_date_utc
            and lines.provider = blank.provider
            and blank.project = ''

),

in_keys as (

    select
        lines.*,
        case
            when lines.openai_api_key_id is not null and named.api_key is null and blank.api_key is not null then ''
            else lines.openai_api_key_id
        end as usage_api_key
    from in_projects as lines
    left join used_keys as named
        on
            lines.source_instance = named.source_instance
            and lines.usage_date_utc = named.usage_date_utc
            and lines.provider = named.provider
            and (lines.usage_project is null) = named.is_any_project
            and coalesce(lines.usage_project, '') = named.project
            and lines.openai_api_key_id = named.api_key
    left join used_keys as blank
        on
            lines.source_instance = blank.source_instance
            and lines.usage_date_utc = blank.usage_date_utc
            and lines.provider = blank.provider
            and (lines.usage_project is null) = blank.is_any_project
            and coalesce(lines.usage_project, '') = blank.project
            and blank.api_key = ''

),

-- whose model some usage of their project and key has by that name
named_lines as (

    select distinct
        lines.source_instance,
        lines.line_key,
        used.name
    from in_keys as lines
    inner join used
        on
            lines.source_instance = used.source_instance
            and lines.usage_date_utc = used.usage_date_utc
            and lines.provider = used.provider
            and {{ tokenmart.billed_name('lines.named_model') }} = used.name
    where
        coalesce(lines.usage_project, used.project) = used.project
        and coalesce(lines.usage_api_key, used.api_key) = used.api_key

),

line_words as (

    {%- for words in ['whole_words', 'model_words'] %}
    {%- set place = loop.index0 * 3 %}
    {%- for found_by, said in {'edition': words ~ " || ' @ ' || edition", 'own_words': words, 'words': words}.items() %}
    {{ 'union all' if place or not loop.first }}
    select
        source_instance,
        line_key,
        usage_date_utc,
        provider,
        {{ place + loop.index }} as place,
        '{{ found_by }}' as found_by,
        {{ said }} as words
    from in_keys
    {%- endfor %}
    {%- endfor %}

),

worded as (

    select
        line_words.*,
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

),

matched as (

    select
        lines.*,
        named_lines.name,
        names.price_model_id is not null or used_names.name is not null as is_known_model,
        case when named_lines.name is null then used_prices.price_provider || ' ' || used_prices.price_model_id end as price_name,
        worded.found_by,
        worded.words as found_words
    from in_keys as lines
    left join named_lines
        on
            lines.source_instance = named_lines.source_instance
            and lines.line_key = named_lines.line_key
    left join used_names
        on
            lines.source_instance = used_names.source_instance
            and lines.usage_date_utc = used_names.usage_date_utc
            and lines.provider = used_names.provider
            and {{ tokenmart.billed_name('lines.named_model') }} = used_names.name
    left join names
        on
            lines.provider = names.provider
            and lines.named_model = names.model_id
    left join used_prices
        on
            lines.source_instance = used_prices.source_instance
            and lines.usage_date_utc = used_prices.usage_date_utc
            and lines.provider = used_prices.provider
            and names.price_provider = used_prices.price_provider
            and names.price_model_id = used_prices.price_model_id
    left join worded
        on
            lines.source_instance = worded.source_instance
            and lines.line_key = worded.line_key
            and worded.choice = 1

)

select
    source_instance,
    line_key,
    usage_date_utc,
    provider,
    project_id,
    openai_api_key_id,
    usage_project,
    usage_api_key,
    line_item,
    direction,
    case
        when meaning = 'not_tokens' then case when billed_cost_usd < 0 then 'credit' else 'other' end
        when is_known_model or found_by is not null then 'model'
        -- "free token credit" speaks of tokens, and is for none
        when billed_cost_usd < 0 then 'credit'
        when meaning = 'tokens' then 'model'
        when line_item is null then 'any'
        else 'unknown'
    end as line_kind,
    processing,
    context_band,
    -- by what its usage is found: its name, the model that it is priced as, the words of its name, or nothing
    case
        when name is not null then 'name'
        when price_name is not null then 'price'
        else coalesce(found_by, 'none')
    end as matched_by,
    coalesce(name, price_name, found_words, '') as matched_model,
    billed_cost_usd,
    quantity
from matched
