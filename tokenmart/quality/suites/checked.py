"""The rows that are counted, and those that are not."""

from collections.abc import Iterator
from itertools import chain

from tokenmart.quality.check import Check, model_check
from tokenmart.quality.expect import never, no_rows, not_negative, not_null, one_of, unique
from tokenmart.relations import Relations


def checked_checks(relations: Relations) -> Iterator[Check]:
    """The counted rows keep the rules; limits that are variables are left to the unit tests."""
    rules = {
        "int_provider_usage_checked": (
            "usage_event_id",
            chain(
                not_null("usage_event_id", "provider_key_id", "model_id", "recorded_at"),
                not_negative("input_tokens", "output_tokens", "request_count"),
                not_negative("cached_input_tokens", "uncached_input_tokens"),
                not_negative("input_text_tokens", "input_audio_tokens", "input_image_tokens"),
                not_negative("input_cached_text_tokens", "input_cached_audio_tokens"),
                not_negative("input_cached_image_tokens", "output_text_tokens"),
                not_negative("output_audio_tokens", "output_image_tokens"),
                never(
                    "usage_event_id",
                    "cached tokens are part of the input",
                    "cached_input_tokens > coalesce(input_tokens, 0)",
                ),
                never(
                    "usage_event_id",
                    "cached and uncached tokens make up the input, where both are given",
                    "uncached_input_tokens <> 0"
                    " and cached_input_tokens + uncached_input_tokens <> coalesce(input_tokens, 0)",
                ),
                never(
                    "usage_event_id", "a window ends after it starts", "window_end < window_start"
                ),
            ),
        ),
        "int_agents_usage_checked": (
            "usage_record_id",
            chain(
                not_null("usage_record_id", "org_id", "resource_type", "quantity"),
                not_null("recorded_cost_usd", "period_start", "period_end"),
                one_of("token_source", "company", "personal"),
                not_negative("quantity", "metadata_input_tokens", "metadata_output_tokens"),
                never(
                    "usage_record_id", "a period ends after it starts", "period_end < period_start"
                ),
            ),
        ),
        "int_voice_usage_checked": (
            "voice_metric_id",
            chain(
                not_null("voice_metric_id", "recorded_at"),
                not_negative("input_tokens", "output_tokens", "cached_input_tokens"),
                not_negative("audio_duration_ms", "function_calls", "latency_ms"),
                never(
                    "voice_metric_id",
                    "cached tokens are part of the input",
                    "cached_input_tokens > coalesce(input_tokens, 0)",
                ),
            ),
        ),
    }
    for name, (key, expectations) in rules.items():
        if relations.has_model(name):
            yield model_check(
                relations,
                "checked",
                name,
                key,
                [*expectations, *unique("source_instance", key)],
                where="quarantine_reasons is null",
            )


def quarantine_checks(relations: Relations) -> Iterator[Check]:
    """What is quarantined is a warning, since nothing of it is counted; it must all be listed."""
    for name, source, key in (
        ("quarantine_usage_events", "provider", "usage_event_id"),
        ("quarantine_usage_records", "agents", "usage_record_id"),
        ("quarantine_voice_usage_metrics", "voice", "voice_metric_id"),
    ):
        if relations.has_model(name):
            none = never(key, "no row is quarantined", "quarantine_reasons is not null")
            yield model_check(relations, "checked", name, key, none, severity="warning")
            checked = relations.model(f"int_{source}_usage_checked").sql
            listed = no_rows(
                "every refused row is listed",
                f"select {key} from {checked} where quarantine_reasons is not null"
                " and row_key not in (select row_key from {batch})",
            )
            yield model_check(relations, "marts", name, key, listed)
