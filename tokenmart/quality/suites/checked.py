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

_LEDGERS = {
    "ledger_provider_keys": ("stg_provider__provider_keys", "provider_key_id"),
    "ledger_usage_events": ("stg_provider__usage_events", "usage_event_id"),
    "ledger_organizations": ("stg_agents__organizations", "org_id"),
    "ledger_teams": ("stg_agents__teams", "team_id"),
    "ledger_agents": ("stg_agents__agents", "agent_id"),
    "ledger_employees": ("stg_agents__employees", "employee_id"),
    "ledger_employee_agent_configs": ("stg_agents__employee_agent_configs", "agent_config_id"),
    "ledger_usage_records": ("stg_agents__usage_records", "usage_record_id"),
    "ledger_voice_conversations": ("stg_voice__voice_conversations", "conversation_id"),
    "ledger_voice_usage_metrics": ("stg_voice__voice_usage_metrics", "voice_metric_id"),
    "ledger_provider_costs": None,
}

_CHECKED = {
    "ledger_usage_events": "int_provider_usage_validated",
    "ledger_usage_records": "int_agents_usage_validated",
    "ledger_voice_usage_metrics": "int_voice_usage_validated",
}

REASONS = {
    "quarantine_usage_events": (
        *("missing_id", "repeated_id", "missing_key", "unknown_key", "missing_model"),
        *("missing_timestamp", "negative_tokens", "negative_requests", "cached_above_total"),
        *("split_not_total", "no_token_convention", "quantity_too_large", "window_inverted"),
        *("window_too_long", "before_earliest_date", "from_the_future"),
    ),
    "quarantine_usage_records": (
        *("missing_id", "repeated_id", "missing_org", "unknown_org", "missing_resource_type"),
        *("missing_quantity", "missing_cost", "missing_period", "unknown_token_source"),
        *("negative_quantity", "negative_tokens", "quantity_too_large", "period_inverted"),
        *("period_too_long", "before_earliest_date", "from_the_future"),
    ),
    "quarantine_voice_usage_metrics": (
        *("missing_id", "repeated_id", "missing_timestamp", "negative_tokens"),
        *("negative_duration", "negative_function_calls", "negative_latency"),
        *("cached_above_total", "no_token_convention", "quantity_too_large"),
        *("before_earliest_date", "from_the_future"),
    ),
}
"""Every reason that a row of a quarantine can have."""


EXCLUSIONS = {
    "excluded_usage_events": (
        *("empty", "repeated_window", "repeated_request", "cost_line", "finer_windows"),
        *("coarser_window", "inside_a_window"),
    ),
    "excluded_usage_records": ("empty",),
    "excluded_voice_usage_metrics": ("empty", "retried"),
}
"""Every reason for which a valid row is not counted."""

WRITTEN = (
    "greatest(coalesce(written_input_tokens, 0),"
    " coalesce(written_5m_input_tokens, 0) + coalesce(written_1h_input_tokens, 0))"
)
"""What a usage event wrote to a cache: its total, or the sum of its lifetimes."""

USAGE = {
    "provider": ("usage_events", "usage_event_id"),
    "agents": ("usage_records", "usage_record_id"),
    "voice": ("voice_usage_metrics", "voice_metric_id"),
}


def counted_rows(relations: Relations, source: str) -> str:
    """The rows of a source that count, as a query in brackets."""
    checked = relations.model(f"int_{source}_usage_validated").sql
    excluded = relations.model(f"excluded_{USAGE[source][0]}").sql
    return (
        f"(select checked.* from {checked} as checked left join {excluded} as excluded"
        " on checked.source_instance = excluded.source_instance"
        " and checked.row_key = excluded.row_key"
        " where checked.quarantine_reasons is null and excluded.row_key is null)"
    )


def ledger_checks(relations: Relations) -> Iterator[Check]:
    """No version of a row was lost, and every row of the source was seen."""
    for name, staged in _LEDGERS.items():
        if not relations.has_model(name):
            continue
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
        if staged and relations.source(name.removeprefix("ledger_")):
            view, key = staged
            rules += warn(
                no_rows(
                    "every row of the source has been observed; build again",
                    f"select staged.{key} from {relations.model(view).sql} as staged"
                    " left join {batch} as ledger"
                    " on staged.source_instance = ledger.source_instance"
                    f" and staged.{key} = ledger.{key}"
                    f" where staged.{key} is not null and ledger.{key} is null",
                )
            )
        if name in _CHECKED:
            rules += same_by(
                "every row is counted or quarantined, once",
                "source_instance",
                "(select source_instance, 1 as row_count"
                f" from {relations.model(_CHECKED[name]).sql})",
                "row_count",
                mine="(select source_instance, case row_version when 1 then 1 else 0 end"
                " as row_count from {batch})",
            )
        yield model_check(relations, "checked", name, rules)


def checked_checks(relations: Relations) -> Iterator[Check]:
    """The counted rows keep the rules; limits that are variables are left to the unit tests."""
    event, record, metric = (
        f"{key}, source_instance"
        for key in ("usage_event_id", "usage_record_id", "voice_metric_id")
    )
    rules = {
        "int_provider_usage_validated": [
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
                *("total_input_tokens", "total_output_tokens"),
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
        "int_agents_usage_validated": [
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
        "int_voice_usage_validated": [
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
        "int_provider_usage_validated": (event, "provider_key_id", "ledger_provider_keys"),
        "int_agents_usage_validated": (record, "org_id", "ledger_organizations"),
    }
    for name, of_rows in rules.items():
        if not relations.has_model(name):
            continue
        if name in parents:
            key, column, parent = parents[name]
            of_rows += listed_in(
                f"every {column} was observed",
                key,
                {"source_instance": "source_instance", column: column},
                f"(select distinct source_instance, {column} from {relations.model(parent).sql})",
            )
        yield model_check(relations, "checked", name, of_rows, where="quarantine_reasons is null")


def quarantine_checks(relations: Relations) -> Iterator[Check]:
    """What is quarantined is a warning, since nothing of it is counted; it must all be listed."""
    for source, (table, key) in USAGE.items():
        name = f"quarantine_{table}"
        if not relations.has_model(name):
            continue
        keys = f"{key}, source_instance"
        known = "|".join(REASONS[name])
        checked = relations.model(f"int_{source}_usage_validated").sql
        yield model_check(
            relations,
            "checked",
            name,
            warn(never(keys, "no row is quarantined", "true")),
            never(
                keys,
                "every reason is known",
                f"coalesce(quarantine_reasons, '') not similar to '({known})(, ({known}))*'",
            ),
            same_by(
                "the refused rows are listed, and no others",
                "source_instance, row_key",
                f"(select source_instance, row_key, 1 as listed from {checked}"
                " where quarantine_reasons is not null)",
                "listed",
                mine="(select source_instance, row_key, 1 as listed from {batch})",
            ),
        )


def exclusion_checks(relations: Relations) -> Iterator[Check]:
    """What is excluded is valid, once, and for a known reason."""
    for source, (table, key) in USAGE.items():
        name = f"excluded_{table}"
        if not relations.has_model(name):
            continue
        keys = f"{key}, source_instance"
        checked = relations.model(f"int_{source}_usage_validated").sql
        yield model_check(
            relations,
            "checked",
            name,
            unique("source_instance", "row_key"),
            one_of(keys, "exclusion_reason", *EXCLUSIONS[name]),
            not_null(keys, "exclusion_reason"),
            listed_in(
                "every excluded row is a valid current row",
                keys,
                {column: column for column in ("source_instance", "row_key", "row_version")},
                "(select source_instance, row_key, row_version"
                f" from {checked} where quarantine_reasons is null)",
            ),
        )
