"""The source tables as they came."""

from collections.abc import Iterable, Iterator
from itertools import chain

from great_expectations.expectations import Expectation

from tokenmart.quality.check import Check
from tokenmart.quality.expect import never, no_rows, not_negative, not_null, one_of, unique
from tokenmart.relations import Relation, Relations
from tokenmart.schema import Table, tables

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


def source_checks(relations: Relations) -> Iterator[Check]:
    """The source tables as they came."""
    rules: dict[str, Iterable[Expectation]] = {
        "usage_events": chain(
            not_null("id", "key_id", "model", "timestamp"),
            unique("id"),
            not_negative(*EVENT_COUNTS),
            never(
                "id",
                "cached tokens are part of the input",
                "input_cached_tokens > coalesce(tokens_in, 0)",
            ),
            never(
                "id",
                "cached and uncached tokens make up the input, where both are given",
                "input_uncached_tokens <> 0"
                " and input_cached_tokens + input_uncached_tokens <> coalesce(tokens_in, 0)",
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
            # only usage is quarantined: a parent that is listed twice must be repaired
            severity="critical" if is_parent else "warning",
        )


def _public_columns(table: Table, relation: Relation) -> str:
    """The columns of a source table that may be looked at; one that is missing reads as null."""
    columns = [
        f'"{name}" as "{name}"'
        if name in relation.columns
        else f'cast(null as {table.column(name).sql_type("duckdb")}) as "{name}"'
        for name in table.public_columns
    ]
    return f"select {', '.join(columns)} from {relation.sql}"


def _known_parent(relations: Relations, table: Table) -> Iterable[Expectation]:
    """A usage row names a key or organisation that the source has."""
    parents = {
        "usage_events": ("key_id", "provider_keys"),
        "usage_records": ("org_id", "organizations"),
    }
    if table.name not in parents:
        return []
    column, parent_name = parents[table.name]
    parent = relations.source(parent_name)
    if parent is None:
        return []
    return no_rows(
        f"every {column} is in {parent.label}",
        f"select id from {{batch}} where {column} not in"
        f" (select id from {parent.sql} where id is not null)",
    )
