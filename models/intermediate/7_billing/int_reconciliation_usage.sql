{{ config(materialized='ephemeral') }}

-- Grain: a row of provider usage, with what it says of the day that mart_cost_reconciliation_daily reconciles.
-- Guarantee: every row of int_provider_usage_priced, with its costs, and with what the bill may charge differently: models
-- without a price, free tokens, tiers whose price is not known, steps of a request's length.
-- Trap: the lines bring what was billed, so billed_cost_usd is 0 for usage that a bill covers, and null for other usage.

{%- set money = tokenmart.type_money() %}
{%- set tier = tokenmart.plain_name('usages.service_tier') %}

with usages as (

    select * from {{ ref('int_provider_usage_priced') }}

),

billed as (

    select * from {{ ref('int_bill_coverage') }}

),

scoped as (

    select * from {{ ref('int_billable_usage') }}

)

select
    usages.source_instance,
    usages.usage_date_utc,
    {{ tokenmart.bill_provider('usages') }} as provider,
    coalesce(usages.project_id, '') as project_id,
    coalesce(usages.openai_api_key_id, '') as openai_api_key_id,
    coalesce(scoped.project_group, '') as project_group,
    coalesce(scoped.is_named_project, false) as is_named_project,
    coalesce(scoped.is_named_key, false) as is_named_key,
    usages.record_count,
    usages.input_tokens + usages.output_tokens as total_tokens,
    case
        when usages.contracted_cost_usd is null then usages.input_tokens + usages.output_tokens
        else 0
    end as unpriced_tokens,
    case
        when usages.contracted_cost_usd is null and not coalesce(billed.is_named, false)
            then usages.input_tokens + usages.output_tokens
        else 0
    end as unclaimed_tokens,
    cast(usages.recorded_cost_usd as {{ money }}) as recorded_cost_usd,
    usages.list_cost_usd,
    usages.contracted_cost_usd,
    cast(case when billed.billed_cost_usd is not null then 0 end as {{ money }}) as billed_cost_usd,
    cast(
        case
            -- what has no tokens cannot cost what tokens do: minutes, images
            when
                billed.is_named
                and (
                    usages.contracted_cost_usd is null
                    or (usages.contracted_cost_usd = 0 and usages.input_tokens + usages.output_tokens = 0)
                )
                then coalesce(billed.billed_cost_usd, 0)
            else 0
        end as {{ money }}
    ) as of_unpriced_usd,
    cast(
        case when not coalesce(billed.is_named, false) then coalesce(usages.contracted_cost_usd, 0) else 0 end as {{ money }}
    ) as unnamed_usd,
    cast(coalesce(billed.free_cost_usd, 0) as {{ money }}) as free_usd,
    {%- for dollars, is_of_tier in {
        'incentive_usd': tier ~ " = 'incentivized-tier'", 'unknown_tier_usd': tier ~ " <> 'incentivized-tier'",
    }.items() %}
    cast(
        case
            when usages.price_flags like '%unknown_tier%' and {{ is_of_tier }}
                then coalesce(usages.contracted_cost_usd - coalesce(billed.free_cost_usd, 0), 0)
            else 0
        end as {{ money }}
    ) as {{ dollars }},
    {%- endfor %}
    cast(
        case
            when coalesce(billed.free_cost_usd, 0) < usages.contracted_cost_usd
                then coalesce(usages.contracted_cost_upper_usd - usages.contracted_cost_usd, 0)
            else 0
        end as {{ money }}
    ) as step_usd
from usages
left join billed
    on
        usages.source_instance = billed.source_instance
        and usages.usage_key = billed.usage_key
left join scoped
    on
        usages.source_instance = scoped.source_instance
        and usages.usage_key = scoped.usage_key
