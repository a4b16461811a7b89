"""The raw tables: the types of the source, filled with the converted rows of a file."""

import duckdb

from tokenmart.errors import UserError
from tokenmart.land.convert import conversion
from tokenmart.land.read import Staged
from tokenmart.land.sql import identifier
from tokenmart.schema import Table


def create_table(connection: duckdb.DuckDBPyConnection, relation: str, table: Table) -> None:
    """Create a raw table, or replace it by an empty one.

    It has none of the source's constraints: a row that breaks one is to be quarantined by the
    build, in everybody's sight, and not refused here.
    """
    columns = ", ".join(
        f"{identifier(column.name)} {column.sql_type('duckdb')}" for column in table.columns
    )
    connection.execute(f"create or replace table {relation} ({columns})")


def refuse_other_columns(
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


def insert(connection: duckdb.DuckDBPyConnection, relation: str, staged: Staged) -> None:
    """Convert the rows of ``staged`` and add them to ``relation``."""
    names = ", ".join(identifier(column.name) for column in staged.columns)
    values = ", ".join(
        conversion(column, identifier(column.name)).value for column in staged.columns
    )
    connection.execute(f"insert into {relation} ({names}) select {values} from {staged.relation}")


def _form(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in connection.execute(f"describe {query}").fetchall()]
