-- Grain: a current line of a bill, with what it is for.
-- Guarantee: line_kind is model (the line names a model or a class of tokens), any (it names nothing, so it is
-- for all usage of its project and key), credit (a negative amount without a model), other (not tokens) or unknown (its
-- text cannot be understood; a warning names it).
-- A model is found by its name, dashes for dots, among the usage of the line's project and key (int_bill_lines_placed) on the
-- provider's day; else by its price; else by the words of its name (int_bill_model_words).
-- Trap: a line for a model without usage stays of kind model; it is a bill without usage.

with lines as (

    select * from {{ ref('int_bill_lines_placed') }}

),

names as (

    select * from {{ ref('int_model_names') }}

),

used as (

    select * from {{ ref('int_usage_models_daily') }}

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

-- whose model some usage of their project and key has by that name
named_lines as (

    select distinct
        lines.source_instance,
        lines.line_key,
        used.name
    from lines
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

matched as (

    select
        lines.*,
        named_lines.name,
        names.price_model_id is not null or used_names.name is not null as is_known_model,
        case when named_lines.name is null then used_prices.price_provider || ' ' || used_prices.price_model_id end as price_name,
        worded.found_by,
        worded.found_words
    from lines
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
            {{ tokenmart.provider_of_bill('lines.provider') }} = names.provider
            and lines.named_model = names.model_id
    left join used_prices
        on
            lines.source_instance = used_prices.source_instance
            and lines.usage_date_utc = used_prices.usage_date_utc
            and lines.provider = used_prices.provider
            and names.price_provider = used_prices.price_provider
            and names.price_model_id = used_prices.price_model_id
    left join {{ ref('int_bill_model_words') }} as worded
        on
            lines.source_instance = worded.source_instance
            and lines.line_key = worded.line_key

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
    named_model,
    direction,
    case
        when meaning = 'not_tokens' then case when billed_cost_usd < 0 then 'credit' else 'other' end
        when is_known_model or found_by is not null then 'model'
        -- "free token credit" speaks of tokens, and is for none
        when billed_cost_usd < 0 then 'credit'
        when line_item is null or (meaning = 'tokens' and named_model is null) then 'any'
        when meaning = 'tokens' then 'model'
        else 'unknown'
    end as line_kind,
    processing,
    context_band,
    case
        when name is not null then 'name'
        when price_name is not null then 'price'
        else coalesce(found_by, 'none')
    end as matched_by,
    coalesce(name, price_name, found_words, '') as matched_model,
    billed_cost_usd,
    quantity
from matched
