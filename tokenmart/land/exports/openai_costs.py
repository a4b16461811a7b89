"""OpenAI's costs: pages of `/v1/organization/costs`, and the CSV file of the dashboard.

| their field | our column | trap |
|---|---|---|
| `start_time` | `usage_date` | buckets are UTC days, the first perhaps a part of one |
| `amount.value`, `amount_value` | `amount_usd` | up to 37 decimals, exponents, -0.00, credits |
| `amount.currency`, `amount_currency` | `currency` | lower case |
| `line_item` | `line_item` | null where costs are not grouped by it |
| `project_id`, `api_key_id` | the same | null where costs are not grouped by it |
"""

from tokenmart.land.exports.export import Documents, Export, Rows, at, given, member
from tokenmart.land.exports.openai_pages import HAS_MORE, RESULTS, lacks_results_of

API = Export(
    name="openai-costs",
    title="pages of OpenAI's costs API",
    upstream="openai/openai-openapi, schema CostsResult, as of November 2026",
    records=Documents(
        lacks=lacks_results_of("organization.costs."),
        records=RESULTS,
        has_more=HAS_MORE,
        members=(
            *("object", "amount", "line_item", "project_id", "api_key_id", "quantity"),
            *("organization_id", "organization_name", "project_name"),
        ),
    ),
    bill=f"""
        select
            unit,
            {at(given("start_time"))}::date as usage_date,
            'openai' as provider,
            {member("record", "project_id")} as project_id,
            {member("record", "api_key_id")} as api_key_id,
            {member("record", "line_item")} as line_item,
            {member("record", "amount.value")} as amount_usd,
            {member("record", "quantity")} as quantity,
            upper({member("record", "amount.currency")}) as currency,
            start_time::bigint % 86400 as clipped_seconds
        from records
    """,
)

DASHBOARD = Export(
    name="openai-costs-csv",
    title="the cost export of OpenAI's dashboard",
    upstream="the dashboard's CSV, as of November 2026",
    records=Rows(
        columns=("start_time", "amount_value"),
        optional=("line_item", "amount_currency", "quantity", "project_id", "api_key_id"),
        unread=(
            *("end_time", "start_time_iso", "end_time_iso", "quantity_unit", "user_id"),
            *("organization_id", "project_name", "organization_name", "user_email", "api_source"),
        ),
    ),
    # blank rows come between the others, and stand for days without costs
    bill=f"""
        select
            unit,
            {at(given("start_time"))}::date as usage_date,
            'openai' as provider,
            project_id,
            api_key_id,
            line_item,
            amount_value as amount_usd,
            quantity,
            upper(amount_currency) as currency
        from records
        where coalesce({given("amount_value")}, {given("line_item")}, {given("quantity")})
            is not null
    """,
)
