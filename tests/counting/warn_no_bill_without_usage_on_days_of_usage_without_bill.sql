{{ config(severity='warn', enabled=tokenmart.has_bills()) }}

-- A day on which a bill has no usage and some usage has no bill: most likely each is the other's, under another provider,
-- project or key, and both count. Where the two sides name them, in provider_keys and the bill, they must be one word.

with days as (

    select
        source_instance,
        usage_date_utc,
        sum(case when status = 'bill_without_usage' then billed_cost_usd end) as bill_without_usage_usd,
        sum(case when status = 'usage_without_bill' then contracted_cost_usd end) as usage_without_bill_usd,
        min(case when status = 'bill_without_usage' then coalesce(provider, '(none)') end) as billed_provider,
        min(case when status = 'usage_without_bill' then coalesce(provider, '(none)') end) as used_provider
    from {{ ref('mart_cost_reconciliation_daily') }}
    group by 1, 2

)

select *
from days
where
    billed_provider is not null
    and used_provider is not null
