{{ config(severity='warn', enabled=tokenmart.has_bills()) }}

-- A line whose text says neither that it is for tokens nor what else it is for. Its dollars are added to the total, beside the
-- usage of its day, which stays at contracted cost: if it is for that usage, both count. to_write is the row of
-- seeds/bill_line_items.csv that says what it is; put the model and its tokens in the place of none, if it is for tokens.

select
    source_instance,
    provider,
    line_item,
    cast(sum(billed_cost_usd) as {{ dbt.type_numeric() }}) as billed_cost_usd,
    min(usage_date_utc) as first_date,
    max(usage_date_utc) as last_date,
    {{ tokenmart.csv_field('provider') }} || ',' || {{ tokenmart.csv_field('line_item') }} || ',,none,,' as to_write
from {{ ref('int_bill_matches') }}
where line_kind = 'unknown'
group by 1, 2, 3
