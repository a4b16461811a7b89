"""Request-level traces of LLM inference, as a folder of usage that ``tokenmart land`` takes.

The traces have the form in which Azure publishes its own: ``TIMESTAMP``, ``ContextTokens`` and
``GeneratedTokens``, one row a request.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import duckdb

from tokenmart.errors import UserError
from tokenmart.land.check import check
from tokenmart.land.convert import conversion
from tokenmart.land.duckdb import create_table
from tokenmart.land.read import Staged, stage
from tokenmart.land.sql import identifier, literal
from tokenmart.schema import Column, tables
from tokenmart.warehouse.duckdb_file import connect

_MEANING = {"TIMESTAMP": "timestamp", "ContextTokens": "tokens_in", "GeneratedTokens": "tokens_out"}
"""The columns of a trace, and the columns of usage_events that they become."""


class FileFormat(StrEnum):
    """The formats that a trace can be written in."""

    parquet = "parquet"
    csv = "csv"
    jsonl = "jsonl"


@dataclass(frozen=True)
class Trace:
    """A trace as usage: the key that stands for its file, and what the file adds up to."""

    path: Path
    key_id: int
    requests: int
    tokens_in: int
    tokens_out: int


def convert_traces(
    files: Sequence[Path], out: Path, *, model: str, provider: str, file_format: FileFormat
) -> list[Trace]:
    """Write usage_events and provider_keys for ``files`` into ``out``, one provider key a file."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UserError(f"{out} is not an empty folder; name a new one with --out.")
    with connect(Path(":memory:")) as connection:
        staged = [_stage(connection, path, key_id) for key_id, path in enumerate(files, start=1)]
        for name in ("provider_keys", "usage_events"):
            create_table(connection, name, tables()[name])
        for key_id, rows in enumerate(staged, start=1):
            _add_key(connection, key_id, provider)
            _add_usage(connection, key_id, model, rows)
        out.mkdir(parents=True, exist_ok=True)
        for name in ("provider_keys", "usage_events"):
            _write(connection, name, out, file_format)
        return [_total(connection, key_id, path) for key_id, path in enumerate(files, start=1)]


def _stage(connection: duckdb.DuckDBPyConnection, path: Path, key_id: int) -> Staged:
    if not path.is_file():
        raise UserError(f"There is no file {path}.")
    staged = stage(connection, path, f"trace_{key_id}", _columns())
    check(connection, staged)
    return staged


def _columns() -> list[Column]:
    usage = tables()["usage_events"]
    return [
        replace(usage.column(meaning), name=name, is_required=True)
        for name, meaning in _MEANING.items()
    ]


def _add_key(connection: duckdb.DuckDBPyConnection, key_id: int, provider: str) -> None:
    connection.execute(
        "insert into provider_keys (id, provider, usage_mode) values (?, ?, 'trace')",
        [key_id, provider],
    )


def _add_usage(
    connection: duckdb.DuckDBPyConnection, key_id: int, model: str, rows: Staged
) -> None:
    values = ", ".join(
        f"{conversion(column, identifier(column.name)).value} as {_MEANING[column.name]}"
        for column in rows.columns
    )
    connection.execute(
        f"""
        insert into usage_events by name
        select
            (select count(*) from usage_events) + rowid + 1 as id,
            {key_id} as key_id,
            {literal(model)} as model,
            1 as num_model_requests,
            {values}
        from {rows.relation}
        """
    )


def _write(
    connection: duckdb.DuckDBPyConnection, name: str, out: Path, file_format: FileFormat
) -> None:
    options = {"parquet": "format parquet", "csv": "format csv, header", "jsonl": "format json"}
    path = literal(str(out / f"{name}.{file_format}"))
    connection.execute(f"copy {name} to {path} ({options[file_format]})")


def _total(connection: duckdb.DuckDBPyConnection, key_id: int, path: Path) -> Trace:
    row = connection.execute(
        """
        select count(*), coalesce(sum(tokens_in), 0), coalesce(sum(tokens_out), 0)
        from usage_events
        where key_id = ?
        """,
        [key_id],
    ).fetchone()
    assert row is not None
    return Trace(path, key_id, *row)
