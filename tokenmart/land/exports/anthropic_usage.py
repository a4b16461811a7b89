"""Anthropic's usage report: pages of `/v1/organizations/usage_report/messages`.

| their field | our column | trap |
|---|---|---|
| `starting_at`, `ending_at` | `window_start`, `window_end` | the end is exclusive |
| `uncached_input_tokens` | `input_uncached_tokens` | leaves out what was read and written |
| `cache_read_input_tokens` | `input_cached_tokens` | on top of the uncached ones |
| `cache_creation` | `input_cache_write_5m_tokens`, `…_1h_tokens` | likewise |
| the sum of these four | `tokens_in` | the report has no total |
| `workspace_id` | `project_id` | null is the default workspace, or not grouped by it |
| `api_key_id` | `openai_api_key_id` | null is the Console, or not grouped by it |
| `account_id`, `service_account_id` | `openai_user_id` | a request has one of the two, or neither |
| `context_window`, `inference_geo`, `speed` | `tags` | they tell results of one bucket apart |
| `server_tool_use.web_search_requests` | `quantity` of a row of its own | these have no tokens |

A page does not say what it is grouped by, so usage of the default workspace looks like usage of all
of them. Of one range, land pages of one grouping (`tokenmart.land.grouping`).
"""

from tokenmart.land.exports.anthropic_pages import HAS_MORE, RESULTS, lacks_results_with
from tokenmart.land.exports.export import GROWS, Documents, Export, identity, member, utc

_DETAILS = ("context_window", "inference_geo", "speed")
_DIMENSIONS = (
    *("model", "workspace_id", "api_key_id", "account_id", "service_account_id", "service_tier"),
    *_DETAILS,
)


def _of(name: str) -> str:
    return member("record", name)


def _count(name: str) -> str:
    return f"coalesce({_of(name)}::bigint, 0)"


_UNCACHED, _READ, _OUTPUT = map(
    _count, ("uncached_input_tokens", "cache_read_input_tokens", "output_tokens")
)
_WRITTEN_5M, _WRITTEN_1H = (
    _count(f"cache_creation.ephemeral_{time}_input_tokens") for time in ("5m", "1h")
)
_SEARCHES = _count("server_tool_use.web_search_requests")

_IDENTITY = identity("starting_at", "ending_at", *map(_of, _DIMENSIONS))
_TAGS = ", ".join(f"'{name}', {_of(name)}" for name in _DETAILS)
_ALIKE = f"""
            unit,
            'anthropic' as provider,
            coalesce({_of("model")}, 'unknown') as model,
            {utc("starting_at")} as "timestamp",
            {utc("starting_at")} as window_start,
            {utc("ending_at")} as window_end,
            {_of("workspace_id")} as project_id,
            coalesce({_of("account_id")}, {_of("service_account_id")}) as openai_user_id,
            {_of("api_key_id")} as openai_api_key_id,
            {_of("service_tier")} as service_tier,
"""


def _tags(more: str = "") -> str:
    tags = f"json_object({_TAGS}{more})"
    return f"nullif(json_merge_patch('{{}}', {tags})::varchar, '{{}}') as tags"


EXPORT = Export(
    name="anthropic-usage",
    title="pages of Anthropic's usage report",
    upstream="platform.claude.com, Admin API, MessagesUsageReport, as of November 2026",
    records=Documents(
        lacks=lacks_results_with("uncached_input_tokens"),
        records=RESULTS,
        has_more=HAS_MORE,
        members=(
            *("uncached_input_tokens", "cache_read_input_tokens", "cache_creation"),
            *("output_tokens", "server_tool_use"),
            *_DIMENSIONS,
        ),
    ),
    is_grouped=True,
    best=GROWS,
    usage=f"""
        select
            {_ALIKE}
            {_IDENTITY} as identity,
            {_UNCACHED} + {_READ} + {_WRITTEN_5M} + {_WRITTEN_1H} as tokens_in,
            {_OUTPUT} as tokens_out,
            {_UNCACHED} as input_uncached_tokens,
            {_READ} as input_cached_tokens,
            {_WRITTEN_5M} + {_WRITTEN_1H} as input_cache_write_tokens,
            {_WRITTEN_5M} as input_cache_write_5m_tokens,
            {_WRITTEN_1H} as input_cache_write_1h_tokens,
            null::bigint as quantity,
            null as quantity_unit,
            {_tags()}
        from records
        union all by name
        select
            {_ALIKE}
            {_IDENTITY} || ' web search' as identity,
            {_SEARCHES} as quantity,
            'requests' as quantity_unit,
            {_tags(", 'tool', 'web_search'")}
        from records
        where {_SEARCHES} > 0
    """,
)
