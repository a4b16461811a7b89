"""What the tests of landing share: a project in a folder of its own, and files to land."""

from pathlib import Path
from typing import Any

import duckdb

from tokenmart.land.convert import conversion
from tokenmart.project import Project
from tokenmart.schema import Column, tables
from tokenmart.warehouse.duckdb_file import connect

EVENT = "id,key_id,model,timestamp"
UUID_1 = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"


def write_events(folder: Path, *rows: str, header: str = EVENT) -> Path:
    path = folder / "usage_events.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def write_parquet(path: Path, query: str) -> None:
    duckdb.connect().execute(f"copy ({query}) to '{path}' (format parquet)")


def query(project: Project, sql: str) -> list[tuple[Any, ...]]:
    with connect(project.duckdb_path, read_only=True) as connection:
        return connection.execute(sql).fetchall()


def column_of(table: str, name: str) -> Column:
    return tables()[table].column(name)


def convert(session: duckdb.DuckDBPyConnection, column: Column, text: str) -> Any:
    """The value of ``text``, or the complaint about it."""
    its = conversion(column, "text")
    row = session.execute(
        f"select {its.value}, {its.is_refused}, {its.complaint} from (select ?::varchar as text)",
        [text],
    ).fetchone()
    assert row is not None
    value, is_refused, complaint = row
    return complaint if is_refused else value
