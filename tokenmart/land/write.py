"""The raw tables: the types of the source, filled with the converted rows of a file."""

import duckdb

from tokenmart.errors import UserError
from tokenmart.land.convert import conversion
from tokenmart.land.read import Staged
from tokenmart.land.sql import identifier, literal
from tokenmart.schema import KEPT_OF_SECRETS, Column, Table


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
    # with the database's name, because a file may be called like a schema
    (database,) = connection.execute("select current_database()").fetchone() or ("",)
    home = f"{identifier(database)}.{identifier(schema)}"
    relation = f"{home}.{identifier(table.name)}"
    connection.execute(f"create schema if not exists {home}")
    if append and _exists(connection, schema, table):
        _refuse_other_columns(connection, relation, table)
        _remove_replaced(connection, relation, table, staged)
    else:
        create_table(connection, relation, table)
    insert(connection, relation, staged, table.name)
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


def insert(
    connection: duckdb.DuckDBPyConnection, relation: str, staged: Staged, table: str
) -> None:
    """Convert the rows of ``staged`` and add them to ``relation``."""
    names = ", ".join(identifier(column.name) for column in staged.columns)
    values = ", ".join(_value(staged, table, column) for column in staged.columns)
    connection.execute(f"insert into {relation} ({names}) select {values} from {staged.relation}")


def _value(staged: Staged, table: str, column: Column) -> str:
    """The column's typed value; of a secret nothing, or the one member of it that may pass."""
    value = conversion(column, identifier(column.name)).value
    if column.name not in staged.secret:
        return value
    kept = KEPT_OF_SECRETS.get((table, column.name))
    if kept is None:
        return "null"
    member = f"({value}) ->> {literal(kept)}"
    return f"case when {member} is not null then json_object({literal(kept)}, {member}) end"


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


def _remove_replaced(
    connection: duckdb.DuckDBPyConnection, relation: str, table: Table, staged: Staged
) -> None:
    """Make room for rows that are delivered again: one primary key has one row, the later one."""
    if "id" in table.column_names:
        key = conversion(table.column("id"), "id").value
        connection.execute(
            f"delete from {relation} where id in (select {key} from {staged.relation})"
        )


def _form(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in connection.execute(f"describe {query}").fetchall()]
