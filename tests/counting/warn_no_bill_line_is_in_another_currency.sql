{{ config(severity='warn', enabled='billing' in var('sources_enabled')) }}

-- A line of a bill in another currency than US dollars is no part of the bill: convert it where the bill is landed.

with current_lines as (

    {{ tokenmart.ledger_current(ref('ledger_provider_costs')) }}

)

select
    source_instance,
    usage_date_utc,
    provider,
    line_item,
    billed_cost_usd as amount,
    currency
from current_lines
where
    not is_deleted
    and not {{ tokenmart.is_in_dollars('currency') }}
