"""Google Cloud's billing export of BigQuery, of which the lines for models are read as bills.

| their field | our column | trap |
|---|---|---|
| `usage_start_time` | `usage_date` | hourly, in UTC |
| `service.description` | provider | the Gemini API is `gemini`, all others are `vertex_ai` |
| `sku.description` | `line_item` | the model, class, modality and tier |
| `project.id` | `project_id` | |
| `cost` | `amount_usd` | before credits |
| `credits` | lines of their own | discounts, free tiers and promotions: the bill is their sum |
| `usage.amount`, `usage.unit` | `quantity` | tokens are a `count` |
| `currency` | the same | |
| `export_time`, `labels`, `cost`, … | `line_id` | what tells a row from others |

A row is appended and never changed: corrections are rows of their own, with another `export_time`.
So a row is known by what it is for and its figures; of a query's result without `export_time` by
what it is for. Nested fields may be JSON or, in a CSV file, columns of their own, such as
`sku.description` or `sku_description`.
"""

from tokenmart.land.exports.export import Export, Rows, given, identity, utc


def _of(record: str, member: str) -> str:
    """The text of a member of a nested field; of a flat column its own text."""
    return (
        f"coalesce(case when json_valid({record}) and json_type({record}) = 'OBJECT'"
        f" then coalesce(json_extract_string({record}, '$.{member}'), '') end, {record}, '')"
    )


def _flat(record: str, member: str) -> tuple[str, ...]:
    return (f"{record}.{member}", f"{record}_{member}")


_SERVICE, _SKU = _of("service", "description"), _of("sku", "description")
_NAMED = (
    f"regexp_matches(lower({_SERVICE} || ' ' || {_SKU}), 'gemini|gemma|palm|imagen|veo |lyria"
    "|claude|llama|mistral|codestral|deepseek|qwen|grok|gpt|kimi|minimax|glm|embed|token|grounding')"
)
IS_OF_GEMINI_API = f"regexp_matches({_SERVICE}, '(?i)gemini api|generative language')"
IS_READ = f"""(
    {IS_OF_GEMINI_API}
    or regexp_matches({_SERVICE}, '(?i)gemini|claude')
    or (regexp_matches({_SERVICE}, '(?i)vertex|agent platform') and {_NAMED})
)"""


def _pairs(labels: str) -> str:
    """The labels of a JSON list as a text, in one order, however the list was written."""
    each = f"json_extract(case when json_valid({labels}) then {labels} end, '$[*]')"
    pair = "(label ->> 'key') || '=' || coalesce(label ->> 'value', '')"
    return f"array_to_string(list_sort([{pair} for label in {each}]), ',')"


def _number(text: str) -> str:
    return f"try_cast({text} as double)"


# the same of a row in JSON, Parquet and CSV: no nested text of the file's own
_ROW = identity(
    *(f"({utc(given(name))})" for name in ("usage_start_time", "usage_end_time", "export_time")),
    *(_SERVICE, _SKU, _of("project", "id"), _of("location", "location")),
    *(f"nullif({_pairs(name)}, '')" for name in ("labels", "system_labels", "tags")),
    *(f"nullif({_of('resource', name)}, '')" for name in ("name", "global_name")),
    *(_number(_of("price", name)) for name in ("effective_price", "tier_start_amount")),
    *(f"nullif({_of('adjustment_info', name)}, '')" for name in ("id", "mode", "type")),
    *(_of("invoice", "month"), given("currency"), given("cost_type"), given("transaction_type")),
    # of a row that is appended and never changed, its figures, too
    *(
        f"case when {given('export_time')} is not null then {figure} end"
        for figure in (_number("cost"), _number(_of("usage", "amount")), _number("credits_usd"))
    ),
)

# a list of credits, or what they come to
_CREDITS = f"""
    case
        when json_valid(credits) and json_type(credits) = 'ARRAY'
            then json_extract(credits, '$[*]')
        when {given("credits")} is not null then [json_object('amount', credits)]
    end
"""

EXPORT = Export(
    name="google-billing",
    title="Google Cloud's billing export",
    upstream="docs.cloud.google.com/billing, schemas of the standard and the detailed usage cost"
    " data, as of November 2026",
    records=Rows(
        columns=("usage_start_time", "cost", "service", "sku"),
        optional=(
            *("usage_end_time", "project", "labels", "system_labels", "location", "tags"),
            *("resource", "export_time", "currency", "cost_type", "invoice", "adjustment_info"),
            *("price", "usage", "usage_unit", "credits", "transaction_type"),
        ),
        unread=(
            *("billing_account_id", "currency_conversion_rate", "seller_name", "subscription*"),
            *("cost_at_*", "consumption_model*", "service[._]*", "sku[._]*", "project[._]*"),
            *("usage[._]*", "location[._]*", "invoice[._]*", "resource[._]*", "price[._]*"),
            *("adjustment_info[._]*", "credits[._]*"),
        ),
        spellings={
            "service": _flat("service", "description"),
            "sku": _flat("sku", "description"),
            "project": _flat("project", "id"),
            "usage": _flat("usage", "amount"),
            "usage_unit": ("usage.unit",),
        },
    ),
    bill=f"""
        with credited as (
            select
                *,
                {_CREDITS} as credit_list,
                list_sum([
                    try_cast(credit ->> 'amount' as double) for credit in credit_list
                ]) as credits_usd
            from records
            where {IS_READ}
        ),

        lines as (
            select
                unit,
                {_ROW} as identity,
                {utc("usage_start_time")}::date as usage_date,
                case when {IS_OF_GEMINI_API} then 'gemini' else 'vertex_ai' end as provider,
                nullif({_of("project", "id")}, '') as project_id,
                {_SERVICE} as service,
                {_SKU} as line_item,
                cost as amount_usd,
                case
                    when
                        coalesce(
                            {given("usage_unit")},
                            case
                                when json_valid(usage) then json_extract_string(usage, '$.unit')
                            end,
                            'count'
                        ) in ('count', 'tokens')
                        then nullif({_of("usage", "amount")}, '')
                end as quantity,
                {given("currency")} as currency,
                credit_list
            from credited
        ),

        credits as (
            select
                * exclude (credit_list),
                unnest(credit_list) as credit
            from lines
        )

        select * exclude (service, credit_list)
        from lines
        union all
        select
            * exclude (service, credit) replace (
                identity || concat_ws(' ', ' credit', credit ->> 'name', credit ->> 'type')
                    as identity,
                concat_ws(' ', 'Credit for', service, lower(credit ->> 'type')) as line_item,
                credit ->> 'amount' as amount_usd,
                null as quantity
            )
        from credits
        where (credit ->> 'amount')::double <> 0
    """,
    left_out=f"""
        select 'they are of other services' as reason, count(*) as rows
        from records
        where not {IS_READ}
    """,
)
