-- Grain: a current line of a bill.
-- Guarantee: every line that is valid today, and no other. A line that left the source is withdrawn if its provider still
-- bills the day; a day that left as a whole (an export of the last weeks) keeps the bill that left with it.
-- A bill that names no provider is for the only provider that has keys.
-- Trap: a line names its model in text; what the text says is read once for all of its lines (int_bill_line_items).

{%- set whole_day = 'partition by source_instance, usage_date_utc' %}
{%- set whole_bill = whole_day ~ ", coalesce(" ~ tokenmart.plain_name('provider') ~ ", '')" %}

with current_lines as (

    {{ tokenmart.ledger_current(ref('ledger_provider_costs')) }}

),

{{ tokenmart.only_provider() }},

named as (

    select
        source_instance,
        row_key as line_key,
        usage_date_utc,
        coalesce({{ tokenmart.plain_name('provider') }}, '') as written_provider,
        nullif(trim(project_id, ' '), '') as project_id,
        nullif(trim(openai_api_key_id, ' '), '') as openai_api_key_id,
        nullif(trim(line_item, ' '), '') as line_item,
        billed_cost_usd,
        quantity,
        {{ tokenmart.is_in_dollars('currency') }} as is_in_dollars,
        is_deleted,
        min(case when is_deleted then 1 else 0 end) over ({{ whole_bill }}) = 1
        -- a line that was withdrawn before its day left stays withdrawn
        and batch_id = max(batch_id) over ({{ whole_bill }})
        -- a bill that named no provider may be corrected to name one
        and (
            coalesce({{ tokenmart.plain_name('provider') }}, '') <> ''
            or min(case when is_deleted then 1 else 0 end) over ({{ whole_day }}) = 1
            and batch_id = max(batch_id) over ({{ whole_day }})
        ) as is_day_gone
    from current_lines

),

of_provider as (

    select
        named.*,
        coalesce(nullif(named.written_provider, ''), only_provider.provider, '') as provider
    from named
    left join only_provider
        on named.source_instance = only_provider.source_instance

)

select
    named.source_instance,
    named.line_key,
    named.usage_date_utc,
    named.provider,
    named.project_id,
    named.openai_api_key_id,
    named.line_item,
    items.named_model,
    items.model_words,
    items.whole_words,
    items.edition,
    items.direction,
    items.processing,
    items.context_band,
    items.meaning,
    named.billed_cost_usd,
    named.quantity
from of_provider as named
left join {{ ref('int_bill_line_items') }} as items
    on
        named.provider = items.provider
        and {{ tokenmart.plain_name('named.line_item') }} = items.line_item
where
    (not named.is_deleted or named.is_day_gone)
    -- a line without a day or an amount, or of another currency, cannot be allocated; a warning names it
    and {{ tokenmart.finite('named.usage_date_utc') }} is not null
    and named.billed_cost_usd is not null
    and named.is_in_dollars
