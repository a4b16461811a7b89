"""OpenAI's usage API: pages of `/v1/organization/usage/…`, of any of its ten endpoints.

| their field | our column | trap |
|---|---|---|
| `start_time`, `end_time` | `window_start`, `window_end` | the end is exclusive |
| `input_tokens` | `tokens_in` | includes what was cached and written |
| `input_cached_tokens`, … | the same | |
| `input_uncached_tokens` | the same | leaves out what was written |
| `input_cache_write_tokens` | the same | since GPT-5.6 only |
| `user_id`, `api_key_id` | `openai_user_id`, `openai_api_key_id` | null where not grouped by it |
| `num_sessions`, `images`, … | `quantity`, `quantity_unit` | these have no tokens |
| `source`, `size`, … | `tags` | they tell results of one bucket apart |
"""

from tokenmart.land.exports.export import GROWS, Documents, Export, at, identity, member
from tokenmart.land.exports.openai_pages import HAS_MORE, RESULTS, lacks_results_of

_TOKENS = (
    *("input_cached_tokens", "input_uncached_tokens", "input_cache_write_tokens"),
    *("input_text_tokens", "input_cached_text_tokens", "output_text_tokens"),
    *("input_audio_tokens", "input_cached_audio_tokens", "output_audio_tokens"),
    *("input_image_tokens", "input_cached_image_tokens", "output_image_tokens"),
)
_UNITS = {
    "images": "images",
    "seconds": "seconds",
    "characters": "characters",
    "usage_bytes": "bytes",
    "num_sessions": "sessions",
    "num_requests": "requests",
}
_DIMENSIONS = ("project_id", "user_id", "api_key_id", "model", "batch", "service_tier")
_DETAILS = ("source", "size", "context_level", "vector_store_id")


def _of(name: str) -> str:
    return member("record", name)


_IDENTITY = identity(
    *("start_time", "end_time", _of("object")), *map(_of, _DIMENSIONS), *map(_of, _DETAILS)
)
_UNIT = " ".join(f"when {_of(name)} is not null then '{unit}'" for name, unit in _UNITS.items())
_TAGS = ", ".join(f"'{name}', {_of(name)}" for name in _DETAILS)

EXPORT = Export(
    name="openai-usage",
    title="pages of OpenAI's usage API",
    upstream="openai/openai-openapi, schema UsageResponse, as of November 2026",
    records=Documents(
        lacks=lacks_results_of("organization.usage."),
        records=RESULTS,
        has_more=HAS_MORE,
        members=(
            *("object", "input_tokens", "output_tokens", "num_model_requests"),
            *(*_TOKENS, *_DIMENSIONS, *_DETAILS, *_UNITS),
        ),
    ),
    is_grouped=True,
    best=GROWS,
    usage=f"""
        select
            unit,
            'openai' as provider,
            {_IDENTITY} as identity,
            coalesce(nullif({_of("model")}, ''), split_part({_of("object")}, '.', 3)) as model,
            {at("start_time")} as "timestamp",
            {at("start_time")} as window_start,
            {at("end_time")} as window_end,
            {_of("input_tokens")} as tokens_in,
            {_of("output_tokens")} as tokens_out,
            {_of("num_model_requests")} as num_model_requests,
            {", ".join(f"{_of(name)} as {name}" for name in _TOKENS)},
            {_of("project_id")} as project_id,
            {_of("user_id")} as openai_user_id,
            {_of("api_key_id")} as openai_api_key_id,
            {_of("batch")} as batch,
            {_of("service_tier")} as service_tier,
            coalesce({", ".join(map(_of, _UNITS))}) as quantity,
            case {_UNIT} end as quantity_unit,
            nullif(json_merge_patch('{{}}', json_object({_TAGS}))::varchar, '{{}}') as tags
        from records
    """,
)
