"""Bills in FOCUS, the FinOps Open Cost and Usage Specification, of which lines of models are read.

| their field | our column | trap |
|---|---|---|
| `ChargePeriodStart` | `usage_date` | hourly or daily, in UTC |
| `ServiceProviderName`, `ProviderName` | provider | of Google's it is `gemini` or `vertex_ai` |
| `SubAccountId` | `project_id` | of Azure it is `ResourceId` |
| `ChargeDescription` | `line_item` | AWS has `x_UsageType`, Azure `x_SkuMeterName` |
| `ChargeCategory` | `line_item` | tax, credits and adjustments are lines, too |
| `BilledCost` | `amount_usd` | after discounts; credits of Google are in it |
| `x_BilledCostInUsd` | `amount_usd` | instead, where Azure bills in another currency |
| `PricingQuantity`, `PricingUnit` | `quantity` | in thousands or millions of tokens |
| period, account, SKU, … | `line_id` | there is no id; alike lines of a file are numbered |

The columns are those of FOCUS 1.0 to 1.3, of which a file may lack some, and a cloud's own. What
the lines of a cloud are about is told as in its other exports. A file holds the month so far, so
the last file that has a line counts. Google appends rows and changes none: there a row is known by
its figures, too. What tokenmart and LiteLLM export in FOCUS are estimates, which are left out.
"""

from tokenmart.land.exports.aws_cur import OF_MARKETPLACE, USAGE_TYPE, model_of_product
from tokenmart.land.exports.azure_costs import IS_OF_MODELS, METER
from tokenmart.land.exports.export import Export, Rows, given, identity, utc
from tokenmart.land.exports.google_billing import IS_OF_GEMINI_API, IS_READ
from tokenmart.land.exports.providers import provider

_NAMES = ("ServiceProviderName", "ProviderName", "InvoiceIssuerName")
# without the form of the company
_NAME = (
    f"regexp_replace(lower(coalesce({', '.join(map(given, _NAMES))}, '')),"
    " ',? (inc|llc|ltd|pbc|corp|corporation|sas|gmbh)[.]?$', '')"
)
_CLOUD = f"""
    case
        when ServiceName ilike '%bedrock%' or regexp_matches({_NAME}, 'amazon|\\baws\\b') then 'aws'
        when regexp_matches({_NAME}, 'microsoft|azure') then 'azure'
        when regexp_matches({_NAME}, 'google|\\bgcp\\b') then 'google'
        when regexp_matches({_NAME}, '^(openai|anthropic)') then regexp_extract({_NAME}, '^[a-z]+')
        else {provider(f"regexp_replace({_NAME}, '[^a-z0-9]+', '_', 'g')")}
    end
"""
# what tokenmart and LiteLLM export in FOCUS
_IS_ESTIMATE = f"""(
    {given("x_ChargeKey")} is not null
    or coalesce(BillingAccountType, '') = 'API Key'
    or coalesce(PublisherName, '') = 'LiteLLM'
)"""
_IS_READ = f"""(
    not {_IS_ESTIMATE}
    and case cloud
        when 'aws'
            then concat_ws(' ', ServiceName, x_ServiceCode, ChargeDescription) ilike '%bedrock%'
        when 'azure' then {IS_OF_MODELS}
        when 'google' then {IS_READ}
        else
            cloud in ('openai', 'anthropic')
            or coalesce(ServiceCategory, '') = 'AI and Machine Learning'
    end
)"""
_TEXT = f"""
    case
        when lower(ChargeCategory) = 'tax' then 'Tax on ' || ServiceName
        when lower(ChargeCategory) = 'credit' then 'Credit for ' || ServiceName
        else
            case when lower(ChargeCategory) = 'adjustment' then 'Adjustment | ' else '' end
            || coalesce(
                case cloud
                    when 'aws'
                        then {given(USAGE_TYPE)}
                        || case
                            when {OF_MARKETPLACE} then ' ' || {model_of_product("ServiceName")}
                            else ''
                        end
                    when 'azure' then {METER}
                end,
                {given("ChargeDescription")}, {given("SkuMeter")}, {given("SkuId")}, ServiceName
            )
    end
"""
_UNIT = "regexp_extract(lower(PricingUnit), '^([0-9.]+)? ?(k|m|thousand|million|)( |$)', {})"
_BLOCK = f"""
    coalesce(
        try_cast(x_PricingBlockSize as double),
        coalesce(try_cast({_UNIT.format(1)} as double), 1)
        * case {_UNIT.format(2)}
            when 'k' then 1000
            when 'thousand' then 1000
            when 'm' then 1000000
            when 'million' then 1000000
            else 1
        end
    )
"""
_QUANTITY = f"""
    case
        when cloud = 'google' then try_cast(ConsumedQuantity as double)
        -- of how many tokens a unit of Marketplace is, is not said
        when cloud = 'aws' and PricingUnit ilike 'units' then null
        else try_cast(PricingQuantity as double) * {_BLOCK}
    end
"""


# prices and tags are left out, because a later export may have others for the same line
_IDENTITY = identity(
    *(
        f"({utc(given(name))})"
        for name in ("ChargePeriodStart", "ChargePeriodEnd", "BillingPeriodStart", "x_ExportTime")
    ),
    "cloud",
    *(
        given(f"lower({name})")
        for name in (
            *("ChargeCategory", "ChargeClass", "ChargeDescription", "ServiceName", "SkuId"),
            *("SkuMeter", "SkuPriceId", "SubAccountId", "ResourceId", "RegionId"),
            *("PricingCategory", "PricingUnit", "BillingCurrency", "CommitmentDiscountId"),
            *("x_UsageType", "x_Operation", "x_SkuMeterId", "x_SkuMeterName"),
            *("x_SkuOrderId", "x_InvoiceSectionId"),
        )
    ),
    # of a row that is appended and never changed, its figures, too
    *(
        f"case when {given('x_ExportTime')} is not null then try_cast({figure} as double) end"
        for figure in ("BilledCost", "ConsumedQuantity")
    ),
)
# of a bill in another currency
_DOLLARS = f"case when upper(BillingCurrency) <> 'USD' then {given('x_BilledCostInUsd')} end"

# the clouds' own exports call the columns so, of which their rules are taken
_RECORDS = f"""(
    select
        *,
        {_CLOUD} as cloud,
        x_UsageType as line_item_usage_type,
        coalesce({given("x_SkuMeterCategory")}, ServiceName) as meterCategory,
        x_SkuMeterSubcategory as meterSubCategory,
        coalesce({given("x_SkuMeterName")}, SkuMeter) as meterName,
        coalesce({given("x_SkuDescription")}, ChargeDescription) as productName,
        ServiceName as service,
        ChargeDescription as sku
    from records
) as records"""

EXPORT = Export(
    name="focus",
    title="a bill in FOCUS",
    upstream="focus.finops.org, 1.0 to 1.3; the exports of AWS (FOCUS 1.2 with AWS columns),"
    " Microsoft (1.2-preview) and Google Cloud (preview), as of November 2026",
    records=Rows(
        columns=(
            *("BilledCost", "BillingCurrency", "ChargeCategory", "ChargePeriodStart"),
            "ServiceName",
        ),
        optional=(
            *("BillingAccountType", "BillingPeriodStart", "ChargeClass", "ChargeDescription"),
            *(
                "ChargePeriodEnd",
                "CommitmentDiscountId",
                "ConsumedQuantity",
                "InvoiceIssuerName",
                "PricingCategory",
            ),
            *("PricingQuantity", "PricingUnit", "ProviderName", "RegionId", "ResourceId"),
            *("ServiceCategory", "ServiceProviderName", "SkuId", "SkuMeter", "SkuPriceId"),
            *("PublisherName", "SubAccountId", "x_BilledCostInUsd", "x_ChargeKey", "x_ExportTime"),
            *("x_InvoiceSectionId", "x_Operation", "x_PricingBlockSize", "x_ServiceCode"),
            *("x_SkuDescription", "x_SkuMeterCategory", "x_SkuMeterId", "x_SkuMeterName"),
            *("x_SkuMeterSubcategory", "x_SkuOrderId", "x_UsageType"),
        ),
        unread=(
            *("Allocated*", "AvailabilityZone", "BillingAccount*", "BillingPeriodEnd"),
            *("CapacityReservation*", "ChargeFrequency", "ChargeSubcategory"),
            *("CommitmentDiscount*", "ConsumedUnit", "Contract*", "EffectiveCost"),
            *("HostProviderName", "InvoiceDetailId", "InvoiceId", "List*"),
            *("PricingCurrency*", "Publisher*", "Region", "RegionName", "ResourceName"),
            *("ResourceType", "ServiceSubcategory", "SkuPriceDetails", "SubAccount*", "Tags"),
            *("UsageQuantity", "UsageUnit", "oci_*", "x_*"),
        ),
        spellings={"ProviderName": ("Provider",), "InvoiceIssuerName": ("InvoiceIssuer",)},
    ),
    bill=f"""
        select
            unit,
            {_IDENTITY} as identity,
            {utc(given("ChargePeriodStart"))}::date as usage_date,
            case
                when cloud <> 'google' then cloud
                when {IS_OF_GEMINI_API} then 'gemini'
                else 'vertex_ai'
            end as provider,
            case
                when cloud = 'azure' then lower({given("ResourceId")})
                else {given("SubAccountId")}
            end as project_id,
            {_TEXT} as line_item,
            coalesce({_DOLLARS}, BilledCost) as amount_usd,
            ({_QUANTITY})::decimal(38, 6) as quantity,
            case when {_DOLLARS} is null then upper(BillingCurrency) else 'USD' end as currency
        from {_RECORDS}
        where {_IS_READ}
    """,
    left_out=f"""
        select
            case
                when {_IS_ESTIMATE} then 'tokenmart or LiteLLM estimated them: they are no bill'
                else 'they are of other services'
            end as reason,
            count(*) as rows
        from {_RECORDS}
        where not {_IS_READ}
        group by 1
    """,
)
