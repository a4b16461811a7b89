"""The raw tables: the types of the source, filled with the converted rows of a file."""

import duckdb

from tokenmart.errors import UserError
from tokenmart.land.convert import conversion
from tokenmart.land.read import Staged
from tokenmart.land.sql import identifier, literal
from tokenmart.schema import Table


def write(
    connection: duckdb.DuckDBPyConnection,
    schema: str,
    table: Table,
    staged: Staged,
    mark: str,
    *,
    append: bool,
) -> None:
    """Write the rows of ``staged`` into the raw table, in place of its rows or after them."""
    relation = f"{identifier(schema)}.{identifier(table.name)}"
    connection.execute(f"create schema if not exists {identifier(schema)}")
    if append and _exists(connection, schema, table):
        _refuse_other_columns(connection, relation, table)
    else:
        create_table(connection, relation, table)
    insert(connection, relation, staged)
    connection.execute(f"comment on table {relation} is {literal(mark)}")


def create_table(connection: duckdb.DuckDBPyConnection, relation: str, table: Table) -> None:
    """Create a raw table, or replace it by an empty one.

    It has none of the source's constraints: a row that breaks one is to be quarantined by the
    build, in everybody's sight, and not refused here.
    """
    columns = ", ".join(
        f"{identifier(column.name)} {column.sql_type('duckdb')}" for column in table.columns
    )
    connection.execute(f"create or replace table {relation} ({columns})")


def insert(connection: duckdb.DuckDBPyConnection, relation: str, staged: Staged) -> None:
    """Convert the rows of ``staged`` and add them to ``relation``."""
    names = ", ".join(identifier(column.name) for column in staged.columns)
    values = ", ".join(
        conversion(column, identifier(column.name)).value for column in staged.columns
    )
    connection.execute(f"insert into {relation} ({names}) select {values} from {staged.relation}")


def _exists(connection: duckdb.DuckDBPyConnection, schema: str, table: Table) -> bool:
    found = connection.execute(
        """
        select 1
        from duckdb_tables()
        where
            database_name = current_database()
            and lower(schema_name) = lower(?)
            and lower(table_name) = ?
        """,
        [schema, table.name],
    ).fetchone()
    return found is not None


def _refuse_other_columns(
    connection: duckdb.DuckDBPyConnection, relation: str, table: Table
) -> None:
    """Refuse to append to a table that is not of the form which land gives it."""
    form = ", ".join(
        f"null::{column.sql_type('duckdb')} as {identifier(column.name)}"
        for column in table.columns
    )
    if _form(connection, f"from {relation}") != _form(connection, f"select {form}"):
        raise UserError(
            f"Rows cannot be appended to {relation}, whose columns are not those of the source "
            f"table {table.name}: land all its rows without --append."
        )


def _form(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in connection.execute(f"describe {query}").fetchall()]
