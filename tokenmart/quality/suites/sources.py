"""The source tables as they came: the constraints of their DDL, and the rules of the business.

The columns of a replica may be wider than those of the source, and keep no constraint at all.
"""

from collections.abc import Iterator

from sqlglot import exp

from tokenmart.quality.check import Check
from tokenmart.quality.expect import (
    listed_in,
    never,
    no_rows,
    not_negative,
    not_null,
    one_of,
    unique,
    warn,
)
from tokenmart.quality.expectations import Rule
from tokenmart.relations import Relation, Relations
from tokenmart.schema import Column, Table, constraints, tables
from tokenmart.sources import SOURCES

_USAGE = frozenset[str]().union(*(source.usage_tables for source in SOURCES))
_SMALL_INTEGERS = {"integer", "smallint", "tinyint", "utinyint", "usmallint"}
_INTEGERS = _SMALL_INTEGERS | {"bigint", "uinteger"}
_TEXTS = {"text", "varchar", "character varying"}

_RULES: dict[str, list[Rule]] = {
    "usage_events": [
        *not_negative(
            "id",
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
            *("input_cache_write_tokens", "input_cache_write_5m_tokens"),
            *("input_cache_write_1h_tokens", "quantity"),
        ),
        *never(
            "id",
            "cached tokens are part of the input",
            "input_cached_tokens > coalesce(tokens_in, 0)",
        ),
        *never(
            "id",
            "cached, uncached and written tokens make up the input, where they are given",
            "input_uncached_tokens not in (0, coalesce(tokens_in, 0))"
            " and input_cached_tokens + input_uncached_tokens <> coalesce(tokens_in, 0)"
            " and input_cached_tokens + input_uncached_tokens"
            " + greatest(coalesce(input_cache_write_tokens, 0),"
            " coalesce(input_cache_write_5m_tokens, 0) + coalesce(input_cache_write_1h_tokens, 0))"
            " <> coalesce(tokens_in, 0)",
        ),
        *never(
            "id",
            "text, audio and image output is part of the output",
            "coalesce(output_text_tokens, 0) + coalesce(output_audio_tokens, 0)"
            " + coalesce(output_image_tokens, 0) > coalesce(tokens_out, 0)",
        ),
        *one_of(
            *("id", "service_tier", "auto", "default", "standard", "on_demand", "flex", "priority"),
            *("fast", "batch", "incentivized-tier"),
        ),
        *never("id", "a window ends after it starts", "window_end < window_start"),
        *never(
            "id",
            "a window is a minute, an hour or a day wide",
            "window_end - window_start"
            " not in (interval '1 minute', interval '1 hour', interval '1 day')",
        ),
        *never(
            "id",
            "a window has a start and an end",
            "(window_start is null) <> (window_end is null)",
        ),
    ],
    "usage_records": [
        *one_of("id", "resource_type", "llm_tokens", "api_calls", "storage_mb"),
        *not_negative("id", "quantity"),
        *never("id", "a period ends after it starts", "period_end < period_start"),
    ],
    "voice_conversations": never(
        "id", "a conversation ends after it starts", "ended_at < started_at"
    ),
    "voice_usage_metrics": [
        *not_null("id", "timestamp"),
        *one_of("id", "event_type", "message", "function_call", "response_complete", "error"),
        *not_negative(
            "id",
            "input_tokens",
            "output_tokens",
            "audio_duration_ms",
            "function_calls",
            "latency_ms",
        ),
        *never(
            "id",
            "tokens stand only on response_complete",
            "coalesce(event_type, '') <> 'response_complete'"
            " and (input_tokens <> 0 or output_tokens <> 0)",
        ),
        *never(
            "id",
            "function calls stand only on function_call",
            "coalesce(event_type, '') <> 'function_call' and function_calls <> 0",
        ),
    ],
    "provider_costs": not_null("usage_date, project_id, line_item", "usage_date", "amount_usd"),
}


def source_checks(relations: Relations) -> Iterator[Check]:
    """A check of each source table that is there."""
    for table in tables().values():
        relation = relations.source(table.name)
        if relation is None:
            continue
        keys = list(_keys(table))
        yield Check(
            layer="sources",
            label=relation.label,
            query=_public_columns(relations, table, relation),
            rules=[
                # only usage is quarantined: a parent that is listed twice must be repaired
                *(warn(keys) if table.name in _USAGE else keys),
                *warn(
                    _constraints(relations, table, relation),
                    _RULES.get(table.name, []),
                    _types(table, relation),
                ),
            ],
        )


def _keys(table: Table) -> Iterator[Rule]:
    for key in table.constraints:
        if isinstance(key, constraints.PrimaryKey):
            there = " and ".join(f"{column} is not null" for column in key.columns)
            yield from not_null(", ".join(key.columns), *key.columns)
            yield from unique(*key.columns, where=there)


def _constraints(relations: Relations, table: Table, relation: Relation) -> Iterator[Rule]:
    for constraint in table.constraints:
        match constraint:
            case constraints.NotNull(column):
                yield from not_null("id", column)
            case constraints.Check(name, condition):
                words = condition.replace('"', "")
                yield from never("id", f"{name}: {words}", f"not ({condition})")
            case constraints.UniqueIndex():
                yield from _unique_index(constraint)
            case constraints.ForeignKey():
                yield from _foreign_key(relations, relation, constraint)


def _unique_index(index: constraints.UniqueIndex) -> list[Rule]:
    """Like Postgres, it does not look at rows with a null in a column that is not coalesced."""
    columns = [expression for expression in index.expressions if expression.startswith('"')]
    where = " and ".join(
        [f"({index.condition})"] * bool(index.condition)
        + [f"{column} is not null" for column in columns]
    )
    return no_rows(
        f"{index.name}: no two rows are the same",
        f"select min(cast(id as varchar)) as id from {{batch}} where {where}"
        f" group by {', '.join(index.expressions)} having count(*) > 1",
        noun="key",
    )


def _foreign_key(
    relations: Relations, relation: Relation, key: constraints.ForeignKey
) -> list[Rule]:
    parent = relations.source(key.parent)
    if parent is None or key.column not in relation.columns:
        return []
    # a replica may hold a key as text in one of the two tables
    types = {relation.columns[key.column].type, parent.columns[key.parent_column].type}
    return listed_in(
        f"every {key.column} is in {parent.label}",
        "id",
        {key.column: key.parent_column},
        parent.sql,
        as_text=len(types) > 1 and not types <= _INTEGERS,
    )


def _types(table: Table, relation: Relation) -> Iterator[Rule]:
    """What a value must fit into, where the column here is wider than that of the source."""
    for column in (table.column(name) for name in table.public_columns):
        if column.name not in relation.columns:
            continue
        condition = _misfit(column, relation)
        if condition:
            words = f"{column.name} fits into {column.sql_type('postgres')}"
            yield from never("id", words, condition)


def _misfit(column: Column, relation: Relation) -> str | None:
    actual, name = relation.columns[column.name], f'"{column.name}"'
    sizes = [int(size.name) for size in column.type.expressions]
    match column.type.this, sizes:
        case exp.DataType.Type.VARCHAR, [length]:
            return f"length({name}) > {length}" if (actual.length or length + 1) > length else None
        case ((exp.DataType.Type.INT | exp.DataType.Type.SERIAL), _):
            if actual.type in _SMALL_INTEGERS:
                return None
            return f"{name} not between -2147483648 and 2147483647"
        case exp.DataType.Type.DECIMAL, [precision, scale]:
            whole = precision - scale
            if actual.precision and actual.precision - (actual.scale or 0) <= whole:
                return None
            return f"abs({name}) >= 1{'0' * whole}"
    return None


def _public_columns(relations: Relations, table: Table, relation: Relation) -> str:
    """The columns of a source table that may be looked at; one that is missing reads as null."""
    columns = [
        f'{_read(table.column(name), relation, relations.dialect)} as "{name}"'
        for name in table.public_columns
    ]
    return f"select {', '.join(columns)} from {relation.sql}"


def _read(column: Column, relation: Relation, dialect: str) -> str:
    if column.name not in relation.columns:
        return f"cast(null as {column.sql_type(dialect)})"
    is_text = column.type.this in (exp.DataType.Type.TEXT, exp.DataType.Type.VARCHAR)
    if is_text and relation.columns[column.name].type not in _TEXTS:
        # an enum or a number, which does not compare with every word
        return f'cast("{column.name}" as varchar)'
    return f'"{column.name}"'
