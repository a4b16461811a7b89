"""Azure's cost exports and downloads, actual cost, of which the lines of models are read as bills.

| their field | our column | trap |
|---|---|---|
| `date` | `usage_date` | `03/31/2026` or `2026-03-31` |
| `meterName`, `meterSubCategory` | `line_item` | a meter a class; some name no family of models |
| `costInBillingCurrency`, `cost` | `amount_usd` | in the currency of the account |
| `costInUsd` | `amount_usd` | instead, where that is not the dollar; not in all exports |
| `resourceId` | `project_id` | in upper and lower case |
| `quantity`, `unitOfMeasure` | `quantity` | in thousands or millions of tokens |
| `chargeType` | `line_item` | refunds and rounding are lines, too |
| day, meter, resource, … | `line_id` | there is no id; alike lines of a file are numbered |

Agreements differ in letter case and in some names, which `spellings` has. A file holds the month so
far, so the last file that has a line counts. A line is known by all that a later export says of it,
too, so an export may come in parts. What of other services is in it is left out.
"""

from tokenmart.land.exports.export import Export, Rows, identity

IS_OF_MODELS = """
    (
        coalesce(meterCategory, '') in ('Foundry Models', 'Azure OpenAI', 'Azure OpenAI Service')
        or coalesce(meterSubCategory, '') ilike '%openai%'
        or coalesce(meterSubCategory, '') ilike 'azure % models%'
        or coalesce(productName, '') ilike '%openai%'
        or coalesce(meterName, '') ilike '%token%'
    )
"""
# of what family the model is, where the meter begins with a version: "5.4 inp Gl 1M Tokens"
_FAMILY = """
    case
        when not regexp_matches(meterName, '^[vV]?[0-9]') then ''
        when meterSubCategory ilike '%gpt%' then 'gpt '
        when meterSubCategory ilike '%deepseek%' then 'deepseek '
        when meterSubCategory ilike '%grok%' then 'grok '
        else ''
    end
"""
METER = f"""
    coalesce(
        {_FAMILY} || regexp_replace(
            regexp_replace(nullif(meterName, ''), '\\bshortco\\b', 'short context', 'i'),
            '\\blongco\\b', 'long context', 'i'
        ),
        nullif(productName, ''),
        nullif(meterSubCategory, ''),
        meterCategory
    )
"""
_DATE = "left(nullif(date, ''), 10)"
_DAY = f"coalesce(try_strptime({_DATE}, '%m/%d/%Y')::date, ({_DATE})::date)"
_TIMES = "try_cast(regexp_extract(unitOfMeasure, '^([0-9]+)', 1) as bigint)"
_UNIT = "upper(regexp_extract(unitOfMeasure, '^[0-9]+ ?([KkMm])([^A-Za-z]|$)', 1))"
_TEXT = f"""
    case
        when coalesce(chargeType, '') in ('', 'Usage', 'Purchase') then {METER}
        else chargeType || ' | ' || {METER}
    end
"""
# prices and tags are left out, because a later export may have others for the same line
_IDENTITY = identity(
    _DAY,
    _TEXT,
    *(
        f"nullif(lower({name}), '')"
        for name in (
            *("billingCurrency", "chargeType", "meterId", "resourceId", "subscriptionId"),
            *("resourceLocation", "unitOfMeasure", "pricingModel", "productOrderId"),
            "invoiceSectionId",
        )
    ),
)

# of a bill in another currency
_DOLLARS = "case when upper(billingCurrency) not in ('', 'USD') then nullif(costInUsd, '') end"

EXPORT = Export(
    name="azure-costs",
    title="Azure's export of costs",
    upstream="learn.microsoft.com, cost details, EA 2024-08-01 and MCA 2023-12-01-preview",
    records=Rows(
        columns=("date", "meterCategory", "meterName", "costInBillingCurrency", "unitOfMeasure"),
        optional=(
            *("meterSubCategory", "productName", "resourceId", "quantity", "billingCurrency"),
            *("chargeType", "meterId", "subscriptionId", "resourceLocation", "pricingModel"),
            *("productOrderId", "invoiceSectionId", "costInUsd"),
        ),
        spellings={
            "date": ("usageDateTime", "usageDate"),
            "costInBillingCurrency": ("cost", "preTaxCost"),
            "productName": ("product",),
            "resourceId": ("instanceId", "instanceName"),
            "quantity": ("usageQuantity", "consumedQuantity"),
            "billingCurrency": ("billingCurrencyCode", "currency"),
            "subscriptionId": ("subscriptionGuid",),
        },
        unread=(
            *("accountName", "accountId", "accountOwnerId", "additionalInfo", "availabilityZone"),
            *("benefitId", "benefitName", "billing*", "consumedService", "consumedServiceId"),
            *("costAllocationRuleName", "costCenter", "costInPricingCurrency"),
            *("customerName", "customerTenantId", "departmentName", "departmentId"),
            *("effectivePrice", "exchangeRate*", "frequency", "invoice*", "isAzureCreditEligible"),
            *("isRecurringCharge", "location", "meterRegion", "offerId", "partner*"),
            *("partNumber", "payGPrice", "paygCost*", "planName", "previousInvoiceId"),
            *("pricingCurrency*", "productId", "productOrder*", "productIdentifier"),
            *("provider", "publisher*", "reseller*", "reservationId", "reservationName"),
            *("resourceGroup", "resourceGroupName", "resourceLocationId"),
            *("resourceName", "resourceRate", "resourceType", "serviceFamily", "serviceInfo*"),
            *("serviceName", "servicePeriod*", "serviceTier", "storeServiceIdentifier"),
            *("subscriptionName", "tags", "term"),
            "unitPrice",
        ),
    ),
    bill=f"""
        select
            unit,
            {_IDENTITY} as identity,
            {_DAY} as usage_date,
            'azure' as provider,
            nullif(lower(resourceId), '') as project_id,
            {_TEXT} as line_item,
            coalesce({_DOLLARS}, costInBillingCurrency) as amount_usd,
            nullif(quantity, '')::double::decimal(38, 9)
            * case
                when not ({METER}) ilike '%token%' then 1
                else
                    coalesce({_TIMES}, 1)
                    * case {_UNIT} when 'K' then 1000 when 'M' then 1000000 else 1 end
            end as quantity,
            case when {_DOLLARS} is null then nullif(upper(billingCurrency), '') else 'USD' end
                as currency
        from records
        where {IS_OF_MODELS}
    """,
    left_out=f"""
        select 'they are of other services' as reason, count(*) as rows
        from records
        where not {IS_OF_MODELS}
    """,
)
