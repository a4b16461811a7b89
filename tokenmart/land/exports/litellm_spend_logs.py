"""LiteLLM's table `LiteLLM_SpendLogs`: one row a request, as CSV, Parquet or JSON lines.

| their field | our column | trap |
|---|---|---|
| `request_id` | `request_id` | the identity; the row that came last counts |
| `startTime` | `timestamp` | UTC, with or without a zone |
| `prompt_tokens` | `tokens_in` | includes cache reads and writes, mostly |
| `completion_tokens` | `tokens_out` | includes reasoning |
| `metadata.usage_object` | `input_cached_tokens`, … | `metadata` may be JSON or its text |
| `metadata.additional_usage_values` | the same | either may be missing |
| `model`, `custom_llm_provider` | `model`, provider | `openai/gpt-4o` or `gpt-4o` |
| `spend` | `cost_estimate` | a float of dollars |
| `api_key` | `openai_api_key_id` | already a hash |
| `user` | `openai_user_id` | empty text for none |
| `end_user`, `team_id`, `session_id` | `end_user_id`, the same | empty text for none |
| `metadata.user_api_key_project_id` | `project_id` | |
| `request_tags` | `tags` | a JSON list, or its text |
| `organization_id`, `agent_id` | `tags` | |
| `cache_hit` | | `True`: replayed from LiteLLM's own cache |
| `status` | | a failure may have tokens |
| `call_type` | `batch` | `aretrieve_batch` is a whole batch |

**Replayed responses** carry the tokens of the request that first made them, at a spend of 0. They
used no model, and are left out; so are failures without tokens.

**Pass-through endpoints** have logged counts as Anthropic has them, without what was cached. A row
shows it if more was cached than the prompt has, or by its `total_tokens`.
"""

from tokenmart.land.exports.export import Export, Rows, identity, member, utc, whole
from tokenmart.land.exports.litellm import MODEL, PROVIDER

_USAGES = ("usage_object", "additional_usage_values")
_DETAILS = "prompt_tokens_details"
_BY_LIFE = f"{_DETAILS}.cache_creation_token_details"


def _most(*paths: str) -> str:
    """The count that any of these members of a usage has: one may be 0 where another is filled."""
    counts = (
        f"try_cast({member('metadata', f'{usage}.{path}')} as bigint)"
        for path in paths
        for usage in _USAGES
    )
    return f"greatest({', '.join(counts)})"


_IS_REPLAYED = "lower(coalesce(cache_hit, '')) = 'true'"
_HAS_FAILED = f"""
    coalesce(nullif(status, ''), {member("metadata", "status")}, '') = 'failure'
    and coalesce({whole("prompt_tokens")}, 0) + coalesce({whole("completion_tokens")}, 0) = 0
"""

EXPORT = Export(
    name="litellm-spend-logs",
    title="LiteLLM's spend logs",
    upstream="BerriAI/litellm, schema.prisma at 029f645f1c81 and spend_tracking_utils.py at"
    " 00907c60692d, model LiteLLM_SpendLogs",
    records=Rows(
        columns=(
            *("request_id", "startTime", "model", "spend"),
            *("prompt_tokens", "completion_tokens"),
        ),
        optional=(
            *("call_type", "api_key", "total_tokens", "model_group", "custom_llm_provider", "user"),
            *("metadata", "cache_hit", "request_tags", "team_id", "organization_id", "end_user"),
            *("session_id", "status", "agent_id"),
        ),
        unread=(
            *("endTime", "request_duration_ms", "completionStartTime", "model_id", "api_base"),
            *("cache_key", "requester_ip_address", "messages", "response"),
            *("mcp_namespaced_tool_name", "proxy_server_request"),
        ),
    ),
    usage=f"""
        with usages as (
            select
                * replace (try_cast(metadata as json) as metadata),
                coalesce({whole("prompt_tokens")}, 0) as given_in,
                coalesce({whole("completion_tokens")}, 0) as given_out
            from records
        ),

        caches as (
            select
                *,
                {_most("cache_read_input_tokens", f"{_DETAILS}.cached_tokens")} as cached_in,
                {_most("cache_creation_input_tokens", f"{_DETAILS}.cache_creation_tokens")}
                    as written_in,
                {_most(f"{_BY_LIFE}.ephemeral_5m_input_tokens")} as written_5m_in,
                {_most(f"{_BY_LIFE}.ephemeral_1h_input_tokens")} as written_1h_in,
                {_most(f"{_DETAILS}.audio_tokens")} as audio_in,
                {_most("completion_tokens_details.audio_tokens")} as audio_out
            from usages
        ),

        -- rows of pass-through endpoints count as Anthropic does: what is cached comes on top
        totals as (
            select
                *,
                coalesce(cached_in, 0) + coalesce(written_in, 0) as cache_in,
                given_in + given_out as given,
                case
                    when
                        cache_in > given_in
                        or (
                            {whole("total_tokens")} <> given
                            and {whole("total_tokens")} = given + cache_in
                        )
                        then cache_in
                    else 0
                end as beside_in
            from caches
        )

        select
            position as unit,
            {PROVIDER} as provider,
            {identity("request_id")} as identity,
            {MODEL} as model,
            {utc('"startTime"')} as "timestamp",
            given_in + beside_in as tokens_in,
            given_out as tokens_out,
            cached_in as input_cached_tokens,
            written_in as input_cache_write_tokens,
            written_5m_in as input_cache_write_5m_tokens,
            written_1h_in as input_cache_write_1h_tokens,
            case
                when cache_in > 0 and coalesce(audio_in, 0) = 0
                    then given_in + beside_in - cache_in
            end as input_uncached_tokens,
            nullif(audio_in, 0) as input_audio_tokens,
            nullif(audio_out, 0) as output_audio_tokens,
            spend as cost_estimate,
            1 as num_model_requests,
            case when call_type like '%retrieve_batch' then true end as batch,
            {member("metadata", "user_api_key_project_id")} as project_id,
            nullif(api_key, '') as openai_api_key_id,
            nullif("user", '') as openai_user_id,
            nullif(end_user, '') as end_user_id,
            nullif(team_id, '') as team_id,
            nullif(session_id, '') as session_id,
            request_id,
            nullif(
                json_merge_patch('{{}}', json_object(
                    'request_tags', nullif(try_cast(request_tags as json), '[]'::json),
                    'organization_id', nullif(organization_id, ''),
                    'agent_id', nullif(agent_id, '')
                ))::varchar,
                '{{}}'
            ) as tags
        from totals
        where not {_IS_REPLAYED} and not ({_HAS_FAILED})
    """,
    left_out=f"""
        with usages as (
            select * replace (try_cast(metadata as json) as metadata) from records
        )

        select
            case
                when {_IS_REPLAYED}
                    then 'LiteLLM replayed these responses from its cache, no model was used'
                else 'these requests failed without tokens'
            end as reason,
            count(*) as rows
        from usages
        where {_IS_REPLAYED} or ({_HAS_FAILED})
        group by 1
    """,
)
