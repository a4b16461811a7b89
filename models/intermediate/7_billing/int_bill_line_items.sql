-- Grain: a text of a bill's line: what it means, by the user's seed or by its own words.
-- Guarantee: what the user says of the text in the seed bill_line_items; else what the text itself says (int_bill_texts).
-- Trap: a line of the seed that names the provider comes before one for all providers. Its token_class 'none' means that the
-- text is not for tokens.

with texts as (

    select * from {{ ref('int_bill_texts') }}

),

own as (

    select
        coalesce({{ tokenmart.plain_name('provider') }}, '') as provider,
        {{ tokenmart.plain_name('line_item') }} as line_item,
        nullif({{ tokenmart.plain_name('model_id') }}, '') as named_model,
        nullif({{ tokenmart.plain_name('token_class') }}, '') as token_class,
        nullif({{ tokenmart.plain_name('processing') }}, '') as processing,
        nullif({{ tokenmart.plain_name('context_band') }}, '') as context_band
    from {{ ref('bill_line_items') }}

),

said as (

    select
        texts.provider,
        texts.line_item,
        own.named_model,
        coalesce({{ tokenmart.model_words('own.named_model') }}, '') as model_words,
        coalesce({{ tokenmart.model_words('own.named_model', keeps_modality=true) }}, '') as whole_words,
        {{ tokenmart.model_edition('own.named_model') }} as edition,
        case when own.token_class <> 'none' then own.token_class end as direction,
        own.processing,
        own.context_band,
        case when own.token_class = 'none' then 'not_tokens' else 'tokens' end as meaning,
        row_number() over (
            partition by texts.provider, texts.line_item
            order by own.provider desc, own.named_model, own.token_class, own.processing, own.context_band
        ) as place
    from texts
    inner join own
        on
            texts.line_item = own.line_item
            and own.provider in ('', {{ tokenmart.provider_of_bill('texts.provider') }})

)

select
    texts.provider,
    texts.line_item,
    {% for column in [
        'named_model', 'model_words', 'whole_words', 'edition', 'direction', 'processing', 'context_band',
    ] -%}
    case when said.line_item is null then texts.{{ column }} else said.{{ column }} end as {{ column }},
    {% endfor -%}
    case when said.line_item is null then texts.meaning else said.meaning end as meaning
from texts
left join said
    on
        texts.provider = said.provider
        and texts.line_item = said.line_item
        and said.place = 1
