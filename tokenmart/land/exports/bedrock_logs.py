"""The log of model invocations that Amazon Bedrock writes to S3: a JSON document a request.

| their field | our column | trap |
|---|---|---|
| `requestId`, `accountId` | `request_id`, the identity | |
| `timestamp` | the same | UTC |
| `modelId` | `model` | may be an ARN; a profile of your own hides the model |
| `input.inputTokenCount` | `input_uncached_tokens` | leaves out what was cached and written |
| `input.cacheReadInputTokenCount` | `input_cached_tokens` | or what Claude's answer says |
| `input.cacheWriteInputTokenCount` | `input_cache_write_tokens` | the same |
| `….usage.cache_creation` | `input_cache_write_1h_tokens`, … | in Claude's answer only |
| `output.outputTokenCount` | `tokens_out` | |
| `accountId` | `project_id` | as in the Cost and Usage Report |
| `identity.arn` | `openai_user_id` | without the account |
| `requestMetadata` | `tags` | what the caller says of the request |

What was written and answered is in the log, too, and is not landed. A request that failed has no
tokens and is left out.
"""

from typing import Any

from tokenmart.land.exports.export import Documents, Export, identity, member, utc


def _lacks(document: Any) -> str | None:
    is_log = isinstance(document, dict) and document.get("schemaType") == "ModelInvocationLog"
    return None if is_log else "it is no log of invocations (`schemaType`)"


def _of(path: str) -> str:
    return member("record", path)


def _number(text: str) -> str:
    return f"coalesce(({text})::bigint, 0)"


def _of_answer(path: str) -> str:
    """What Claude's answer says, whole or as a stream."""
    whole, stream = (f"output.outputBodyJson{part}.{path}" for part in ("", "[0].message"))
    return f"coalesce({_of(whole)}, {_of(stream)})"


_MODEL = f"""
    case
        when regexp_matches({_of("modelId")}, ':(application-inference-profile|[a-z]*-?model)/')
            and not contains({_of("modelId")}, ':foundation-model/')
            then coalesce({_of_answer("model")}, {_of("modelId")})
        else regexp_replace({_of("modelId")}, '^arn:[^/]*/', '')
    end
"""
_CACHED = f"""coalesce(
    {_of("input.cacheReadInputTokenCount")}, {_of_answer("usage.cache_read_input_tokens")}
)"""
_WRITTEN = f"""coalesce(
    {_of("input.cacheWriteInputTokenCount")}, {_of_answer("usage.cache_creation_input_tokens")}
)"""
_IS_LOG = f"(coalesce({_of('schemaType')}, '') = 'ModelInvocationLog')"
_IS_EMPTY = f"""(
    coalesce({_of("input.inputTokenCount")}, {_of("output.outputTokenCount")}) is null
    and coalesce({_CACHED}, {_WRITTEN}) is null
)"""

EXPORT = Export(
    name="bedrock-logs",
    title="Amazon Bedrock's log of model invocations",
    upstream="docs.aws.amazon.com, Bedrock, model invocation logging, schemaVersion 1.0, as of"
    " November 2026",
    records=Documents(
        lacks=_lacks,
        records="select unit, document as record from documents",
        members=(
            *("schemaType", "schemaVersion", "timestamp", "accountId", "identity", "region"),
            *("requestId", "operation", "modelId", "modelArn", "input", "output", "errorCode"),
            *("requestMetadata", "inferenceRegion", "performanceConfig", "serviceTier"),
            *("additionalModelRequestFields", "guardrail"),
        ),
    ),
    usage=f"""
        select
            unit,
            'bedrock' as provider,
            {identity(_of("accountId"), f"coalesce({_of('requestId')}, md5(record::varchar))")}
                as identity,
            {_of("requestId")} as request_id,
            {_MODEL} as model,
            {utc(_of("timestamp"))} as "timestamp",
            {_number(_of("input.inputTokenCount"))} + {_number(_CACHED)} + {_number(_WRITTEN)}
                as tokens_in,
            {_of("input.inputTokenCount")} as input_uncached_tokens,
            {_CACHED} as input_cached_tokens,
            {_WRITTEN} as input_cache_write_tokens,
            {_of_answer("usage.cache_creation.ephemeral_5m_input_tokens")}
                as input_cache_write_5m_tokens,
            {_of_answer("usage.cache_creation.ephemeral_1h_input_tokens")}
                as input_cache_write_1h_tokens,
            {_number(_of("output.outputTokenCount"))} as tokens_out,
            1 as num_model_requests,
            {_of("accountId")} as project_id,
            regexp_replace({_of("identity.arn")}, '^arn:([^:]*:){{4}}', '') as openai_user_id,
            nullif(({_of("requestMetadata")})::varchar, '{{}}') as tags
        from records
        where {_IS_LOG} and not {_IS_EMPTY}
    """,
    left_out=f"""
        select
            case
                when {_IS_LOG} then 'these requests failed, or used no tokens'
                else 'they are no logs of invocations'
            end as reason,
            count(*) as rows
        from records
        where not {_IS_LOG} or {_IS_EMPTY}
        group by 1
    """,
)
