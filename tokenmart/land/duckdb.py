"""The raw tables in a DuckDB file or DuckLake: the types of the source, none of its constraints."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from tokenmart.errors import UserError
from tokenmart.land.guard import RawTable
from tokenmart.land.sql import identifier, literal
from tokenmart.land.target import Load, Target
from tokenmart.land.value import landed_value
from tokenmart.schema import Table
from tokenmart.warehouse.duckdb_file import DuckDBFile, connect

if TYPE_CHECKING:
    from tokenmart.warehouse.ducklake import DuckLake


@contextmanager
def into_duckdb(file: DuckDBFile) -> Iterator[Target]:
    """Open the file, in which files are read too."""
    with _no_new_file_if_refused(file.path), connect(file.path) as connection:
        yield IntoDuckDB(connection, "TOKENMART_DUCKDB_PATH")


@contextmanager
def into_ducklake(lake: "DuckLake") -> Iterator[Target]:
    """Open the DuckLake for this process alone; what is read is temporary, and outside of it."""
    with lake.write() as connection:
        yield IntoDuckDB(connection, "TOKENMART_LAKE_CATALOG")


class IntoDuckDB(Target):
    """An open DuckDB file or DuckLake."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, variable: str) -> None:
        self.reader = connection
        self.another = f"choose another database with {variable}=…"

    def raw_tables(self, schemas: Iterable[str]) -> tuple[RawTable, ...]:
        rows = self.reader.execute(
            """
            with present as (
                select database_name, schema_name, table_name as name, comment, false as is_view
                from duckdb_tables()
                union all
                select database_name, schema_name, view_name, comment, true
                from duckdb_views()
            )
            select schema_name, name, comment, is_view
            from present
            where database_name = current_database() and list_contains(?, lower(schema_name))
            order by schema_name, name
            """,
            [sorted({schema.lower() for schema in schemas})],
        ).fetchall()
        return tuple(RawTable(*row) for row in rows)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        return self.reader.execute(sql).fetchall()

    def refuse_unstorable(self, load: Load) -> None:
        """DuckDB stores whatever it has converted."""

    def write(self, loads: Sequence[Load], mark: str) -> None:
        self.reader.begin()
        try:
            for load in loads:
                _write(self.reader, load, mark)
        except BaseException:
            self.reader.rollback()
            raise
        self.reader.commit()


def create_table(connection: duckdb.DuckDBPyConnection, relation: str, table: Table) -> None:
    """Create a raw table, or replace it by an empty one.

    It has none of the source's constraints: a row that breaks one is to be quarantined by the
    build, in everybody's sight, and not refused here.
    """
    columns = ", ".join(
        f"{identifier(column.name)} {column.sql_type('duckdb')}" for column in table.columns
    )
    connection.execute(f"create or replace table {relation} ({columns})")


def _write(connection: duckdb.DuckDBPyConnection, load: Load, mark: str) -> None:
    """Write the rows into the raw table, in place of its rows or after them."""
    # with the database's name, because a file may be called like a schema
    (database,) = connection.execute("select current_database()").fetchone() or ("",)
    home = f"{identifier(database)}.{identifier(load.schema)}"
    relation = f"{home}.{identifier(load.table.name)}"
    connection.execute(f"create schema if not exists {home}")
    if load.keeps_others and _exists(connection, load):
        _bring_into_form(connection, relation, load.table)
        if load.period:
            connection.execute(f"delete from {relation} where {load.period}")
        _remove_replaced(connection, relation, load)
    else:
        create_table(connection, relation, load.table)
    _insert(connection, relation, load)
    connection.execute(f"comment on table {relation} is {literal(mark)}")


def _insert(connection: duckdb.DuckDBPyConnection, relation: str, load: Load) -> None:
    staged = load.staged
    names = ", ".join(identifier(column.name) for column in staged.columns)
    values = ", ".join(landed_value(each) for each in staged.columns)
    connection.execute(f"insert into {relation} ({names}) select {values} from {staged.relation}")


def _exists(connection: duckdb.DuckDBPyConnection, load: Load) -> bool:
    found = connection.execute(
        """
        select 1
        from duckdb_tables()
        where
            database_name = current_database()
            and lower(schema_name) = lower(?)
            and lower(table_name) = ?
        """,
        [load.schema, load.table.name],
    ).fetchone()
    return found is not None


def _bring_into_form(connection: duckdb.DuckDBPyConnection, relation: str, table: Table) -> None:
    """Give a table the columns that an earlier version did not know; refuse it if it has others."""
    form = ", ".join(
        f"null::{column.sql_type('duckdb')} as {identifier(column.name)}"
        for column in table.columns
    )
    wanted = _form(connection, f"select {form}")
    for name, type_ in wanted.items():
        actual = _form(connection, f"from {relation}").get(name)
        if actual is None and not table.column(name).is_needed:
            connection.execute(f"alter table {relation} add column {identifier(name)} {type_}")
        elif (actual, type_) == ("INTEGER", "BIGINT"):
            connection.execute(f"alter table {relation} alter {identifier(name)} type {type_}")
    if _form(connection, f"from {relation}") != wanted:
        raise UserError(
            f"Rows cannot be appended to {relation}, whose columns are not those of the source "
            f"table {table.name}: land all its rows without --append."
        )


def _remove_replaced(connection: duckdb.DuckDBPyConnection, relation: str, load: Load) -> None:
    """Make room for rows that are delivered again: one key has the rows that came last."""
    keys = [load.table.column(name) for name in load.table.key_columns]
    delivered = ", ".join(f"{landed_value(column)} as {identifier(column.name)}" for column in keys)
    same = " and ".join(
        f"{old} is not distinct from {new}"
        for old, new in zip(load.table.identity("old"), load.table.identity("new"), strict=True)
    )
    connection.execute(
        f"delete from {relation} as old using"
        f" (select distinct {delivered} from {load.staged.relation}) as new where {same}"
    )


def _form(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, str]:
    return {row[0]: row[1] for row in connection.execute(f"describe {query}").fetchall()}


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
