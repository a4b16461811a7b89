-- Grain: a current line of a bill.
-- Guarantee: every line that holds, and no other. A line that left the source is withdrawn if its provider still
-- bills the day; a day that left as a whole (an export of the last weeks) keeps the bill that left with it.
-- Trap: a line names its model in text. A text without a comma may be a model or anything else, which the models
-- of the price list and of the usage tell (int_bill_matches).

{%- set whole_day = 'partition by source_instance, usage_date_utc' %}
{%- set whole_bill = whole_day ~ ", coalesce(" ~ tokenmart.plain_name('provider') ~ ", '')" %}

with current_lines as (

    {{ tokenmart.ledger_current(ref('ledger_provider_costs')) }}

),

named as (

    select
        source_instance,
        row_key as line_key,
        usage_date_utc,
        coalesce({{ tokenmart.plain_name('provider') }}, '') as provider,
        nullif(trim(project_id, ' '), '') as project_id,
        nullif(trim(openai_api_key_id, ' '), '') as openai_api_key_id,
        nullif(trim(line_item, ' '), '') as line_item,
        nullif({{ tokenmart.plain_name("split_part(line_item, ',', 1)") }}, '') as named_model,
        -- all that follows the model: "batch, input" is input
        case
            when position(',' in line_item) > 0
                then {{ tokenmart.plain_name("substr(line_item, position(',' in line_item) + 1)") }}
        end as named_class,
        billed_cost_usd,
        quantity,
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

)

select
    source_instance,
    line_key,
    usage_date_utc,
    provider,
    project_id,
    openai_api_key_id,
    line_item,
    named_model,
    case
        when named_class like '%cache%writ%' or named_class like '%cache%creat%' then 'cache_write'
        else
            case
                when named_class like '%audio%' then 'audio_'
                when named_class like '%image%' then 'image_'
                when named_class like '%text%' then 'text_'
                else ''
            end
            || case
                when named_class like '%uncached%' then 'input'
                when named_class like '%cached%' or named_class like '%cache%read%' or named_class like '%cache%hit%'
                    then 'cached_input'
                when named_class like '%input%' then 'input'
                when named_class like '%output%' then 'output'
            end
    end as direction,
    billed_cost_usd,
    quantity
from named
where
    (not is_deleted or is_day_gone)
    -- a line without a day or an amount says nothing that could be allocated; a warning names it
    and {{ tokenmart.finite('usage_date_utc') }} is not null
    and billed_cost_usd is not null
