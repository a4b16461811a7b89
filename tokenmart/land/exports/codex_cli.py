"""Codex CLI's session files, `~/.codex/sessions/**/rollout-*.jsonl`: what each `token_count` adds.

| their field | our column | trap |
|---|---|---|
| `payload.info.total_token_usage` | the identity | cumulative, repeated; `info` may be null |
| `….input_tokens` | `tokens_in` | includes the next two |
| `….cached_input_tokens` | `input_cached_tokens` | |
| `….cache_write_input_tokens` | `input_cache_write_tokens` | old versions have none |
| `….output_tokens` | `tokens_out` | includes `reasoning_output_tokens` |
| `payload.info.last_token_usage` | | counts where totals cannot be compared |
| `turn_context`, `thread_settings` before it | `model` | an event names no model |
| `session_meta.model_provider` | provider | OpenAI where none is named |
| `session_meta.id` | `session_id` | copies of a parent's come second |
| `session_meta.cwd`, `turn_context.cwd` | `project_id` | only its last part |
| `timestamp` | `timestamp` | |

**What an event adds** is its total less the total before it in the file, so the rows of a session
add up to its last total. There are two exceptions. A total that falls has started over; Codex sets
it to nothing when the context is full. And a file's first total may include what another file
reports. In both cases the last usage counts, or without one the total.

**A forked session** starts with a copy of its parent's events, at new times. An event is known by
its totals and by the session that its file descends from. It counts once, at its earliest time; so
would two forks' own events, should all their totals be equal. A fork that is landed without its
parent has the parent's usage at the time of the fork, until the parent is landed.
"""

from typing import Any

from tokenmart.land.exports.export import Documents, Export, folder_name, identity, texts

_PATHS = {
    "moment": "timestamp",
    "type": "type",
    "event": "payload.type",
    "session": "payload.id",
    "parent": "payload.forked_from_id",
    "model_provider": "payload.model_provider",
    "model": "payload.model",
    "set_model": "payload.thread_settings.model",
    "cwd": "payload.cwd",
    "total": "payload.info.total_token_usage",
    "last": "payload.info.last_token_usage",
}
_TYPES = ("session_meta", "turn_context", "event_msg", "response_item", "compacted")
_COUNTS = (
    *("input_tokens", "cached_input_tokens", "cache_write_input_tokens"),
    *("output_tokens", "reasoning_output_tokens"),
)


def _lacks(document: Any) -> str | None:
    if not isinstance(document, dict):
        return "its lines are not objects"
    if document.get("type") in _TYPES and isinstance(document.get("payload"), dict):
        return None
    return "its lines are no `session_meta`, `turn_context` or `event_msg` with a `payload`"


def _counts(usage: str) -> str:
    """The counts of a usage as a list of numbers; null without a usage."""
    counts = f"list_transform({texts(usage, _COUNTS)}, lambda n: coalesce(n::bigint, 0))"
    return f"case when json_type({usage}) = 'OBJECT' then {counts} end"


_COLUMNS = ", ".join(f"texts[{number}] as {name}" for number, name in enumerate(_PATHS, start=1))
_FELL = "list_bool_or(list_transform(list_zip(totals, before), lambda n: n[1] < n[2]))"
_LAST_FITS = "list_bool_and(list_transform(list_zip(lasts, totals), lambda n: n[1] <= n[2]))"

EXPORT = Export(
    name="codex-cli",
    title="session files of Codex CLI",
    upstream="openai/codex, TokenUsageInfo, and ryoppippi/ccusage at 5816e640e882, adapter codex,"
    " with its issues on forks (897, 1370, 1460)",
    records=Documents(
        lacks=_lacks,
        records=f"""
            select
                * replace (total::json as total, last::json as last),
                case when json_type(total::json) = 'OBJECT' then total::json end as record
            from (
                select unit, file, {_COLUMNS}
                from (
                    select unit, file, {texts("document", list(_PATHS.values()))} as texts
                    from documents
                )
            )
            where
                type in ('session_meta', 'turn_context')
                or event in ('token_count', 'thread_settings_applied')
        """,
        members=(*_COUNTS, "total_tokens"),
        is_every_document=False,
    ),
    # the earliest
    best=("""-cast(extract(epoch from cast("timestamp" as timestamp)) * 1000000 as bigint)""",),
    usage=f"""
        with recursive lines as (
            select
                *,
                {_counts("total")} as totals,
                {_counts("last")} as lasts,
                -- the file's own session comes first, then those whose events are copied
                coalesce(
                    first_value(case when type = 'session_meta' then session end ignore nulls)
                        over whole_file,
                    min(moment) over whole_file
                ) as own_session,
                first_value(model_provider ignore nulls) over whole_file as own_provider,
                first_value(case when type = 'session_meta' then cwd end ignore nulls)
                    over whole_file as first_cwd,
                last_value(
                    case when type = 'turn_context' then model else set_model end ignore nulls
                ) over so_far as current_model,
                last_value(case when type = 'turn_context' then cwd end ignore nulls)
                    over so_far as current_cwd
            from records
            window
                whole_file as (
                    partition by file order by unit
                    rows between unbounded preceding and unbounded following
                ),
                so_far as (partition by file order by unit)
        ),

        descents as (
            select session as child, parent
            from lines
            where type = 'session_meta' and parent is not null
            union
            select own_session, session
            from lines
            where type = 'session_meta' and session <> own_session
        ),

        ancestors as (
            select child, parent from descents
            union
            select ancestors.child, descents.parent
            from ancestors
            inner join descents on ancestors.parent = descents.child
        ),

        roots as (
            select child, min(parent) as root
            from ancestors
            where parent not in (select child from descents)
            group by child
        ),

        events as (
            select
                lines.*,
                coalesce(roots.root, own_session) as root,
                lag(totals ignore nulls) over (partition by file order by unit) as before
            from lines
            left join roots on lines.own_session = roots.child
            where totals is not null or lasts is not null
        ),

        steps as (
            select
                *,
                case
                    when totals is null then lasts
                    when before is null or {_FELL}
                        then case when {_LAST_FITS} then lasts else totals end
                    else list_transform(list_zip(totals, before), lambda n: n[1] - n[2])
                end as step
            from events
        ),

        once as (
            select
                *,
                {identity("root", "totals::varchar", "lasts::varchar")}
                || case when totals is null then moment else '' end as event_id
            from steps
            where list_sum(step) > 0
            qualify row_number() over (partition by event_id order by moment, unit) = 1
        )

        select
            unit,
            coalesce(nullif(own_provider, ''), 'openai') as provider,
            event_id as identity,
            coalesce(nullif(current_model, ''), 'unknown') as model,
            moment::timestamptz::timestamp as "timestamp",
            step[1] as tokens_in,
            least(step[2], step[1]) as input_cached_tokens,
            nullif(step[3], 0) as input_cache_write_tokens,
            case when step[3] > 0 then step[1] - step[2] - step[3] end as input_uncached_tokens,
            step[4] as tokens_out,
            1 as num_model_requests,
            {folder_name("coalesce(current_cwd, first_cwd)")} as project_id,
            own_session as session_id,
            own_session || ' ' || md5(event_id) as request_id
        from once
    """,
)
