{{ config(materialized='view') }}

-- Grain: that of int_provider_usage_priced.
-- Guarantee: each row once, with what was billed for it; null where no bill covers it.

with priced as (

    select * from {{ ref('int_provider_usage_priced') }}

),

billed as (

    {% if tokenmart.has_bills() -%}
    select * from {{ ref('int_bill_coverage') }}
    {%- else -%}
    select
        source_instance,
        usage_key,
        cast(null as {{ dbt.type_numeric() }}) as billed_cost_usd
    from priced
    where 1 = 0
    {%- endif %}

)

select
    priced.*,
    billed.billed_cost_usd
from priced
left join billed
    on
        priced.source_instance = billed.source_instance
        and priced.usage_key = billed.usage_key
