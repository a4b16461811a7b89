{{ config(materialized='view') }}

-- Grain: one row a valid row of usage_records, with the reason if it must not count.
-- Guarantee: a row without an exclusion_reason tells of usage or of money.
-- Trap: a level of 0 is a measurement; a flow of 0 without a cost is nothing.

with valid as (

    select *
    from {{ ref('int_agents_usage_checked') }}
    where quarantine_reasons is null

)

select
    *,
    case
        when
            quantity = 0
            and recorded_cost_usd = 0
            and resource_type not in ({{ tokenmart.quoted_list(var('level_resource_types')) }})
            then 'empty'
    end as exclusion_reason
from valid
