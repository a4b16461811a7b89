-- Question: what did which model use and cost on which day?
-- Grain: usage_date × source_system × model_id, per source_instance; model_id is null for what is no model's.
-- Guarantee: totals equal those of fct_cost_daily to the last digit.
-- Trap: a cost that is not known is null, never 0. unpriced_tokens says how much cost_usd leaves out.

with costs as (

    select * from {{ ref('fct_cost_daily') }}

)

select
    source_instance,
    usage_date,
    source_system,
    model_id,
    {{ tokenmart.sum_usage_and_money() }}
from costs
group by 1, 2, 3, 4
