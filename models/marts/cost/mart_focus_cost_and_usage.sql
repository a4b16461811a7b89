{{ config(materialized='view') }}

-- Question: what do FinOps tools need to know of this spending, in the columns of FOCUS 1.4 (docs/focus.md)?
-- Grain: a row of fct_cost_daily × token class, of what is counted and has a cost; billing periods are months of UTC.
-- Guarantee: EffectiveCost adds up to company_cost_usd of fct_cost_daily where is_counted, and x_PersonalCost to
-- personal_cost_usd, to the last digit. A unit price times PricingQuantity is its cost.
-- Traps: usage whose cost is not known is no charge, so it is not here; mart_unpriced_usage has it. BilledCost is an estimate
-- where x_CostBasis is not 'billed'.

with named as (

    select * from {{ ref('int_focus_names') }}

)

select
    cast(billed_cost as {{ tokenmart.type_money() }}) as "BilledCost",
    source_instance as "BillingAccountId",
    source_instance as "BillingAccountName",
    'USD' as "BillingCurrency",
    cast(period_end as {{ dbt.type_timestamp() }}) as "BillingPeriodEnd",
    cast(period_start as {{ dbt.type_timestamp() }}) as "BillingPeriodStart",
    charge_category as "ChargeCategory",
    cast(null as {{ dbt.type_string() }}) as "ChargeClass",
    description as "ChargeDescription",
    case when is_usage then 'Usage-Based' else 'One-Time' end as "ChargeFrequency",
    cast(day_end as {{ dbt.type_timestamp() }}) as "ChargePeriodEnd",
    cast(day_start as {{ dbt.type_timestamp() }}) as "ChargePeriodStart",
    cast(null as {{ dbt.type_string() }}) as "CommitmentDiscountStatus",
    cast(consumed_quantity as decimal(38, 9)) as "ConsumedQuantity",
    case when is_usage then unit end as "ConsumedUnit",
    cast(contracted_cost as {{ tokenmart.type_money() }}) as "ContractedCost",
    cast(contracted_unit_price as {{ tokenmart.type_money() }}) as "ContractedUnitPrice",
    cast(effective_cost as {{ tokenmart.type_money() }}) as "EffectiveCost",
    provider_name as "HostProviderName",
    cast(null as {{ dbt.type_string() }}) as "InvoiceId",
    provider_name as "InvoiceIssuerName",
    cast(list_cost as {{ tokenmart.type_money() }}) as "ListCost",
    cast(list_unit_price as {{ tokenmart.type_money() }}) as "ListUnitPrice",
    case when is_usage then 'Standard' end as "PricingCategory",
    cast(pricing_quantity as decimal(38, 9)) as "PricingQuantity",
    pricing_unit as "PricingUnit",
    provider_name as "ProviderName",
    publisher_name as "PublisherName",
    'AI and Machine Learning' as "ServiceCategory",
    case when provider is not null then provider_name || ' API' else provider_name end as "ServiceName",
    provider_name as "ServiceProviderName",
    'Generative AI' as "ServiceSubcategory",
    case when is_usage then sku end as "SkuId",
    case when is_usage then meter end as "SkuMeter",
    case when is_usage then sku_price_details end as "SkuPriceDetails",
    case when is_usage then sku_price end as "SkuPriceId",
    coalesce(project_id, org_id) as "SubAccountId",
    coalesce(project_id, org_name, org_id) as "SubAccountName",
    case when project_id is not null then 'Project' when org_id is not null then 'Organization' end as "SubAccountType",
    tags_json as "Tags",
    {{ tokenmart.grain_key(['cost_key', 'token_class']) }} as "x_ChargeKey",
    cost_key as "x_CostKey",
    source_system as "x_SourceSystem",
    token_class as "x_TokenClass",
    model_id as "x_ModelId",
    canonical_model_id as "x_CanonicalModelId",
    processing as "x_Processing",
    cost_basis as "x_CostBasis",
    token_source as "x_TokenSource",
    cast(case when is_personal then cost_usd else 0 end as {{ tokenmart.type_money() }}) as "x_PersonalCost",
    org_id as "x_OrgId",
    team_id as "x_TeamId",
    employee_id as "x_EmployeeId",
    openai_api_key_id as "x_ApiKeyId",
    usage_date as "x_UsageDate",
    is_provisional as "x_IsProvisional"
from named
