"""LiteLLM's six tables `LiteLLM_Daily…Spend`: six views of one spend, each a format of its own.

| their field | our column | trap |
|---|---|---|
| `date` | `window_start`, `window_end` | a UTC day as text |
| `prompt_tokens` | `tokens_in` | includes cache reads and writes |
| `cache_read_input_tokens` | `input_cached_tokens` | not in old versions |
| `cache_creation_input_tokens` | `input_cache_write_tokens` | not in old versions |
| `completion_tokens` | `tokens_out` | |
| `api_requests` | `num_model_requests` | includes failed ones |
| `spend` | `cost_estimate` | a float of dollars |
| `user_id`, `team_id`, `end_user_id` | `openai_user_id`, the same | |
| `organization_id`, `agent_id` | `tags` | |
| `endpoint`, `mcp_namespaced_tool_name`, the full model | `tags` | they tell rows of a day apart |
| `tag` | | a request counts for each of its tags |

**Land a day from one of them**; another view of it is refused (`tokenmart.land.double`). The view
by user is the most complete: the others have only requests that name a team, an organization, an
end user or an agent.

**The view by tag** counts a request once for each of its tags, and LiteLLM adds tags of its own.
Its rows are left out.

**Replayed responses** are in the tokens of these tables and cannot be told apart. Land the spend
logs where LiteLLM caches responses.
"""

from tokenmart.land.exports.export import Export, Rows, given, identity, whole
from tokenmart.land.exports.litellm import MODEL, PROVIDER

_UPSTREAM = "BerriAI/litellm, schema.prisma at 029f645f1c81, models LiteLLM_Daily…Spend"
_COUNTS = ("prompt_tokens", "completion_tokens", "api_requests")
_DETAILS = ("endpoint", "mcp_namespaced_tool_name")
_VIEWS = {
    "user": "user_id",
    "team": "team_id",
    "organization": "organization_id",
    "end-user": "end_user_id",
    "agent": "agent_id",
}
_OWN_COLUMNS = {
    "user_id": "openai_user_id",
    "team_id": "team_id",
    "end_user_id": "end_user_id",
}


def _rows(dimension: str, *unread: str) -> Rows:
    return Rows(
        columns=(dimension, "date", "api_key", "model", "spend", *_COUNTS),
        optional=(
            *("model_group", "custom_llm_provider", "cache_read_input_tokens"),
            *("cache_creation_input_tokens", *_DETAILS),
        ),
        unread=(
            "id",
            "successful_requests",
            "failed_requests",
            "created_at",
            "updated_at",
            *unread,
        ),
    )


def _view(view: str, dimension: str) -> Export:
    key = ("date", dimension, "api_key", "model", "custom_llm_provider", *_DETAILS)
    own = _OWN_COLUMNS.get(dimension)
    named = f"nullif({dimension}, '')"
    column = f"{named} as {own}," if own else ""
    in_tags = "" if own else f"'{dimension}', {named},"
    each = ", ".join(f"nullif({name}, '')" for name in key)
    prompt = whole("prompt_tokens")
    total = f"""case
        when cached + written > {prompt} then {prompt} + cached + written
        else {prompt}
    end"""
    return Export(
        name=f"litellm-daily-{view}",
        title=f"LiteLLM's daily spend by {view.replace('-', ' ')}",
        upstream=_UPSTREAM,
        records=_rows(dimension),
        # the table only adds to a row
        best=("coalesce(cast(num_model_requests as bigint), 0)",),
        usage=f"""
            with days as (
                select
                    *,
                    coalesce({whole("cache_read_input_tokens")}, 0) as cached,
                    coalesce({whole("cache_creation_input_tokens")}, 0) as written
                from records
                qualify
                    row_number() over (
                        partition by {each}
                        order by {whole("api_requests")} desc, position desc
                    ) = 1
            )

            select
                unit,
                {PROVIDER} as provider,
                {identity(*(f"nullif({name}, '')" for name in key))} as identity,
                {MODEL} as model,
                "date"::date::timestamp as "timestamp",
                "date"::date::timestamp as window_start,
                "date"::date + interval 1 day as window_end,
                {total} as tokens_in,
                completion_tokens as tokens_out,
                cached as input_cached_tokens,
                written as input_cache_write_tokens,
                case when cached + written > 0 then {total} - cached - written end
                    as input_uncached_tokens,
                {whole("api_requests")} as num_model_requests,
                round({given("spend")}::double, 6)::decimal(18, 6) as cost_estimate,
                {column}
                nullif(api_key, '') as openai_api_key_id,
                -- rows of a day that differ in these alone are windows of their own
                nullif(
                    json_merge_patch('{{}}', json_object(
                        {in_tags}
                        'endpoint', nullif(endpoint, ''),
                        'mcp_tool', nullif(mcp_namespaced_tool_name, ''),
                        'model', case when model <> {MODEL} then model end
                    ))::varchar,
                    '{{}}'
                ) as tags
            from days
        """,
    )


# the view by tag comes first: it has a team_id too in the newest versions
EXPORTS = (
    Export(
        name="litellm-daily-tag",
        title="LiteLLM's daily spend by tag",
        upstream=_UPSTREAM,
        records=_rows("tag", "request_id", "team_id"),
        usage="""
            select position as unit, '' as provider, '' as identity, model, "date" as "timestamp"
            from records
            where false
        """,
        left_out="""
            select
                'the view by tag counts a request once for each of its tags; land the spend logs '
                || 'or the view by user' as reason,
                count(*) as rows
            from records
        """,
    ),
    *(_view(view, dimension) for view, dimension in _VIEWS.items()),
)
