"""Extraction: the source tables of an application's Postgres database, as files for landing.

Rows come by COPY, in one transaction that only reads, as the text that Postgres itself writes of
each value, which is exact for every type. Secret columns are not selected, so they never leave the
source. Row-level security is switched off for the session, so that Postgres refuses to read a
table of which it would hide rows: rows that are merely hidden would look deleted.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from io import RawIOBase
from pathlib import Path
from typing import BinaryIO

import psycopg2
from psycopg2.errors import InsufficientPrivilege
from psycopg2.extensions import cursor as Cursor
from psycopg2.extensions import make_dsn

from tokenmart.errors import UserError, first_line
from tokenmart.land.sql import identifier, literal
from tokenmart.progress import progress
from tokenmart.schema import KEPT_OF_SECRETS, Column, Table, tables
from tokenmart.sources import USAGE
from tokenmart.warehouse import url

_SETTINGS = """
    set local timezone = 'UTC'; set local datestyle = 'ISO'; set local client_encoding = 'UTF8';
    set local row_security = off; set local statement_timeout = 0
"""
"""Of the transaction, because a pooler may refuse those of a session."""


@dataclass(frozen=True)
class Extracted:
    """A source table that was written to a file: how many rows."""

    source: str
    table: str
    rows: int
    path: Path
    period: str | None
    """The rows, as SQL over the table, of which the file has all; none if it has every row."""


def variable(source: str) -> str:
    """The environment variable that holds the URL of the source's database."""
    return f"TOKENMART_{source.upper()}_URL"


def extract(source: str, schema: str, folder: Path, *, days: int | None = None) -> list[Extracted]:
    """Write the tables of ``source`` into ``folder``, all as of one moment.

    With ``days`` the table of usage is read from midnight UTC that many days ago.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _reading(source) as cursor, progress(f"extract {source}") as shown:
        found = _columns(cursor, source, schema)
        since = _since(cursor, days)
        extracted = []
        for number, (table, columns) in enumerate(found.items(), start=1):

            def advance(size: int, name: str = table.name, number: int = number) -> None:
                shown.begin(f"{name}, {size / 1e6:,.0f} MB", number, len(found))

            advance(0)
            usage = USAGE.get(source)
            period = None
            if since and usage and usage.table == table.name:
                period = f"({usage.moment} >= {since} or {usage.moment} is null)"
            path = folder / f"{table.name}.csv"
            rows = _copy(cursor, _query(schema, table, columns, period), path, advance)
            extracted.append(Extracted(source, table.name, rows, path, period))
    return extracted


@contextmanager
def _reading(source: str) -> Iterator[Cursor]:
    """A transaction that reads the source; what Postgres refuses ends in a sentence."""
    name = variable(source)
    address = os.environ.get(name)
    if not address:
        raise UserError(
            f"The address of the source {source} is not known: set {name}, such as "
            "postgresql://reader:password@host:5432/database."
        )
    settings = url.settings(name, address)
    try:
        connection = psycopg2.connect(make_dsn(**{"application_name": "tokenmart", **settings}))
    except psycopg2.Error as error:
        raise UserError(
            f"The source {source} cannot be reached: {first_line(error)}. "
            f"Start it, or correct {name}."
        ) from error
    with closing(connection):
        try:
            connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
            with connection, connection.cursor() as cursor:
                cursor.execute(_SETTINGS)
                yield cursor
        except psycopg2.Error as error:
            raise UserError(_refusal(source, connection.info.user, error)) from error


def _refusal(source: str, user: str, error: psycopg2.Error) -> str:
    said = error.diag.message_primary or first_line(error)
    if isinstance(error, InsufficientPrivilege) and "row-level security" in said:
        return (
            f"The source {source} hides rows from the user {user}: {said}. Read it with a role "
            f"that has bypassrls, or `alter role {user} bypassrls`."
        )
    if isinstance(error, InsufficientPrivilege):
        return (
            f"The user {user} may not read the source {source}: {said}. Grant it usage on the "
            "schema and select on the columns that docs/extract.md lists."
        )
    return f"The source {source} could not be read to the end: {said}. Run it again."


def _columns(cursor: Cursor, source: str, schema: str) -> dict[Table, list[Column]]:
    """What is to be read of each table: the columns that it has, and that this user may read."""
    found: dict[Table, list[Column]] = {}
    for table in tables().values():
        if table.source != source:
            continue
        cursor.execute(
            """
            select lower(columns.attname), has_column_privilege(columns.attrelid, attnum, 'select')
            from pg_attribute as columns
            where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped
            """,
            [f"{identifier(schema)}.{identifier(table.name)}"],
        )
        readable = dict(cursor.fetchall())
        if not readable and not table.is_optional:
            raise UserError(
                f"The source {source} has no table {schema}.{table.name}: correct the database in "
                f"{variable(source)}, or name the schema with --schema."
            )
        wanted = [column for column in table.landed_columns if column.name in readable]
        hidden = [each.name for each in wanted if each.is_needed and not readable[each.name]]
        if hidden:
            raise UserError(
                f"The user {cursor.connection.info.user} may not read {', '.join(hidden)} of "
                f"{schema}.{table.name}: `grant select ({', '.join(hidden)}) on "
                f"{schema}.{table.name} to {cursor.connection.info.user}`."
            )
        if readable:
            found[table] = [column for column in wanted if readable[column.name]]
    return found


def _since(cursor: Cursor, days: int | None) -> str | None:
    """The midnight from which usage is read, by the source's clock."""
    if days is None:
        return None
    cursor.execute("select cast(current_date - %s as text)", [days])
    ((day,),) = cursor.fetchall()
    return f"timestamp '{day} 00:00:00'"


def _query(schema: str, table: Table, columns: list[Column], period: str | None) -> str:
    selected = ", ".join(f"{_value(table, each)} as {identifier(each.name)}" for each in columns)
    where = f" where {period}" if period else ""
    return f"select {selected} from {identifier(schema)}.{identifier(table.name)}{where}"


def _value(table: Table, column: Column) -> str:
    """The column, or of a secret document the one member of it that may pass."""
    name = identifier(column.name)
    kept = KEPT_OF_SECRETS.get((table.name, column.name))
    if kept is None:
        return name
    member = f"cast({name} as jsonb) -> {literal(kept)}"
    return (
        f"case when jsonb_typeof({member}) = 'string'"
        f" then jsonb_build_object({literal(kept)}, {member}) end"
    )


def _copy(cursor: Cursor, query: str, path: Path, advance: Callable[[int], None]) -> int:
    """Write the rows to a file, which has its name only when it is complete."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            cursor.copy_expert(
                f"copy ({query}) to stdout (format csv, header)", _Counted(file, advance)
            )
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return int(cursor.rowcount)


class _Counted(RawIOBase):
    """A file that says how many bytes it was given."""

    def __init__(self, file: BinaryIO, advance: Callable[[int], None]) -> None:
        super().__init__()
        self._file, self._advance, self._size = file, advance, 0

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._size += len(data)
        self._advance(self._size)
        return self._file.write(data)
