"""AWS's Cost and Usage Report, of which the lines for Bedrock are read as bills.

| their field | our column | trap |
|---|---|---|
| `line_item_usage_start_date` | `usage_date` | hourly or daily, in UTC |
| `line_item_usage_account_id` | `project_id` | |
| `line_item_usage_type` | `line_item` | region, model, class, tier; no model in Marketplace |
| `product_name` in `product` | `line_item` | names the model of a Marketplace line |
| `line_item_line_item_type` | `line_item` | tax, credits, refunds and discounts are lines, too |
| `line_item_unblended_cost` | `amount_usd` | before discounts, if `line_item_net_…` is there |
| `line_item_usage_amount`, `pricing_unit` | `quantity` | in thousands or millions of tokens |
| interval, account, usage type, resource, … | `line_id` | all that a later report repeats |
| `identity_line_item_id` | | another one in each report: it tells lines of one apart |

What of other services is in the report is left out. A line is known by all that it says but for its
figures, tags and id: the same line in a later report takes its place, and a report may come in
parts. Lines that are alike in all of that are numbered. Names of columns are those of CUR 2.0; the
CSV files of the report before it have `lineItem/UsageType` for `line_item_usage_type`.
"""

from tokenmart.land.exports.export import Export, Rows, given, identity, utc

_PRODUCT = (
    "coalesce(nullif(product_product_name, ''), case when json_valid(product)"
    " then json_extract_string(product, '$.product_name') end, '')"
)
_SERVICE = (
    "concat_ws(' ', line_item_product_code, product_servicecode,"
    f" line_item_line_item_description, {_PRODUCT})"
)
_IS_READ = f"{_SERVICE} ilike '%bedrock%'"
OF_MARKETPLACE = "position('MP:' in line_item_usage_type) > 0"

# USE1-MP:USE1_CacheWrite1hInputTokenCount_Global_Batch-Units in words
_IN_WORDS = "line_item_usage_type"
for _pattern, _words in {
    "Million|_30m": "",
    "_long_ctx": "_long_context",
    "([a-z])([A-Z0-9])": r"\1 \2",
    "([0-9]h)([A-Z])": r"\1 \2",
}.items():
    _IN_WORDS = f"regexp_replace({_IN_WORDS}, '{_pattern}', '{_words}', 'g')"

USAGE_TYPE = f"""
    case
        when {OF_MARKETPLACE} then {_IN_WORDS}
        -- what is no part of the model's name: how it is served, and the 0 of nova-2-lite
        else regexp_replace(
            replace(line_item_usage_type, '-mantle-', '-'), '(Nova[0-9]+)[.]0', '\\1'
        )
    end
"""
_TEXT = """
    case
        when line_item_line_item_type ilike '%tax%' then 'Tax on ' || service
        when line_item_line_item_type in ('Credit', 'Refund')
            then line_item_line_item_type || ' for ' || service
        else
            case
                when coalesce(line_item_line_item_type, '') in ('', 'Usage', 'DiscountedUsage')
                    then ''
                else line_item_line_item_type || ' | '
            end
            || coalesce(nullif(usage_type, ''), service)
            || case when of_marketplace then ' ' || service else '' end
    end
"""
# what a later report says of the same line, too; tags are left out, because AWS adds them later
_IDENTITY = identity(
    f"({utc(given('line_item_usage_start_date'))})",
    *(
        f"nullif({name}, '')"
        for name in (
            "identity_time_interval",
            *("line_item_usage_account_id", "line_item_line_item_type", "line_item_product_code"),
            *("line_item_usage_type", "line_item_operation", "line_item_resource_id"),
            *("line_item_line_item_description", "line_item_iam_principal", "line_item_tax_type"),
            *("line_item_legal_entity", "line_item_currency_code", "pricing_unit", "product_name"),
        )
    ),
)

_COLUMNS = (
    *("line_item_usage_start_date", "line_item_product_code", "line_item_usage_type"),
    *("line_item_line_item_type", "line_item_unblended_cost"),
)
_OPTIONAL = (
    *("identity_line_item_id", "identity_time_interval", "line_item_usage_account_id"),
    *("line_item_net_unblended_cost", "line_item_currency_code", "line_item_usage_amount"),
    *("line_item_line_item_description", "line_item_operation", "line_item_resource_id"),
    *("line_item_iam_principal", "line_item_legal_entity", "line_item_tax_type"),
    *("pricing_unit", "product", "product_product_name", "product_servicecode"),
)


def model_of_product(product: str) -> str:
    """SQL for the model that Marketplace sells as a product, its edition as AWS's ids have it."""
    name = f"trim(replace({product}, '(Amazon Bedrock Edition)', ''))"
    return rf"regexp_replace({name}, ' v([0-9])$', '-v\1:0')"


def _in_csv(name: str) -> str:
    """What the CSV files of the report before 2.0 call a column: `lineItem/UsageType`, say."""
    for kind in ("identity", "line_item", "pricing", "product"):
        name = name.replace(f"{kind}_", f"{kind}/", 1) if name.startswith(f"{kind}_") else name
    return name.replace("_", "")


EXPORT = Export(
    name="aws-cur",
    title="AWS's Cost and Usage Report",
    upstream="docs.aws.amazon.com, Data Exports, CUR 2.0 table dictionary, as of November 2026",
    records=Rows(
        columns=_COLUMNS,
        optional=_OPTIONAL,
        unread=(
            *("line_item_availability_zone", "line_item_blended_cost", "line_item_blended_rate"),
            *("line_item_net_unblended_rate", "line_item_normalization_factor"),
            "line_item_normalized_usage_amount",
            *("line_item_unblended_rate", "line_item_usage_account_name"),
            *("line_item_usage_end_date", "bill_*", "capacity_reservation_*", "cost_category*"),
            *("discount*", "pricing_*", "product_*", "reservation_*", "resource_tags*"),
            *("savings_plan_*", "split_line_item_*", "tags", "user_tags", "billing_period"),
            *("identity/*", "lineItem/*", "bill/*", "costCategory/*", "discount/*", "pricing/*"),
            *("product/*", "reservation/*", "resourceTags/*", "savingsPlan/*", "splitLineItem/*"),
        ),
        spellings={name: (_in_csv(name),) for name in (*_COLUMNS, *_OPTIONAL)},
    ),
    bill=f"""
        with lines as (
            select
                *,
                {USAGE_TYPE} as usage_type,
                {model_of_product(_PRODUCT)} as product_name,
                coalesce({OF_MARKETPLACE}, false) as of_marketplace,
                max(unit) over (partition by identity_line_item_id, identity_time_interval)
                    as last_unit,
                count(nullif(line_item_net_unblended_cost, '')) over () > 0 as has_net
            from records
            where {_IS_READ}
        ),

        named as (
            select *, coalesce(nullif(product_name, ''), 'Amazon Bedrock') as service
            from lines
            where unit = last_unit or coalesce(identity_line_item_id, '') = ''
        )

        select
            -- the files of a report are one, if their lines can be told apart
            case when coalesce(identity_line_item_id, '') = '' then unit else -1 end as unit,
            unit as file,
            {_IDENTITY} as identity,
            {utc("nullif(line_item_usage_start_date, '')")}::date as usage_date,
            'aws' as provider,
            nullif(line_item_usage_account_id, '') as project_id,
            {_TEXT} as line_item,
            case
                -- net costs have these discounts in them
                when has_net and line_item_line_item_type ilike '%discount'
                    then coalesce(nullif(line_item_net_unblended_cost, ''), '0')
                else coalesce(nullif(line_item_net_unblended_cost, ''), line_item_unblended_cost)
            end as amount_usd,
            case
                when pricing_unit ilike '1k%token%'
                    then (nullif(line_item_usage_amount, '')::double * 1000)::decimal(38, 6)
                when pricing_unit ilike '1m%token%'
                    then (nullif(line_item_usage_amount, '')::double * 1000000)::decimal(38, 6)
                -- of how many tokens such a unit is, is not said
                when pricing_unit ilike 'units' then null
                else nullif(line_item_usage_amount, '')::double::decimal(38, 6)
            end as quantity,
            nullif(line_item_currency_code, '') as currency
        from named
    """,
    left_out=f"""
        select 'they are of other services' as reason, count(*) as rows
        from records
        where not {_IS_READ}
    """,
)
