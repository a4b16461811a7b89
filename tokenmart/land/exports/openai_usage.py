"""OpenAI's usage: pages of `/v1/organization/usage/…`, and the CSV files of the dashboard.

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

from collections.abc import Callable
from functools import partial

from tokenmart.land.exports.export import (
    GROWS,
    Documents,
    Export,
    Rows,
    at,
    given,
    identity,
    member,
)
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


def _usage(of: Callable[[str], str], endpoint: str) -> str:
    """The rows of usage, of records of which ``of`` gives a field and that are of an endpoint."""
    unit = " ".join(f"when {of(name)} is not null then '{unit}'" for name, unit in _UNITS.items())
    tags = ", ".join(f"'{name}', {of(name)}" for name in _DETAILS)
    about = identity(
        *("start_time", "end_time", endpoint), *map(of, _DIMENSIONS), *map(of, _DETAILS)
    )
    return f"""
        select
            unit,
            'openai' as provider,
            {about} as identity,
            coalesce(nullif({of("model")}, ''), split_part({endpoint}, '.', 3)) as model,
            {at(given("start_time"))} as "timestamp",
            {at(given("start_time"))} as window_start,
            {at(given("end_time"))} as window_end,
            {of("input_tokens")} as tokens_in,
            {of("output_tokens")} as tokens_out,
            {of("num_model_requests")} as num_model_requests,
            {", ".join(f"{of(name)} as {name}" for name in _TOKENS)},
            {of("project_id")} as project_id,
            {of("user_id")} as openai_user_id,
            {of("api_key_id")} as openai_api_key_id,
            {of("batch")} as batch,
            {of("service_tier")} as service_tier,
            coalesce({", ".join(map(of, _UNITS))}) as quantity,
            case {unit} end as quantity_unit,
            nullif(json_merge_patch('{{}}', json_object({tags}))::varchar, '{{}}') as tags
        from records
    """


API = Export(
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
    usage=_usage(partial(member, "record"), member("record", "object")),
)

_NAMES = "|".join(
    (
        *("completions", "embeddings", "moderations", "images", "audio_speeches"),
        *("audio_transcriptions", "vector_stores", "code_interpreter_sessions"),
        *("file_search_calls", "web_search_calls"),
    )
)
# a row does not say it: by the figures that only one has, or by the file's name where the model is
# not named either; a file of named models may be called something else
_ENDPOINT = f"""
    'organization.usage.' || case
        when {given("model")} is null and regexp_matches(delivered_as, '(?i){_NAMES}')
            then lower(regexp_extract(delivered_as, '(?i){_NAMES}'))
        when {given("images")} is not null then 'images'
        when {given("characters")} is not null then 'audio_speeches'
        when {given("seconds")} is not null then 'audio_transcriptions'
        when {given("usage_bytes")} is not null then 'vector_stores'
        when {given("num_sessions")} is not null then 'code_interpreter_sessions'
        when {given("num_requests")} is not null then 'searches'
        when coalesce({given("output_tokens")}, {given("model")}) is not null then 'completions'
        else 'embeddings'
    end
"""
_FIGURES = ("input_tokens", "output_tokens", "num_model_requests", *_TOKENS, *_UNITS)
_HAS_FIGURES = f"(coalesce({', '.join(map(given, _FIGURES))}) is not null)"

DASHBOARD = Export(
    name="openai-usage-csv",
    title="the usage export of OpenAI's dashboard",
    upstream="the dashboard's CSV, as of November 2026",
    records=Rows(
        # there are no others where nothing was used
        columns=("start_time", "end_time", "start_time_iso", "end_time_iso"),
        optional=(*_FIGURES, *_DIMENSIONS, *_DETAILS),
        unread=(
            *("organization_id", "organization_name", "project_name", "user_email"),
            *("user_name", "api_key_name", "api_source"),
        ),
    ),
    is_grouped=True,
    best=GROWS,
    # blank rows stand for the buckets without usage
    usage=f"""{_usage(given, f"({_ENDPOINT})")}
        where {_HAS_FIGURES}
    """,
    left_out=f"""
        select 'they have no figures' as reason, count(*) as rows
        from records
        where not {_HAS_FIGURES} and coalesce({", ".join(map(given, _DIMENSIONS))}) is not null
    """,
)
