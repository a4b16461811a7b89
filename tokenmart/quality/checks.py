"""What must hold, relation by relation.

Three layers. *Sources*, as they came: a violation in a usage table is a warning, because the build
quarantines the row. *Checked*: the rows that are counted; a violation here is beyond quarantine and
an error. *Marts*: facts, dimensions and marts; keys, identities, and sums that agree between layers.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from great_expectations.expectations import Expectation

from tokenmart.quality.expect import (
    never,
    no_rows,
    not_negative,
    not_null,
    one_of,
    same_sums,
    unique,
)
from tokenmart.relations import Relation, Relations
from tokenmart.schema import Table, tables

Layer = Literal["sources", "checked", "marts"]
Severity = Literal["critical", "warning"]

EVENT_COUNTS = (
    "tokens_in",
    "tokens_out",
    "num_model_requests",
    "input_cached_tokens",
    "input_uncached_tokens",
    "input_text_tokens",
    "output_text_tokens",
    "input_cached_text_tokens",
    "input_audio_tokens",
    "input_cached_audio_tokens",
    "output_audio_tokens",
    "input_image_tokens",
    "input_cached_image_tokens",
    "output_image_tokens",
)

VALID = "quarantine_reasons is null"

MONEY = ("recorded_cost_usd", "cost_usd", "company_cost_usd", "personal_cost_usd")
TOKENS = ("record_count", "input_tokens", "output_tokens", "total_tokens")


@dataclass(frozen=True)
class Check:
    """Expectations of one severity about the rows of one relation."""

    layer: Layer
    label: str
    query: str
    key: str
    expectations: list[Expectation]
    severity: Severity = "critical"

    @property
    def name(self) -> str:
        return f"{self.layer}: {self.label}"


def all_checks(relations: Relations) -> list[Check]:
    """Every check that applies to the sources and models that the project has enabled."""
    return [
        *source_checks(relations),
        *checked_checks(relations),
        *quarantine_checks(relations),
        *fact_checks(relations),
        *dimension_checks(relations),
        *mart_checks(relations),
    ]


def source_checks(relations: Relations) -> Iterator[Check]:
    """The source tables as they came."""
    rules: dict[str, Iterable[Expectation]] = {
        "usage_events": chain(
            not_null("id", "key_id", "model", "timestamp"),
            unique("id"),
            not_negative(*EVENT_COUNTS),
            never("id", "cached tokens are part of the input", "input_cached_tokens > tokens_in"),
            never(
                "id",
                "cached and uncached tokens make up the input, where both are given",
                "input_uncached_tokens <> 0 and input_cached_tokens + input_uncached_tokens <> tokens_in",
            ),
            never("id", "a window ends after it starts", "window_end < window_start"),
        ),
        "usage_records": chain(
            not_null("id", "org_id", "resource_type", "quantity", "cost_usd"),
            not_null("period_start", "period_end", "created_at"),
            unique("id"),
            one_of("token_source", "company", "personal"),
            not_negative("quantity"),
            never("id", "a period ends after it starts", "period_end < period_start"),
        ),
        "voice_usage_metrics": chain(
            not_null("id", "timestamp"),
            unique("id"),
            not_negative("input_tokens", "output_tokens"),
            not_negative("audio_duration_ms", "function_calls", "latency_ms"),
        ),
        "provider_costs": not_null("usage_date", "amount_usd"),
    }
    for table in tables().values():
        relation = relations.source(table.name)
        if relation is None:
            continue
        is_parent = table.name not in rules
        expectations = [*not_null("id"), *unique("id")] if is_parent else list(rules[table.name])
        yield Check(
            layer="sources",
            label=relation.label,
            query=_public_columns(table, relation),
            key="id" if "id" in table.column_names else "line_item",
            expectations=[*expectations, *_known_parent(relations, table)],
            # only usage is quarantined: a parent that is listed twice must be repaired at the source
            severity="critical" if is_parent else "warning",
        )


def checked_checks(relations: Relations) -> Iterator[Check]:
    """The rows that are counted keep every rule that the build quarantines by."""
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
                never("usage_event_id", "a window ends after it starts", "window_end < window_start"),
            ),
        ),
        "int_agents_usage_checked": (
            "usage_record_id",
            chain(
                not_null("usage_record_id", "org_id", "resource_type", "quantity"),
                not_null("recorded_cost_usd", "period_start", "period_end"),
                one_of("token_source", "company", "personal"),
                not_negative("quantity", "metadata_input_tokens", "metadata_output_tokens"),
                never("usage_record_id", "a period ends after it starts", "period_end < period_start"),
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
            yield _model_check(
                relations, "checked", name, key, [*expectations, *unique("source_instance", key)], where=VALID
            )


def quarantine_checks(relations: Relations) -> Iterator[Check]:
    """What is quarantined is reported; it is a warning, because nothing of it is counted."""
    for name, key in (
        ("quarantine_usage_events", "usage_event_id"),
        ("quarantine_usage_records", "usage_record_id"),
        ("quarantine_voice_usage_metrics", "voice_metric_id"),
    ):
        if relations.has_model(name):
            expectations = never(key, "no row is quarantined", "quarantine_reasons is not null")
            yield _model_check(relations, "checked", name, key, expectations, severity="warning")


def fact_checks(relations: Relations) -> Iterator[Check]:
    """Keys and identities of the facts."""
    rules = {
        "fct_provider_usage_daily": chain(
            not_null("usage_date_utc", "provider_key_id", "model_id", "is_batch", "context_band"),
            not_negative("request_count", "cached_input_tokens"),
            never("usage_key", "input + output = total", "input_tokens + output_tokens <> total_tokens"),
            never("usage_key", "cached tokens are part of the input", "cached_input_tokens > input_tokens"),
        ),
        "fct_agent_usage_daily": chain(
            not_null("org_id", "resource_type", "token_source", "cost_usd"),
            one_of("token_source", "company", "personal"),
            not_negative("quantity", "unsplit_tokens"),
            never(
                "usage_key",
                "input + output + unsplit = total",
                "input_tokens + output_tokens + unsplit_tokens <> total_tokens",
            ),
            never(
                "usage_key",
                "the tokens of a day are its quantity",
                "resource_type = 'llm_tokens' and total_tokens <> quantity",
            ),
            never("usage_key", "the cost is the recorded one", "cost_usd <> recorded_cost_usd"),
            never(
                "usage_key",
                "company and personal money make up the cost",
                "company_cost_usd + personal_cost_usd <> cost_usd",
            ),
        ),
        "fct_voice_usage_daily": chain(
            not_null("usage_date_utc", "model_id"),
            not_negative("response_count", "error_count", "function_call_count", "audio_duration_ms"),
            never("usage_key", "input + output = total", "input_tokens + output_tokens <> total_tokens"),
        ),
    }
    for name, expectations in rules.items():
        if not relations.has_model(name):
            continue
        system = {"provider": "provider", "agent": "agents", "voice": "voice"}[name.split("_")[1]]
        cost = relations.model("fct_cost_daily").sql
        yield _model_check(
            relations,
            "marts",
            name,
            "usage_key",
            [
                *unique("usage_key"),
                *not_null("usage_key", "usage_date", "cost_basis"),
                *not_negative(*TOKENS),
                *expectations,
                *same_sums(
                    "the totals are those of fct_cost_daily",
                    f"(select * from {cost} where source_system = '{system}')",
                    *TOKENS,
                    "recorded_cost_usd",
                    "cost_usd",
                ),
            ],
        )
    yield _model_check(
        relations,
        "marts",
        "fct_cost_daily",
        "cost_key",
        [
            *unique("cost_key"),
            *not_null("cost_key", "source_system", "usage_date", "cost_basis"),
            *one_of("source_system", "provider", "agents", "voice"),
            *one_of("cost_basis", "recorded", "unpriced"),
            *one_of("token_source", "company", "personal"),
            *not_negative(*TOKENS),
            *never(
                "cost_key",
                "an unpriced cost is null and a priced one is not",
                "(cost_basis = 'unpriced') <> (cost_usd is null)",
            ),
        ],
    )


def dimension_checks(relations: Relations) -> Iterator[Check]:
    """Keys of the dimensions, and a day for every usage."""
    for name, key in (
        ("dim_provider_key", "provider_key_id"),
        ("dim_organization", "org_id"),
        ("dim_employee", "employee_id"),
        ("dim_agent_config", "agent_config_id"),
    ):
        if relations.has_model(name):
            columns = ["source_instance", key]
            yield _model_check(
                relations, "marts", name, key, [*not_null(*columns), *unique(*columns)]
            )
    cost = relations.model("fct_cost_daily").sql
    for name, key, used in (("dim_date", "date_day", "usage_date"), ("dim_model", "model_id", "model_id")):
        missing = no_rows(
            f"every {used} of fct_cost_daily is listed",
            f"select distinct {used} from {cost} where {used} not in (select {key} from {{batch}})",
        )
        yield _model_check(
            relations, "marts", name, key, [*not_null(key), *unique(key), *missing]
        )


def mart_checks(relations: Relations) -> Iterator[Check]:
    """The marts' totals are those of the facts; the ledger is counted or quarantined to the last row."""
    cost = relations.model("fct_cost_daily").sql
    for name, system in (
        ("mart_cost_by_model_daily", None),
        ("mart_cost_by_project_monthly", "provider"),
        ("mart_cost_by_org_monthly", "agents"),
        ("mart_cost_by_employee_monthly", "agents"),
    ):
        if relations.has_model(name):
            facts = f"(select * from {cost} where source_system = '{system}')" if system else cost
            agree = same_sums("the totals are those of fct_cost_daily", facts, *TOKENS, *MONEY)
            first_day = "usage_date" if name.endswith("daily") else "usage_month"
            yield _model_check(relations, "marts", name, first_day, [*not_null(first_day), *agree])
    if relations.has_model("mart_voice_daily"):
        voice = relations.model("fct_voice_usage_daily").sql
        columns = ("response_count", "error_count", "function_call_count", "audio_duration_ms", *TOKENS)
        yield _model_check(
            relations,
            "marts",
            "mart_voice_daily",
            "usage_date",
            [
                *not_null("usage_date"),
                *same_sums("the totals are those of fct_voice_usage_daily", voice, *columns),
                *never("usage_date", "the median is at most p95", "p50_latency_ms > p95_latency_ms"),
            ],
        )
    yield _model_check(
        relations,
        "marts",
        "audit_usage_conservation",
        "source_system",
        chain.from_iterable(
            never(
                "source_system, usage_date_utc",
                f"{what} of the ledger = counted + quarantined",
                f"{what}_in <> {what}_counted + {what}_quarantined",
            )
            for what in ("rows", "tokens", "recorded_cost_usd")
        ),
    )


def _public_columns(table: Table, relation: Relation) -> str:
    """The columns of a source table that may be looked at; one that is missing reads as null."""
    columns = [
        f'"{name}"'
        if name in relation.columns
        else f'cast(null as {table.column(name).sql_type("duckdb")}) as "{name}"'
        for name in table.public_columns
    ]
    return f"select {', '.join(columns)} from {relation.sql}"


def _known_parent(relations: Relations, table: Table) -> Iterable[Expectation]:
    """A usage row names a key or organisation that the source has."""
    parents = {"usage_events": ("key_id", "provider_keys"), "usage_records": ("org_id", "organizations")}
    if table.name not in parents:
        return []
    column, parent_name = parents[table.name]
    parent = relations.source(parent_name)
    if parent is None:
        return []
    return no_rows(
        f"every {column} is in {parent.label}",
        f"select id from {{batch}} where {column} not in (select id from {parent.sql} where id is not null)",
    )


def _model_check(
    relations: Relations,
    layer: Layer,
    name: str,
    key: str,
    expectations: Iterable[Expectation],
    *,
    where: str | None = None,
    severity: Severity = "critical",
) -> Check:
    relation = relations.model(name)
    return Check(
        layer=layer,
        label=relation.label,
        query=f"select * from {relation.sql}" + (f" where {where}" if where else ""),
        key=key,
        expectations=list(expectations),
        severity=severity,
    )
