"""The ledger, the rows that are counted, and those that are not."""

from collections.abc import Iterator

from tokenmart.quality.check import Check, model_check
from tokenmart.quality.expect import (
    listed_in,
    never,
    no_rows,
    not_negative,
    not_null,
    one_of,
    same_by,
    unique,
    warn,
)
from tokenmart.relations import Relations
from tokenmart.sources import SOURCES, Source, Usage

WRITTEN = (
    "greatest(coalesce(written_input_tokens, 0),"
    " coalesce(written_5m_input_tokens, 0) + coalesce(written_1h_input_tokens, 0))"
)
"""What a usage event wrote to a cache: its total, or the sum of its lifetimes."""


def counted_rows(relations: Relations, source: Source, usage: Usage) -> str:
    """The rows of a source that count, as a query in brackets."""
    validated = relations.model(source.validated).sql
    excluded = relations.model(usage.excluded).sql
    return (
        f"(select validated.* from {validated} as validated left join {excluded} as excluded"
        " on validated.source_instance = excluded.source_instance"
        " and validated.row_key = excluded.row_key"
        " where validated.quarantine_reasons is null and excluded.row_key is null)"
    )


def ledger_checks(relations: Relations) -> Iterator[Check]:
    """No version of a row was lost, and every row of the source was seen."""
    for source in SOURCES:
        for table, key in source.keys.items():
            if relations.has_model(f"ledger_{table}"):
                yield _ledger_check(relations, source, table, key)


def _ledger_check(relations: Relations, source: Source, table: str, key: str | None) -> Check:
    rules = [
        *not_null("source_instance, row_key", "first_observed_at", "is_deleted"),
        *no_rows(
            "the versions of a row are numbered from 1 without a gap",
            "select source_instance, row_key from {batch} group by source_instance, row_key"
            " having count(*) <> max(row_version) or min(row_version) <> 1",
            noun="key",
        ),
    ]
    # a staging view of tables in a database that is not attached here cannot be read
    if key and relations.source(table):
        rules += warn(
            no_rows(
                "every row of the source has been observed; build again",
                f"select staged.{key} from {relations.model(source.staging(table)).sql} as staged"
                " left join {batch} as ledger"
                " on staged.source_instance = ledger.source_instance"
                f" and staged.{key} = ledger.{key}"
                f" where staged.{key} is not null and ledger.{key} is null",
            )
        )
    if source.usage and source.usage.table == table:
        rules += same_by(
            "every row is valid or quarantined, once",
            "source_instance",
            "(select source_instance, 1 as row_count"
            f" from {relations.model(source.validated).sql})",
            "row_count",
            mine="(select source_instance, case row_version when 1 then 1 else 0 end"
            " as row_count from {batch})",
        )
    return model_check(relations, "validated", f"ledger_{table}", rules)


def validated_checks(relations: Relations) -> Iterator[Check]:
    """The counted rows keep the rules; limits that are variables are left to the unit tests."""
    event, record, metric = (
        f"{key}, source_instance"
        for key in ("usage_event_id", "usage_record_id", "voice_metric_id")
    )
    rules = {
        "usage_events": [
            *unique(*event.split(", ")),
            *not_null(event, "usage_event_id", "provider_key_id", "model_id", "recorded_at"),
            *not_null(event, "token_convention"),
            *not_negative(
                event,
                *("input_tokens", "output_tokens", "request_count"),
                *("cached_input_tokens", "uncached_input_tokens", "input_text_tokens"),
                *("input_audio_tokens", "input_image_tokens", "input_cached_text_tokens"),
                *("input_cached_audio_tokens", "input_cached_image_tokens"),
                *("written_input_tokens", "written_5m_input_tokens", "written_1h_input_tokens"),
                *("output_text_tokens", "output_audio_tokens", "output_image_tokens"),
                *("total_input_tokens", "total_output_tokens", "quantity"),
            ),
            *never(
                event,
                "cached tokens are part of the input",
                "cached_input_tokens > total_input_tokens",
            ),
            *never(
                event,
                "cached, uncached and written tokens make up the input, where they are given",
                "uncached_input_tokens <> 0"
                " and cached_input_tokens + uncached_input_tokens"
                " not in (coalesce(input_tokens, 0), total_input_tokens)"
                f" and cached_input_tokens + uncached_input_tokens + {WRITTEN}"
                " not in (coalesce(input_tokens, 0), total_input_tokens)",
            ),
            *never(event, "a window ends after it starts", "window_end < window_start"),
        ],
        "usage_records": [
            *unique(*record.split(", ")),
            *not_null(record, "usage_record_id", "org_id", "resource_type", "quantity"),
            *not_null(record, "recorded_cost_usd", "period_start", "period_end"),
            *one_of(record, "token_source", "company", "personal"),
            *not_negative(record, "quantity", "metadata_input_tokens", "metadata_output_tokens"),
            *never(record, "a period ends after it starts", "period_end < period_start"),
            *warn(
                never(
                    record,
                    "input and output of the metadata make up the quantity of llm_tokens",
                    "resource_type = 'llm_tokens'"
                    " and metadata_input_tokens + metadata_output_tokens <> quantity",
                )
            ),
        ],
        "voice_usage_metrics": [
            *unique(*metric.split(", ")),
            *not_null(metric, "voice_metric_id", "recorded_at", "token_convention"),
            *not_negative(metric, "input_tokens", "output_tokens", "cached_input_tokens"),
            *not_negative(metric, "input_text_tokens", "input_audio_tokens", "input_image_tokens"),
            *not_negative(metric, "audio_duration_ms", "function_calls", "latency_ms"),
            *never(
                metric,
                "cached tokens are part of the input",
                "cached_input_tokens > coalesce(input_tokens, 0)",
            ),
        ],
    }
    parents = {
        "usage_events": (event, "provider_key_id", "ledger_provider_keys"),
        "usage_records": (record, "org_id", "ledger_organizations"),
    }
    for source in SOURCES:
        if source.usage is None or not relations.has_model(source.validated):
            continue
        of_rows = rules.get(source.usage.table, [])
        if source.usage.table in parents:
            key, column, parent = parents[source.usage.table]
            of_rows += listed_in(
                f"every {column} was observed",
                key,
                {"source_instance": "source_instance", column: column},
                f"(select distinct source_instance, {column} from {relations.model(parent).sql})",
            )
        yield model_check(
            relations,
            "validated",
            source.validated,
            of_rows,
            where="quarantine_reasons is null",
        )


def quarantine_checks(relations: Relations) -> Iterator[Check]:
    """What is quarantined is a warning, since nothing of it is counted; it must all be listed."""
    for source in SOURCES:
        usage = source.usage
        if usage is None or not relations.has_model(usage.quarantine):
            continue
        keys = f"{usage.key}, source_instance"
        known = "|".join(usage.quarantine_reasons)
        validated = relations.model(source.validated).sql
        yield model_check(
            relations,
            "validated",
            usage.quarantine,
            warn(never(keys, "no row is quarantined", "true")),
            never(
                keys,
                "every reason is known",
                f"coalesce(quarantine_reasons, '') not similar to '({known})(, ({known}))*'",
            ),
            same_by(
                "the refused rows are listed, and no others",
                "source_instance, row_key",
                f"(select source_instance, row_key, 1 as listed from {validated}"
                " where quarantine_reasons is not null)",
                "listed",
                mine="(select source_instance, row_key, 1 as listed from {batch})",
            ),
        )


def exclusion_checks(relations: Relations) -> Iterator[Check]:
    """What is excluded is valid, once, and for a known reason."""
    for source in SOURCES:
        usage = source.usage
        if usage is None or not relations.has_model(usage.excluded):
            continue
        keys = f"{usage.key}, source_instance"
        validated = relations.model(source.validated).sql
        yield model_check(
            relations,
            "validated",
            usage.excluded,
            unique("source_instance", "row_key"),
            one_of(keys, "exclusion_reason", *usage.exclusion_reasons),
            not_null(keys, "exclusion_reason"),
            listed_in(
                "every excluded row is a valid current row",
                keys,
                {column: column for column in ("source_instance", "row_key", "row_version")},
                "(select source_instance, row_key, row_version"
                f" from {validated} where quarantine_reasons is null)",
            ),
        )
