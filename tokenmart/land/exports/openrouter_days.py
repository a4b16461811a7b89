"""OpenRouter's activity, the answer of `/api/v1/activity`: a row a day, model and endpoint.

| their field | our column | trap |
|---|---|---|
| `date` | `timestamp`, the window, `usage_date` | a UTC day that is over |
| `model_permaslug` | `model`, `line_item` | with date, endpoint and provider the identity |
| `provider_name` | `tags` | who served the model |
| `prompt_tokens` | `tokens_in` | what was cached is not told apart |
| `completion_tokens` | `tokens_out` | includes `reasoning_tokens` |
| `requests` | `num_model_requests` | |
| `usage` | `cost_estimate`, `amount_usd` | dollars that OpenRouter charges |
| `byok_usage_inference` | `tags` | paid to the provider, on no bill of OpenRouter's |
"""

from tokenmart.land.exports.export import GROWS, Export, Rows, given, identity, utc
from tokenmart.land.exports.openrouter import MODEL

_ROW = identity(
    f"({utc('date')}::date)", *map(given, ("model_permaslug", "endpoint_id", "provider_name"))
)

EXPORT = Export(
    name="openrouter-days",
    title="the days of OpenRouter's activity",
    upstream="openrouter.ai/docs/api, analytics, get-user-activity, as of November 2026",
    records=Rows(
        columns=(
            *("date", "model_permaslug", "endpoint_id", "usage", "requests", "prompt_tokens"),
            "completion_tokens",
        ),
        optional=("provider_name", "byok_usage_inference"),
        unread=("model", "reasoning_tokens"),
    ),
    best=GROWS,
    usage=f"""
        select
            position as unit,
            'openrouter' as provider,
            {_ROW} as identity,
            {MODEL} as model,
            {utc("date")}::date::timestamp as "timestamp",
            {utc("date")}::date::timestamp as window_start,
            {utc("date")}::date + interval 1 day as window_end,
            prompt_tokens as tokens_in,
            completion_tokens as tokens_out,
            usage as cost_estimate,
            requests as num_model_requests,
            nullif(
                json_merge_patch('{{}}', json_object(
                    'provider', nullif(provider_name, ''),
                    'endpoint', nullif(endpoint_id, ''),
                    'byok_usd', case when try_cast(byok_usage_inference as double) > 0
                        then byok_usage_inference end
                ))::varchar,
                '{{}}'
            ) as tags
        from records
    """,
    bill=f"""
        select
            0 as unit,
            {utc("date")}::date as usage_date,
            'openrouter' as provider,
            model_permaslug as line_item,
            usage as amount_usd,
            null::varchar as quantity,
            'USD' as currency,
            md5({_ROW}) as line_id
        from records
        qualify row_number() over (partition by {_ROW} order by position desc) = 1
    """,
    has_line_ids=True,
)
