"""The CSV files of Anthropic's Console: usage, and costs.

| their field | our column | trap |
|---|---|---|
| `usage_date_utc` | the window of a UTC day, `usage_date` | |
| `model_version`; `model` | `model`; `line_item` | an id in usage, a display name in costs |
| `workspace` | `project_id` | a name; `Default` is the default one, which the API calls null |
| `api_key` | `openai_api_key_id`, `api_key_id` | a name in both, so that costs find their usage |
| `usage_input_tokens_no_cache`, … | as in the usage report | the classes are disjoint |
| `usage_type` | `service_tier`; `batch \\| …` | |
| `context_window`, `inference_geo`, `speed` | `tags`; `…, long context` | "≤ 200k" or "> 200k" |
| `web_search_count` | `quantity` of a row of its own | these have no tokens |
| `cost_usd` | `amount_usd` | what is paid; `list_price_usd` is before discounts |
"""

from tokenmart.land.exports.anthropic_costs import line_item
from tokenmart.land.exports.export import GROWS, Export, Rows, given, identity, whole

_DETAILS = ("context_window", "inference_geo", "speed")
_DIMENSIONS = ("usage_date_utc", "model_version", "api_key", "workspace", "usage_type", *_DETAILS)


def _count(name: str) -> str:
    return f"coalesce({whole(name)}, 0)"


_UNCACHED, _READ, _WRITTEN_5M, _WRITTEN_1H = (
    _count(f"usage_input_tokens_{name}")
    for name in ("no_cache", "cache_read", "cache_write_5m", "cache_write_1h")
)
_DAY = "nullif(usage_date_utc, '')::date"
_PROJECT = "nullif(nullif(workspace, ''), 'Default')"
_KEY = "nullif(api_key, '')"
_TAGS = ", ".join(f"'{name}', nullif({name}, '')" for name in _DETAILS)
_ALIKE = f"""
            unit,
            'anthropic' as provider,
            coalesce(nullif(model_version, ''), 'unknown') as model,
            {_DAY}::timestamp as "timestamp",
            {_DAY}::timestamp as window_start,
            ({_DAY} + 1)::timestamp as window_end,
            {_PROJECT} as project_id,
            {_KEY} as openai_api_key_id,
            nullif(usage_type, '') as service_tier,
"""


def _tags(more: str = "") -> str:
    tags = f"json_object({_TAGS}{more})"
    return f"nullif(json_merge_patch('{{}}', {tags})::varchar, '{{}}') as tags"


USAGE = Export(
    name="anthropic-console-usage",
    title="the usage export of Anthropic's Console",
    upstream="the Console's CSV, as of November 2026",
    records=Rows(
        columns=("usage_date_utc", "model_version", "usage_input_tokens_no_cache"),
        optional=(
            *("api_key", "workspace", "usage_type", "usage_input_tokens_cache_read"),
            *("usage_input_tokens_cache_write_5m", "usage_input_tokens_cache_write_1h"),
            *("usage_output_tokens", "web_search_count", *_DETAILS),
        ),
    ),
    best=GROWS,
    usage=f"""
        select
            {_ALIKE}
            {identity(*_DIMENSIONS)} as identity,
            {_UNCACHED} + {_READ} + {_WRITTEN_5M} + {_WRITTEN_1H} as tokens_in,
            {_count("usage_output_tokens")} as tokens_out,
            {_UNCACHED} as input_uncached_tokens,
            {_READ} as input_cached_tokens,
            {_WRITTEN_5M} + {_WRITTEN_1H} as input_cache_write_tokens,
            {_WRITTEN_5M} as input_cache_write_5m_tokens,
            {_WRITTEN_1H} as input_cache_write_1h_tokens,
            null::bigint as quantity,
            null as quantity_unit,
            {_tags()}
        from records
        where {given("usage_date_utc")} is not null or {given("model_version")} is not null
        union all by name
        select
            {_ALIKE}
            {identity(*_DIMENSIONS)} || ' web search' as identity,
            {_count("web_search_count")} as quantity,
            'requests' as quantity_unit,
            {_tags(", 'tool', 'web_search'")}
        from records
        where {_count("web_search_count")} > 0
    """,
)

_CLASSES = {
    "input_no_cache": "input",
    "input_cache_read": "cached input",
    "input_cache_write_5m": "cache write 5m",
    "input_cache_write_1h": "cache write 1h",
}
_CLASS = " ".join(f"when '{name}' then '{words}'" for name, words in _CLASSES.items())
_TOKENS = line_item(
    model="nullif(model, '')",
    token_class=f"case token_type {_CLASS} else replace(nullif(token_type, ''), '_', ' ') end",
    is_batch="usage_type ilike '%batch%'",
    is_long="starts_with(ltrim(context_window), '>') or context_window = '200k-1M'",
    geo="inference_geo",
    speed="speed",
)

COSTS = Export(
    name="anthropic-console-costs",
    title="the cost export of Anthropic's Console",
    upstream="the Console's CSV, as of November 2026",
    records=Rows(
        columns=("usage_date_utc", "model", "token_type", "cost_usd"),
        optional=("workspace", "api_key", "usage_type", "cost_type", *_DETAILS),
        unread=("list_price_usd", "api_key_id", "api_key_status"),
    ),
    bill=f"""
        select
            unit,
            {_DAY} as usage_date,
            'anthropic' as provider,
            {_PROJECT} as project_id,
            {_KEY} as api_key_id,
            case
                when coalesce(nullif(cost_type, ''), 'token') in ('token', 'tokens') then {_TOKENS}
                else concat_ws(', ', replace(cost_type, '_', ' '), nullif(model, ''))
            end as line_item,
            cost_usd as amount_usd,
            null as quantity,
            'USD' as currency
        from records
        where {given("usage_date_utc")} is not null or {given("cost_usd")} is not null
    """,
)
