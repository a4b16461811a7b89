{{ config(severity='warn', enabled='billing' in var('sources_enabled')) }}

-- A line of a bill without a day or an amount is allocated to nothing: the source is to be asked what it is.

with current_lines as (

    {{ tokenmart.ledger_current(ref('ledger_provider_costs')) }}

)

select
    source_instance,
    row_key,
    usage_date_utc,
    provider,
    line_item,
    billed_cost_usd
from current_lines
where
    not is_deleted
    and ({{ tokenmart.finite('usage_date_utc') }} is null or billed_cost_usd is null)
