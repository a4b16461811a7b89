"""Landing: a folder of data files becomes the raw tables of a project's DuckDB database.

A file goes the same way whatever its format. It is read as columns of text into a temporary table
(``read``), every text is checked against its column's type (``check``, ``convert``), and only when
all files have passed are the raw tables written (``write``), in one transaction.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from tokenmart.land.check import check
from tokenmart.land.delivery import Delivery, find
from tokenmart.land.guard import (
    LANDED,
    SAMPLE,
    raw_tables,
    refuse_foreign,
    refuse_mixture,
    refuse_views,
    warn_of_mixture,
)
from tokenmart.land.read import Staged, stage
from tokenmart.land.report import note
from tokenmart.land.write import write
from tokenmart.project import Project
from tokenmart.schema import SECRET_COLUMNS, SOURCES, Table
from tokenmart.warehouse.duckdb_file import connect


@dataclass(frozen=True)
class Landed:
    """A file that was landed: its raw table, and how many rows it brought."""

    table: str
    rows: int
    path: Path


def land(
    project: Project, folder: Path, *, append: bool = False, force: bool = False
) -> list[Landed]:
    """Land every data file of ``folder``, or refuse the folder and leave the database as it was."""
    delivery = find(folder)
    mark = SAMPLE if delivery.is_sample else LANDED
    schemas = {source: project.source_schema(source) for source in SOURCES}
    with _no_new_file_if_refused(project.duckdb_path), connect(project.duckdb_path) as connection:
        _guard(connection, schemas, delivery, mark, force=force)
        staged = [(table, _stage(connection, table, path)) for table, path in delivery.files]
        with _transaction(connection):
            for table, rows in staged:
                write(connection, schemas[table.source], table, rows, mark, append=append)
        warn_of_mixture(raw_tables(connection, schemas.values()), mark)
        return [
            Landed(f"{schemas[table.source]}.{table.name}", rows.count(connection), rows.path)
            for table, rows in staged
        ]


def _guard(
    connection: duckdb.DuckDBPyConnection,
    schemas: dict[str, str],
    delivery: Delivery,
    mark: str,
    *,
    force: bool,
) -> None:
    present = raw_tables(connection, schemas.values())
    targets = [(schemas[table.source], table.name) for table, _ in delivery.files]
    refuse_views(present, (f"{schema}.{name}" for schema, name in targets))
    if not force:
        refuse_foreign(present, (schema for schema, _ in targets))
        refuse_mixture(present, mark)


def _stage(connection: duckdb.DuckDBPyConnection, table: Table, path: Path) -> Staged:
    secret = frozenset(SECRET_COLUMNS.get(table.name, ()))
    staged = stage(connection, path, f"landing_{table.name}", table.columns, secret)
    check(connection, staged)
    rows = staged.count(connection)
    note(f"{path.name}: {rows:,} row{'' if rows == 1 else 's'} read")
    return staged


@contextmanager
def _transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    connection.begin()
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


@contextmanager
def _no_new_file_if_refused(database: Path) -> Iterator[None]:
    """DuckDB makes the file when it connects, long before we know whether it is wanted."""
    is_new = not database.exists()
    try:
        yield
    except BaseException:
        if is_new:
            database.unlink(missing_ok=True)
        raise
