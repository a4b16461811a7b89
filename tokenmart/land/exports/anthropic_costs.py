"""Anthropic's cost report: pages of `/v1/organizations/cost_report`.

| their field | our column | trap |
|---|---|---|
| `starting_at` | `usage_date` | buckets are UTC days, the first perhaps a part of one |
| `amount` | `amount_usd` | a decimal text in cents: "123.45" is 1.2345 dollars |
| `workspace_id` | `project_id` | null is the default workspace, or not grouped by it |
| `model`, `token_type` | `line_item`: `claude-sonnet-4-5, output` | null where not grouped |
| `service_tier`, `context_window` | `batch \\| …`, `…, long context` | |
| `inference_geo`, `speed` | `…, inference in us`, `…, fast` | |
| `cost_type` | `line_item`: `web search, …` | searches, code execution, sessions are not tokens |

What the Priority Tier costs is never in the report.
"""

from tokenmart.land.exports.anthropic_pages import HAS_MORE, RESULTS, lacks_results_with
from tokenmart.land.exports.export import Documents, Export, member, utc


def _of(name: str) -> str:
    return member("record", name)


_CLASSES = {
    "uncached_input_tokens": "input",
    "cache_read_input_tokens": "cached input",
    "cache_creation.ephemeral_5m_input_tokens": "cache write 5m",
    "cache_creation.ephemeral_1h_input_tokens": "cache write 1h",
    "output_tokens": "output",
}
_CLASS = " ".join(f"when '{name}' then '{words}'" for name, words in _CLASSES.items())


def line_item(
    *, model: str, token_class: str, is_batch: str, is_long: str, geo: str, speed: str
) -> str:
    """The text of a line for tokens, as the parser of bills understands it."""
    return f"""
        case when {is_batch} then 'batch | ' else '' end
        || concat_ws(
            ', ',
            {model},
            {token_class},
            case when {is_long} then 'long context' end,
            case
                when {geo} not in ('', 'global', 'not_available') then 'inference in ' || {geo}
            end,
            case when {speed} not in ('', 'standard') then {speed} end
        )
    """


_TOKENS = line_item(
    # a description such as "Claude Haiku 3.5 Usage - Input Tokens" names model and class, too
    model=f"coalesce({_of('model')}, {_of('description')})",
    token_class=f"case {_of('token_type')} {_CLASS} else {_of('token_type')} end",
    is_batch=f"{_of('service_tier')} = 'batch'",
    is_long=f"{_of('context_window')} = '200k-1M'",
    geo=_of("inference_geo"),
    speed=_of("speed"),
)

_COST_TYPE = f"replace({_of('cost_type')}, '_', ' ')"

EXPORT = Export(
    name="anthropic-costs",
    title="pages of Anthropic's cost report",
    upstream="platform.claude.com, Admin API, CostReport, as of November 2026",
    records=Documents(
        lacks=lacks_results_with(
            "amount", {"list_amount": "the cost report of the analytics API, which is not read"}
        ),
        records=RESULTS,
        has_more=HAS_MORE,
        members=(
            *("amount", "currency", "workspace_id", "description", "cost_type", "token_type"),
            *("model", "service_tier", "context_window", "inference_geo", "speed"),
        ),
    ),
    bill=f"""
        select
            unit,
            {utc("starting_at")}::date as usage_date,
            'anthropic' as provider,
            {_of("workspace_id")} as project_id,
            nullif(
                case
                    when coalesce({_of("cost_type")}, 'tokens') = 'tokens' then {_TOKENS}
                    else concat_ws(', ', {_COST_TYPE}, {_of("description")})
                end,
                ''
            ) as line_item,
            -- a hundredth, to the last digit
            {_of("amount")} || 'e-2' as amount_usd,
            null as quantity,
            upper({_of("currency")}) as currency,
            date_diff('second', {utc("starting_at")}::date::timestamp, {utc("starting_at")})
                as clipped_seconds
        from records
    """,
)
