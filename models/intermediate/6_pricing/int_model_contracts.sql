{{ config(materialized='ephemeral') }}

-- Grain: a price model that usage names × a line of contract_prices that covers it.
-- Guarantee: every line that covers the model, by its name or by the beginning of it, for its provider or for all of them.
-- Trap: several lines may cover a model on one day. model_fit and provider_fit say how closely: the model's own name comes
-- before a longer beginning, and that before a shorter one.

with used as (

    select distinct
        price_provider as provider,
        price_model_id as model_id
    from {{ ref('int_model_names') }}
    where price_model_id is not null

)

select
    used.provider,
    used.model_id,
    contract_prices.line_number,
    contract_prices.processing,
    contract_prices.token_class,
    contract_prices.effective_from,
    contract_prices.effective_to,
    contract_prices.usd_per_million,
    contract_prices.discount_percent,
    case when contract_prices.model_id = used.model_id then 1000 else length(contract_prices.model_id) end as model_fit,
    case when contract_prices.provider = '*' then 0 else 1 end as provider_fit
from used
inner join {{ ref('int_contract_prices') }} as contract_prices
    on
        contract_prices.provider in (used.provider, '*')
        and (
            contract_prices.model_id = used.model_id
            or (
                contract_prices.model_id like '%*'
                and left(used.model_id, length(contract_prices.model_id) - 1)
                = left(contract_prices.model_id, length(contract_prices.model_id) - 1)
            )
        )
