"""Claude Code's session files, `~/.claude/projects/**/*.jsonl`: the messages of its API requests.

| their field | our column | trap |
|---|---|---|
| `message.id` | the identity | written two to four times, and copied |
| `requestId` | `request_id` | old lines have none |
| `timestamp` | `timestamp` | |
| `message.model` | `model`, provider | `<synthetic>` is no request |
| `message.usage.input_tokens` | `input_uncached_tokens` | leaves out the next two |
| `….cache_read_input_tokens` | `input_cached_tokens` | |
| `….cache_creation_input_tokens` | `input_cache_write_tokens` | |
| `….cache_creation` | `input_cache_write_5m_tokens`, `…_1h_…` | old lines have none |
| `….output_tokens` | `tokens_out` | grows until the message's last line |
| `….server_tool_use` | `quantity` in requests | a row of its own for web searches |
| `….service_tier` | `service_tier` | |
| `….speed`, `isSidechain` | `tags` | fast requests cost more |
| `sessionId` | `session_id` | |
| `cwd` | `project_id` | only its last part: a path may name people |
| `costUSD` | `cost_estimate` | old versions only |

**One message, many lines.** A message is written again for each of its parts, copied into the file
of a resumed session, and replayed by a side question under another `requestId`. It counts once: its
main conversation before a side one, then the line with the most output.

**Lines without usage** are prompts, summaries and snapshots. What a session says of its subagents
(`toolUseResult`, `progress`) repeats their own files, and is not read.

**Models of other makers**, which a router may serve, have their maker as provider.
"""

from typing import Any

from tokenmart.land.exports.export import Documents, Export, folder_name, identity, member, texts
from tokenmart.land.exports.providers import maker

_PATHS = {
    "moment": "timestamp",
    "line_id": "uuid",
    "message_id": "message.id",
    "api_request_id": "requestId",
    "session_id": "sessionId",
    "cwd": "cwd",
    "model": "message.model",
    "cost": "costUSD",
    "is_sidechain": "isSidechain",
    "record": "message.usage",
}


def _lacks(document: Any) -> str | None:
    if not isinstance(document, dict):
        return "its lines are not objects"
    has_message = isinstance(document.get("message"), dict)
    if "sessionId" in document and (has_message or "type" in document):
        return None
    # a file may hold nothing but these
    if document.get("type") in ("summary", "file-history-snapshot"):
        return None
    return "its lines have no `sessionId` with a `message`"


def _count(name: str) -> str:
    return f"coalesce({member('record', name)}::bigint, 0)"


_SEARCHES = _count("server_tool_use.web_search_requests")
_COLUMNS = ", ".join(f"texts[{number}] as {name}" for number, name in enumerate(_PATHS, start=1))
_RECORD = f"texts[{list(_PATHS).index('record') + 1}]"
_TAGS = f"""
            nullif(
                json_merge_patch('{{}}', json_object(
                    'speed', nullif({member("record", "speed")}, 'standard'),
                    'sidechain', case when is_sidechain = 'true' then 'true' end
                ))::varchar,
                '{{}}'
            ) as tags
"""

EXPORT = Export(
    name="claude-code",
    title="session files of Claude Code",
    upstream="ryoppippi/ccusage at 5816e640e882, adapter claude: what Claude Code 1 and 2 write",
    records=Documents(
        lacks=_lacks,
        records=f"""
            select unit, {_COLUMNS.replace(f"{_RECORD} as", f"{_RECORD}::json as")}
            from (
                select unit, {texts("document", list(_PATHS.values()))} as texts
                from documents
                where contains(document::varchar, '"usage"')
            )
            where json_type({_RECORD}::json) = 'OBJECT'
        """,
        members=(
            *("input_tokens", "output_tokens", "cache_read_input_tokens", "service_tier", "speed"),
            *("cache_creation_input_tokens", "cache_creation", "server_tool_use", "inference_geo"),
            *("iterations", "context_window"),
        ),
        is_every_document=False,
    ),
    best=(
        "case when (tags ->> 'sidechain') = 'true' then 0 else 1 end",
        "coalesce(cast(tokens_out as bigint), 0)",
        "coalesce(cast(quantity as decimal(38, 9)), 0)",
    ),
    usage=f"""
        with messages as (
            select
                *,
                {_count("input_tokens")} as uncached,
                {_count("cache_read_input_tokens")} as cached,
                {_count("cache_creation.ephemeral_5m_input_tokens")} as written_5m,
                {_count("cache_creation.ephemeral_1h_input_tokens")} as written_1h,
                greatest({_count("cache_creation_input_tokens")}, written_5m + written_1h)
                    as written,
                {_count("output_tokens")} as output,
                case
                    when nullif(message_id, '') is not null then {identity("message_id")}
                    else {identity("'line'", "line_id", "moment")}
                end as message
            from records
            where model is distinct from '<synthetic>'
        ),

        once as (
            select *
            from messages
            qualify
                row_number() over (
                    partition by message
                    order by coalesce(is_sidechain, 'false') = 'true', output desc, unit
                ) = 1
        )

        select
            unit,
            {maker("model", "'anthropic'")} as provider,
            message as identity,
            coalesce(nullif(model, ''), 'unknown') as model,
            moment::timestamptz::timestamp as "timestamp",
            uncached + cached + written as tokens_in,
            output as tokens_out,
            uncached as input_uncached_tokens,
            cached as input_cached_tokens,
            written as input_cache_write_tokens,
            written_5m as input_cache_write_5m_tokens,
            written_1h as input_cache_write_1h_tokens,
            {member("record", "service_tier")} as service_tier,
            cost as cost_estimate,
            1 as num_model_requests,
            {folder_name("cwd")} as project_id,
            session_id,
            coalesce(nullif(api_request_id, ''), nullif(message_id, ''), line_id) as request_id,
            {_TAGS}
        from once
        union all by name
        select
            unit,
            {maker("model", "'anthropic'")} as provider,
            message || ' web search' as identity,
            coalesce(nullif(model, ''), 'unknown') as model,
            moment::timestamptz::timestamp as "timestamp",
            {_SEARCHES} as quantity,
            'requests' as quantity_unit,
            {folder_name("cwd")} as project_id,
            session_id,
            coalesce(nullif(api_request_id, ''), nullif(message_id, ''), line_id) as request_id,
            {_TAGS}
        from once
        where {_SEARCHES} > 0
    """,
    left_out="""
        select
            'they are messages of Claude Code itself, no model was used' as reason,
            count(*) as rows
        from records
        where model = '<synthetic>'
    """,
)
