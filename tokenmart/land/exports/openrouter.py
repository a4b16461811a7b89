"""OpenRouter's activity, the CSV file of its dashboard: usage and bill in one, a row a generation.

| their field | our column | trap |
|---|---|---|
| `generation_id` | `request_id`, `line_id` | the identity; the row that came last counts |
| `created_at` | `timestamp`, `usage_date` | UTC without a zone |
| `model_permaslug` | `model`, `line_item` | the maker comes first: `anthropic/claude-…` |
| `provider_name` | `tags` | who served the model |
| `tokens_prompt` | `tokens_in` | includes what was cached |
| `tokens_cached` | `input_cached_tokens` | |
| `tokens_completion` | `tokens_out` | includes `tokens_reasoning` |
| `cost_total` | `cost_estimate`, `amount_usd` | includes `cost_web_search` and the like |
| `byok_usage_inference` | `tags` | paid to the provider, on no bill of OpenRouter's |
| `api_key_name` | `openai_api_key_id`, `api_key_id` | |
| `user`, `app_name` | `end_user_id`, `tags` | |

**The provider** is `openrouter`, which charges for it, so that usage and bill can be compared.

**The bill** has a line a generation, so that a day may come in parts.
"""

from tokenmart.land.exports.export import Export, Rows, given, identity, utc, whole
from tokenmart.land.exports.providers import family_first

MODEL = family_first("regexp_replace(model_permaslug, '^[^/]*/', '')")
"""SQL for the model as its maker names it."""

_ONCE = f"""
    select *
    from records
    where {given("generation_id")} is not null
    qualify row_number() over (partition by generation_id order by position desc) = 1
"""

EXPORT = Export(
    name="openrouter",
    title="the activity export of OpenRouter",
    upstream="the dashboard's CSV of 2026, as public readers of it have it (CodexClawd/codexclawd"
    " at 05e84028c108)",
    records=Rows(
        columns=(
            *("generation_id", "created_at", "cost_total", "tokens_prompt", "tokens_completion"),
            "model_permaslug",
        ),
        optional=(
            *("tokens_cached", "provider_name", "byok_usage_inference", "api_key_name"),
            *("app_name", "user"),
        ),
        unread=(
            *("tokens_reasoning", "cost_web_search", "cost_cache", "cost_file_processing"),
            *("variant", "cancelled", "streamed", "finish_reason_raw", "finish_reason_normalized"),
            *("generation_time_ms", "time_to_first_token_ms", "api_key_disabled"),
            "num_search_results",
        ),
    ),
    usage=f"""
        select
            position as unit,
            'openrouter' as provider,
            {identity("generation_id")} as identity,
            {MODEL} as model,
            {utc("created_at")} as "timestamp",
            tokens_prompt as tokens_in,
            nullif({whole("tokens_cached")}, 0) as input_cached_tokens,
            tokens_completion as tokens_out,
            cost_total as cost_estimate,
            1 as num_model_requests,
            nullif(api_key_name, '') as openai_api_key_id,
            nullif("user", '') as end_user_id,
            generation_id as request_id,
            nullif(
                json_merge_patch('{{}}', json_object(
                    'provider', nullif(provider_name, ''),
                    'app', nullif(app_name, ''),
                    'byok_usd', case when try_cast(byok_usage_inference as double) > 0
                        then byok_usage_inference end
                ))::varchar,
                '{{}}'
            ) as tags
        from ({_ONCE})
    """,
    has_line_ids=True,
    bill=f"""
        select
            0 as unit,
            {utc("created_at")}::date as usage_date,
            'openrouter' as provider,
            nullif(api_key_name, '') as api_key_id,
            model_permaslug as line_item,
            cost_total as amount_usd,
            null::varchar as quantity,
            'USD' as currency,
            generation_id as line_id
        from ({_ONCE})
    """,
)
