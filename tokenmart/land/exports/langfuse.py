"""Langfuse's observations: files of its blob storage export, or answers of its API.

| their field | our column | trap |
|---|---|---|
| `trace_id`, `id` | the identity | an observation may be exported again as it grows |
| `start_time` | `timestamp` | UTC without a zone |
| `usage_details.input` | `tokens_in` | leaves out what the other kinds of input hold |
| `….input_cached_tokens` and the like | `input_cached_tokens` | any name with `cache` |
| `….input_cache_creation` and the like | `input_cache_write_tokens` | `…_5m`, `…_1h` as well |
| `usage_details.output` | `tokens_out` | leaves out the other kinds, such as reasoning |
| `usage_details.total` | | tells whether the kinds come on top |
| `provided_model_name` | `model` | `model` in older exports and the API |
| `total_cost` | `cost_estimate` | a float of dollars, at Langfuse's prices |
| `project_id` | the same | Langfuse's own |
| `user_id`, `session_id` | `end_user_id`, `session_id` | of the trace; not in the older export |
| `tags`, `environment` | `tags` | tags of the trace |

The API writes `traceId` for `trace_id`, and so on.

**Which observations count.** Those with usage. Of an observation in which another one with usage
is, the inner one counts: two integrations report one call.

**What the input includes.** Langfuse holds kinds of usage that come on top of each other, and makes
the total of their sum. An application may report its own numbers: where the total shows that a kind
is a part of the input or the output, it is. The tag `input_convention` says how cached tokens were
understood, and `not_counted` what the total has of kinds that are neither input nor output.
"""

from tokenmart.land.exports.calls import INNERMOST
from tokenmart.land.exports.export import GROWS, Export, Rows, given, identity, utc
from tokenmart.land.exports.providers import maker, without_maker

_OUTPUT = "regexp_matches(kind.key, 'output|completion|reasoning|thought|candidate')"
_INPUT = f"regexp_matches(kind.key, 'input|prompt|cache') and not {_OUTPUT}"
_WRITTEN = f"{_INPUT} and regexp_matches(kind.key, 'creat|writ')"
_CACHED = f"{_INPUT} and contains(kind.key, 'cache') and not regexp_matches(kind.key, 'creat|writ')"
_TOTAL = "starts_with(kind.key, 'total')"
_WHOLE_INPUT = "regexp_matches(kind.key, '^(input|prompt)_?(token(_?count|s))?$')"
_WHOLE_OUTPUT = "regexp_matches(kind.key, '^(output|completion|candidates)_?(token(_?count|s))?$')"


def _of_kinds(total: str, condition: str) -> str:
    """What a function of lists makes of the kinds of usage for which it is true; null of none."""
    return f"{total}([kind.value for kind in kinds if {condition}])"


def _sum(condition: str) -> str:
    return _of_kinds("list_sum", condition)


def _numbers(value: str) -> str:
    """The numbers of a JSON object, by name; null if it is no object."""
    return f"try_cast(try_cast({value} as json) as map(varchar, decimal(38, 6)))"


_OBSERVATIONS = f"""
    observations as (
        select
            * replace (coalesce({given("provided_model_name")}, model) as provided_model_name),
            {_numbers("usage_details")} as details,
            {_numbers("usage")} as older_details
        from records
    ),

    usages as (
        select
            *,
            [
                {{key: lower(entry.key), value: entry.value::hugeint}}
                for entry in map_entries(
                    case when cardinality(details) > 0 then details
                    else coalesce(older_details, map()) end
                )
                if entry.value > 0
            ] as kinds
        from observations
    ),

    kinds as (
        select
            *,
            coalesce({_of_kinds("list_max", _WHOLE_INPUT)}, 0) as given_in,
            coalesce({_sum(f"{_INPUT} and not {_WHOLE_INPUT}")}, 0) as parts_in,
            coalesce({_of_kinds("list_max", _WHOLE_OUTPUT)}, 0) as given_out,
            coalesce({_sum(f"{_OUTPUT} and not {_WHOLE_OUTPUT}")}, 0) as parts_out,
            {_of_kinds("list_max", _TOTAL)} as total
        from usages
    ),

    spans as (
        select
            *,
            id as span_id,
            {given("parent_observation_id")} as parent_id,
            type = 'EMBEDDING' as is_embedding,
            case
                when upper(try_cast(usage as json) ->> '$.unit') <> 'TOKENS' then 'other unit'
                when given_in + parts_in + given_out + parts_out + coalesce(total, 0) > 0
                    then 'call'
                when
                    details is null
                    and trim(coalesce(usage_details, '')) not in ('', '[]', 'null')
                    then 'unread'
                else 'no usage'
            end as role
        from kinds
    ),
    {INNERMOST}
"""

_MODEL = without_maker("provided_model_name")

EXPORT = Export(
    name="langfuse",
    title="Langfuse's observations",
    upstream="langfuse/langfuse-docs, blob-storage-export-fields.mdx at 05bdc0e1000f, and"
    " langfuse/langfuse, OtelIngestionProcessor.usageDetails.test.ts at 1160d3152103 (what comes on"
    " top)",
    records=Rows(
        columns=("id", "trace_id", "type", "start_time", "usage_details"),
        optional=(
            *("parent_observation_id", "provided_model_name", "total_cost", "project_id"),
            *("environment", "user_id", "session_id", "tags", "model", "usage"),
            "calculatedTotalCost",
        ),
        unread=(
            *("end_time", "name", "metadata", "level", "status_message", "version", "input"),
            *("output", "model_parameters", "cost_details", "completion_start_time", "prompt_*"),
            *("latency", "time_to_first_token", "model_id", "created_at", "updated_at"),
            *("tool_*", "usage_pricing_tier_*", "*_price", "trace_name", "release", "bookmarked"),
            *("public", "endTime", "statusMessage", "modelParameters", "costDetails", "prompt*"),
            *("completionStartTime", "timeToFirstToken", "modelId", "createdAt", "updatedAt"),
            *("usagePricingTier*", "*Price", "traceName", "tool*", "unit", "*Cost"),
            *("inputUsage", "outputUsage", "totalUsage", "promptTokens", "completionTokens"),
            *("totalTokens", "*_usage", "*_cost", "internalModel*"),
        ),
        spellings={
            "trace_id": ("traceId",),
            "start_time": ("startTime",),
            "usage_details": ("usageDetails",),
            "parent_observation_id": ("parentObservationId",),
            "provided_model_name": ("providedModelName",),
            "total_cost": ("totalCost",),
            "project_id": ("projectId",),
            "user_id": ("userId",),
            "session_id": ("sessionId",),
            "tags": ("traceTags",),
        },
    ),
    best=GROWS,
    is_of_provider=False,
    usage=f"""
        with recursive {_OBSERVATIONS},

        counts as (
            select
                *,
                coalesce({_sum(_CACHED)}, 0) as cached_in,
                {_sum(f"{_WRITTEN} and contains(kind.key, '5m')")} as written_5m_in,
                {_sum(f"{_WRITTEN} and contains(kind.key, '1h')")} as written_1h_in,
                coalesce({_sum(_WRITTEN)}, 0) as written_in,
                coalesce({_sum(f"{_INPUT} and contains(kind.key, 'audio')")}, 0) as audio_in,
                coalesce({_sum(f"{_OUTPUT} and contains(kind.key, 'audio')")}, 0) as audio_out,
                given_in + parts_in + given_out + parts_out as sum_of_kinds,
                coalesce(total < sum_of_kinds, false) as is_less,
                -- an Anthropic response has no total: an application's own proves nothing
                is_less
                and parts_in between 1 and given_in
                and total in (given_in + given_out, given_in + given_out + parts_out)
                and not contains(lower(coalesce(provided_model_name, '')), 'claude')
                    as includes_parts_in,
                is_less
                and parts_out between 1 and given_out
                and total in (given_in + given_out, given_in + parts_in + given_out)
                    as includes_parts_out
            from judged
            where role = 'call'
        )

        select
            row_number() over () as unit,
            {maker(_MODEL, "'unknown'")} as provider,
            {identity(given("trace_id"), "id")} as identity,
            coalesce(nullif({_MODEL}, ''), 'unknown') as model,
            {utc("start_time")} as "timestamp",
            case
                when sum_of_kinds = 0 then total
                else given_in + case when includes_parts_in then 0 else parts_in end
            end as tokens_in,
            given_out + case when includes_parts_out then 0 else parts_out end as tokens_out,
            nullif(cached_in, 0) as input_cached_tokens,
            nullif(written_in, 0) as input_cache_write_tokens,
            written_5m_in as input_cache_write_5m_tokens,
            written_1h_in as input_cache_write_1h_tokens,
            case
                when cached_in + written_in > 0 and audio_in = 0
                    then tokens_in - cached_in - written_in
            end as input_uncached_tokens,
            nullif(audio_in, 0) as input_audio_tokens,
            nullif(audio_out, 0) as output_audio_tokens,
            coalesce({given("total_cost")}, {given('"calculatedTotalCost"')}) as cost_estimate,
            1 as num_model_requests,
            {given("project_id")} as project_id,
            {given("user_id")} as end_user_id,
            {given("session_id")} as session_id,
            id as request_id,
            nullif(
                json_merge_patch('{{}}', json_object(
                    'environment', {given("environment")},
                    'tags', nullif(try_cast(tags as json), '[]'::json),
                    'input_convention', case
                        when sum_of_kinds = 0 then 'a total only'
                        when parts_in = 0 then null
                        when includes_parts_in then 'includes cached'
                        when total = sum_of_kinds then 'excludes cached'
                        else 'assumed to exclude cached'
                    end,
                    'not_counted', case
                        when total > sum_of_kinds and sum_of_kinds > 0 then total - sum_of_kinds
                    end
                ))::varchar,
                '{{}}'
            ) as tags
        from counts
    """,
    left_out=f"""
        with recursive {_OBSERVATIONS}

        select
            case
                when role = 'no usage' then 'these observations have no usage of tokens'
                when role = 'unread'
                    then 'what they used cannot be read: it is no JSON object of numbers'
                when role = 'other unit' then 'what they used is counted in another unit'
                else 'these calls contain another one, which counts'
            end as reason,
            count(*) as rows
        from judged
        where role <> 'call'
        group by 1
    """,
)
