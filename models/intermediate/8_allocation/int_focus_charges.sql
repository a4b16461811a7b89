{{ config(materialized='ephemeral') }}

-- Grain: that of int_cost_by_token_class, of what is counted and has a cost.
-- Guarantee: each of these rows once, with what FOCUS asks of it: the day in UTC, the category of the charge, and a unit price
-- whose product with the pricing quantity is list and contracted cost.
-- Trap: a charge without a price of its own is priced as a whole, as one of the unit 'Charges'. One that takes money back and
-- has no price cannot be priced: it is a credit or an adjustment.

{%- set money = tokenmart.type_money() %}
{%- set is_time = "classes.token_class = 'audio_seconds'" %}

with classes as (

    select
        *,
        token_class in ({{ tokenmart.quoted_list(tokenmart.token_classes() + ['unsplit', 'audio_seconds']) }})
        and source_system <> 'billing' as is_metered,
        token_source = 'personal' as is_personal
    from {{ ref('int_cost_by_token_class') }}
    where
        is_counted
        and cost_usd is not null
        and (tokens <> 0 or coalesce(quantity, 0) <> 0 or cost_usd <> 0 or coalesce(billed_cost_usd, 0) <> 0)

),

costs as (

    select * from {{ ref('fct_cost_daily') }}

),

charges as (

    select
        classes.cost_key,
        classes.source_system,
        classes.source_instance,
        classes.token_class,
        classes.is_metered,
        classes.is_personal,
        classes.quantity,
        classes.cost_usd,
        classes.cost_basis,
        classes.processing,
        classes.price_band,
        classes.price_provider,
        classes.price_model_id,
        classes.canonical_model_id,
        classes.model_id,
        classes.line_item,
        {%- for column in [
            'project_id', 'openai_api_key_id', 'openai_user_id', 'org_id', 'team_id', 'team_name', 'employee_id', 'agent_id',
            'agent_config_id', 'user_id', 'conversation_id', 'end_user_id', 'session_id', 'tags', 'key_user_id',
            'model_developer', 'is_provisional', 'resource_type', 'token_source', 'usage_date',
        ] %}
        costs.{{ column }},
        {%- endfor %}
        cast(costs.provider_key_id as {{ dbt.type_string() }}) as provider_key_id,
        coalesce(costs.usage_date_utc, costs.usage_date) as charge_date,
        case
            when classes.source_system <> 'agents' or classes.is_metered
                then coalesce({{ tokenmart.plain_name(tokenmart.provider_of_bill('classes.provider')) }}, classes.price_provider)
        end as provider,
        classes.is_metered and classes.contracted_usd_per_million is not null as has_price,
        cast(
            case
                when {{ is_time }} then cast(classes.quantity as decimal(18, 3)) * cast(0.000001 as decimal(6, 6))
                else cast(classes.tokens as decimal(19, 0)) * cast(0.000001 as decimal(6, 6))
            end as decimal(25, 9)
        ) as millions,
        coalesce(classes.list_usd_per_million, classes.contracted_usd_per_million) as list_price,
        classes.contracted_usd_per_million as contracted_price,
        cast(case when classes.is_personal then 0 else classes.cost_usd end as {{ money }}) as effective_cost,
        cast(
            case when classes.is_personal then 0 else coalesce(classes.billed_cost_usd, classes.cost_usd) end as {{ money }}
        ) as billed_cost
    from classes
    inner join costs on classes.cost_key = costs.cost_key

)

select
    *,
    case
        when resource_type = 'credits' then 'Credit'
        when has_price or cost_usd >= 0 then 'Usage'
        else 'Adjustment'
    end as charge_category,
    cast(case when has_price then millions * list_price else cost_usd end as {{ money }}) as list_cost,
    cast(case when has_price then millions * contracted_price else cost_usd end as {{ money }}) as contracted_cost
from charges
