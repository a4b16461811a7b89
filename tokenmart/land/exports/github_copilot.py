"""GitHub Copilot's report of AI usage: a row a day, user, model and SKU, with what it costs.

| their field | our column | trap |
|---|---|---|
| `date` | `timestamp`, the window, `usage_date` | a UTC day, the last one perhaps not over |
| `username` | `openai_user_id`, `api_key_id` | puts each line on its user's usage |
| `model` | `model`, `line_item` | `Auto: GPT-5.4` is GPT-5.4; some name a feature |
| `input`, `cache_read`, `cache_write` | `tokens_in` | beside each other; not in all reports |
| `output` | `tokens_out` | |
| `quantity`, `unit_type` | `quantity`, `quantity_unit` | of rows without tokens |
| `net_amount` | `cost_estimate`, `amount_usd` | after what the plan includes |
| `organization` | `project_id` | |
| `cost_center_name` | `team_id` | |
| `sku`, `repository` | `tags` | |

Seats are in another report. A row is known by all but its figures, and a later report that has it
takes its place; rows that are alike in all else are numbered.
"""

from tokenmart.land.exports.export import Export, Rows, given, identity, utc

_MODEL = "coalesce(nullif(trim(regexp_replace(model, '^ *auto: *', '', 'i')), ''), sku)"
# as others call it: claude-sonnet-4.6
_PLAIN_MODEL = f"lower(regexp_replace({_MODEL}, '[ _]+', '-', 'g'))"
_DAY = f"{utc(given('date'))}::date"
_IDENTITY = identity(
    f"({_DAY})",
    *(
        given(name)
        for name in (
            *("username", "product", "sku", "model", "unit_type", "organization", "repository"),
            *("cost_center_name", "exceeds_quota"),
        )
    ),
)
# a line of a bill that names none is for all of them
_USER = f"coalesce({given('username')}, '(no user)')"
_ORGANIZATION = f"coalesce({given('organization')}, '(no organization)')"
_TOKENS = ("input", "output", "cache_read", "cache_write")
_HAS_TOKENS = f"coalesce({', '.join(map(given, _TOKENS))}) is not null"


def _count(name: str) -> str:
    return f"coalesce({given(name)}::decimal(38, 0), 0)"


def _if_counted(value: str) -> str:
    return f"case when {_HAS_TOKENS} then {value} end"


EXPORT = Export(
    name="github-copilot",
    title="GitHub Copilot's report of AI usage",
    upstream="docs.github.com, billing reports reference, as of November 2026, and the columns that"
    " public readers of the report know",
    records=Rows(
        columns=("date", "username", "sku", "model", "quantity", "unit_type", "net_amount"),
        optional=(
            *("product", "organization", "repository", "cost_center_name", "exceeds_quota"),
            *_TOKENS,
        ),
        unread=(
            *("applied_cost_per_quantity", "gross_amount", "discount_amount"),
            *("total_monthly_quota", "aic_quantity", "aic_gross_amount"),
        ),
    ),
    usage=f"""
        select
            unit,
            'github-copilot' as provider,
            {_IDENTITY} as identity,
            {_PLAIN_MODEL} as model,
            {_DAY}::timestamp as "timestamp",
            {_DAY}::timestamp as window_start,
            {_DAY} + interval 1 day as window_end,
            {_if_counted(f"{_count('input')} + {_count('cache_read')} + {_count('cache_write')}")}
                as tokens_in,
            {given("input")} as input_uncached_tokens,
            {given("cache_read")} as input_cached_tokens,
            {given("cache_write")} as input_cache_write_tokens,
            {_if_counted(_count("output"))} as tokens_out,
            case when not {_HAS_TOKENS} then {given("quantity")} end as quantity,
            case when not {_HAS_TOKENS} then {given("unit_type")} end as quantity_unit,
            {given("net_amount")} as cost_estimate,
            {given("username")} as openai_user_id,
            {_USER} as openai_api_key_id,
            {_ORGANIZATION} as project_id,
            {given("cost_center_name")} as team_id,
            nullif(
                json_merge_patch('{{}}', json_object(
                    'sku', {given("sku")}, 'repository', {given("repository")}
                ))::varchar,
                '{{}}'
            ) as tags
        from records
    """,
    bill=f"""
        select
            unit,
            {_IDENTITY} as identity,
            {_DAY} as usage_date,
            'github-copilot' as provider,
            {_ORGANIZATION} as project_id,
            {_USER} as api_key_id,
            {_MODEL} as line_item,
            net_amount as amount_usd,
            quantity,
            'USD' as currency
        from records
    """,
)
