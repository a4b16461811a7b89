"""OpenTelemetry's GenAI spans in OTLP JSON: one request for export a document, or one a line.

| their field | our column | trap |
|---|---|---|
| `traceId`, `spanId` | the identity | a span may be exported twice, complete or not |
| `startTimeUnixNano` | `timestamp` | nanoseconds, as text |
| `gen_ai.usage.input_tokens` | `tokens_in` | may or may not include the next two |
| `….cache_read.input_tokens` | `input_cached_tokens` | |
| `….cache_creation.input_tokens` | `input_cache_write_tokens` | |
| `gen_ai.usage.output_tokens` | `tokens_out` | includes reasoning |
| `gen_ai.response.model` | `model` | else `gen_ai.request.model` |
| `gen_ai.provider.name` | provider | `gen_ai.system` before version 1.37 |
| `gen_ai.conversation.id` | `session_id` | else `session.id` |
| `gen_ai.response.id` | `request_id` | the identity in a trace; without one the span |
| `user.id`, `enduser.id` | `end_user_id` | |
| `service.name` of the resource | `tags` | |

Older names are read as well, and those of OpenLLMetry (`gen_ai.usage.prompt_tokens`) and
OpenInference (`llm.token_count.prompt`). Integers are texts in OTLP JSON.

**Which spans count.** Those of calls to a model. Spans of agents, workflows and tools, and those of
servers, sum up or repeat calls and are left out. So is a call that contains another one, as where
two libraries, or an application and its gateway, report the same call: the innermost counts. Spans
of a trace that name the same response are one call, too, even if they are landed one by one.

**What the input includes** is tested row by row, where something was cached. Parts that exceed the
input come on top of it; otherwise a total of tokens decides. Where neither tells, the parts are
taken as part of the input, as the convention says. The tag `input_convention` says which it was.
"""

from typing import Any

from tokenmart.land.exports.calls import INNERMOST
from tokenmart.land.exports.export import GROWS, Documents, Export, elements, identity, member
from tokenmart.land.exports.providers import maker, provider, without_maker

_ATTRIBUTES = {
    "operation": ("gen_ai.operation.name", "llm.request.type"),
    "span_kind": ("openinference.span.kind", "traceloop.span.kind"),
    "input": (
        *("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.token_count.prompt"),
        "llm.usage.prompt_tokens",
    ),
    "output": (
        *("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"),
        *("llm.token_count.completion", "llm.usage.completion_tokens"),
    ),
    "cached": (
        *("gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens"),
        *("gen_ai.usage.input_tokens.cached", "llm.token_count.prompt_details.cache_read"),
    ),
    "written": (
        *("gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_creation_input_tokens"),
        *("gen_ai.usage.cache_write.input_tokens", "gen_ai.usage.cache_write_input_tokens"),
        *("gen_ai.usage.input_tokens.cache_write", "llm.token_count.prompt_details.cache_write"),
    ),
    "total": ("gen_ai.usage.total_tokens", "llm.usage.total_tokens", "llm.token_count.total"),
    "model": ("gen_ai.response.model", "gen_ai.request.model", "llm.model_name"),
    "named_provider": ("gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system"),
    "conversation": ("gen_ai.conversation.id", "session.id"),
    "response_id": ("gen_ai.response.id",),
    "end_user": ("user.id", "enduser.id"),
    "cost": ("gen_ai.usage.cost", "llm.cost.total"),
}
_CALLS = ("chat", "generate_content", "text_completion", "embeddings", "completion", "embedding")
_NO_CALLS = (
    *("invoke_agent", "create_agent", "execute_tool", "invoke_workflow", "retrieval"),
    *("agent", "chain", "tool", "workflow", "task", "retriever", "reranker", "guardrail"),
    "evaluator",
)
_VALUE = (
    "coalesce("
    + ", ".join(member("a", f"value.{kind}Value") for kind in ("string", "int", "double", "bool"))
    + ")"
)


def _lacks(document: Any) -> str | None:
    found = document if isinstance(document, dict) else {}
    inner = found.get("trace")
    if isinstance((inner if isinstance(inner, dict) else found).get("resourceSpans"), list):
        return None
    batches = found.get("batches")
    if isinstance(batches, list) and all(
        isinstance(batch, dict) and (batch.keys() & {"scopeSpans", "instrumentationLibrarySpans"})
        for batch in batches
    ):
        return None
    return "it has no list `resourceSpans`"


_RESOURCES = """
    list_concat(
        json_extract(document, '$.resourceSpans[*]'),
        json_extract(document, '$.trace.resourceSpans[*]'),
        json_extract(document, '$.batches[*]')
    )
"""


def _hexadecimal(span_id: str) -> str:
    """An id in lower case as OTLP JSON has it; Tempo writes base64."""
    padded = f"rpad({span_id}, ceil(length({span_id}) / 4.0)::int * 4, '=')"
    return f"""
        case
            when regexp_matches({span_id}, '^([0-9A-Fa-f]{{16}}|[0-9A-Fa-f]{{32}})$')
                then lower({span_id})
            when length(rtrim({span_id}, '=')) in (11, 22) then lower(hex(from_base64({padded})))
            else {span_id}
        end
    """


def _attribute(names: tuple[str, ...]) -> str:
    """The value of the first of these attributes that a span has."""
    values = (
        f"list_filter(attributes, lambda a: {member('a', 'key')} = '{name}')[1]" for name in names
    )
    return "coalesce(" + ", ".join(_VALUE.replace("(a,", f"({value},") for value in values) + ")"


_NAMES = ", ".join(f"'{name}'" for names in _ATTRIBUTES.values() for name in names)
_READ = ", ".join(f"{_attribute(names)} as {name}" for name, names in _ATTRIBUTES.items())
_LISTED = {
    name: ", ".join(f"'{each}'" for each in names)
    for name, names in (("calls", _CALLS), ("no_calls", _NO_CALLS))
}

_SPANS = f"""
    spans as (
        select
            *,
            case
                when input is null and output is null then 'no usage'
                when lower(operation) in ({_LISTED["calls"]}) and not is_at_server then 'call'
                when
                    is_at_server
                    or lower(operation) in ({_LISTED["no_calls"]})
                    or lower(span_kind) in ({_LISTED["no_calls"]})
                    then 'sum'
                else 'call'
            end as role,
            coalesce(lower(operation), '') in ('embeddings', 'embedding') as is_embedding
        from records
    ),

    {INNERMOST}
"""

_MODEL = without_maker("model")
# some servers number their responses, and begin again
_RESPONSE = "case when length(response_id) >= 16 then response_id else span_id end"

EXPORT = Export(
    name="otlp-spans",
    title="OpenTelemetry's spans of generative AI",
    upstream="open-telemetry/semantic-conventions, docs/gen-ai/gen-ai-spans.md at 01d94504d2ec, the"
    " constants of its JavaScript package (cached tokens), and OpenInference's llm.token_count.…",
    records=Documents(
        lacks=_lacks,
        records=f"""
            select
                * exclude (attributes),
                {_READ},
                coalesce(span_kind_code, '') in ('2', '4', '5')
                or regexp_matches(coalesce(span_kind_code, ''), 'SERVER|PRODUCER|CONSUMER')
                    as is_at_server
            from (
                select
                    row_number() over () as unit,
                    record,
                    service,
                    {_hexadecimal(member("record", "traceId"))} as trace_id,
                    {_hexadecimal(member("record", "spanId"))} as span_id,
                    nullif({_hexadecimal(member("record", "parentSpanId"))}, '') as parent_id,
                    {member("record", "kind")} as span_kind_code,
                    {member("record", "startTimeUnixNano")} as started,
                    list_filter(
                        json_extract(record, '$.attributes[*]'),
                        lambda a: {member("a", "key")} in ({_NAMES})
                    ) as attributes
                from (
                    select service, {elements("scope -> '$.spans'")} as record
                    from (
                        select
                            list_filter(
                                json_extract(resource, '$.resource.attributes[*]'),
                                lambda a: {member("a", "key")} = 'service.name'
                            )[1] ->> '$.value.stringValue' as service,
                            {
            elements(
                "coalesce(resource -> '$.scopeSpans', resource -> '$.instrumentationLibrarySpans')"
            )
        } as scope
                        from (
                            select unnest({_RESOURCES}) as resource
                            from documents
                        )
                    )
                )
            )
        """,
        members=(
            *("traceId", "spanId", "traceState", "parentSpanId", "flags", "name", "kind"),
            *("startTimeUnixNano", "endTimeUnixNano", "attributes", "droppedAttributesCount"),
            *("events", "droppedEventsCount", "links", "droppedLinksCount", "status"),
        ),
    ),
    best=GROWS,
    is_of_provider=False,
    usage=f"""
        with recursive {_SPANS},

        counts as (
            select
                *,
                coalesce(input::bigint, 0) as given_in,
                coalesce(output::bigint, 0) as given_out,
                coalesce(cached::bigint, 0) + coalesce(written::bigint, 0) as cached_in,
                case
                    when cached_in = 0 then null
                    when cached_in > given_in then 'excludes cached'
                    when total::bigint = given_in + cached_in + given_out then 'excludes cached'
                    -- Anthropic gives no total: an emitter's own proves nothing
                    when
                        total::bigint = given_in + given_out
                        and not contains(lower(coalesce(model, '')), 'claude')
                        then 'includes cached'
                    else 'assumed to include cached'
                end as convention,
                given_in + case when convention = 'excludes cached' then cached_in else 0 end
                    as total_in
            from judged
            where role = 'call'
        )

        select
            unit,
            coalesce({provider("named_provider")}, {maker(_MODEL, "'unknown'")}) as provider,
            {identity("trace_id", _RESPONSE)} as identity,
            coalesce(nullif({_MODEL}, ''), 'unknown') as model,
            make_timestamp(started::bigint // 1000) as "timestamp",
            total_in as tokens_in,
            given_out as tokens_out,
            cached as input_cached_tokens,
            written as input_cache_write_tokens,
            case
                when convention in ('includes cached', 'excludes cached') then total_in - cached_in
            end as input_uncached_tokens,
            cost as cost_estimate,
            1 as num_model_requests,
            conversation as session_id,
            end_user as end_user_id,
            coalesce(response_id, trace_id || ' ' || span_id) as request_id,
            nullif(
                json_merge_patch('{{}}', json_object(
                    'service', service,
                    'input_convention', convention
                ))::varchar,
                '{{}}'
            ) as tags
        from counts
    """,
    left_out=f"""
        with recursive {_SPANS}

        select
            case
                when role = 'sum'
                    then 'spans of agents, tools or servers sum up or repeat the calls in them'
                else 'these calls contain another one, which counts'
            end as reason,
            count(*) as rows
        from judged
        where role in ('sum', 'outer call')
        group by 1
    """,
)
