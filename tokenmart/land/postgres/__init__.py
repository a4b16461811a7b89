"""Landing in a Postgres database: tables by the source's own DDL, filled by COPY."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from tokenmart.console import warn
from tokenmart.land.guard import RawTable
from tokenmart.land.postgres.copy import refuse_nul
from tokenmart.land.postgres.tables import raw_tables
from tokenmart.land.postgres.write import Writing
from tokenmart.land.sql import literal
from tokenmart.land.target import Load, Target
from tokenmart.warehouse.duckdb_file import connect
from tokenmart.warehouse.postgres import PostgresDatabase


@contextmanager
def into_postgres(database: PostgresDatabase) -> Iterator[Target]:
    """Open the database, and a DuckDB in memory for reading, which spills over to the disk."""
    with (
        TemporaryDirectory(prefix="tokenmart-") as scratch,
        connect(Path(":memory:")) as reader,
    ):
        reader.execute(f"set temp_directory = {literal(scratch)}")
        yield IntoPostgres(database, reader)


class IntoPostgres(Target):
    """A Postgres database."""

    another = "choose another database with PGDATABASE=… or TOKENMART_DATABASE_URL=…"

    def __init__(self, database: PostgresDatabase, reader: duckdb.DuckDBPyConnection) -> None:
        self._database = database
        self.reader = reader

    def raw_tables(self, schemas: Iterable[str]) -> tuple[RawTable, ...]:
        with self._database.transaction() as cursor:
            return raw_tables(cursor, schemas)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with self._database.transaction() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    def refuse_unstorable(self, load: Load) -> None:
        refuse_nul(self.reader, load)

    def write(self, loads: Sequence[Load], mark: str) -> None:
        with self._database.transaction() as cursor:
            # one landing at a time, so that two do not make the same table
            cursor.execute("select pg_advisory_xact_lock(hashtext('tokenmart land'))")
            warnings = Writing(cursor, self.reader, loads).write(mark)
        for warning in warnings:
            warn(warning)
