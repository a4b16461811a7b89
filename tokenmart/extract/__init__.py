"""Extraction: the source tables of an application's Postgres database, as files for landing.

Rows come by COPY, in one transaction that only reads, as the text that Postgres itself writes of
each value, which is exact for every type. Secret columns are not selected, so they never leave the
source. Row-level security is switched off for the session, so that Postgres refuses to read a
table of which it would hide rows: rows that are merely hidden would look deleted.

Large tables come in pieces (``pieces``), so that what has been read need not be read again.
"""

import os
import time
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
from tokenmart.extract.pieces import Pieces, begun, bounds, forget, held, part
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


@contextmanager
def extracted(
    source: str, schema: str, folder: Path, *, days: int | None = None, resume: bool = False
) -> Iterator[list[Extracted]]:
    """Write the tables of ``source`` into ``folder``, all as of one moment, for use in the block.

    With ``days`` the table of usage is read from midnight UTC that many days ago. If the block or
    the reading fails, what was read stays; with ``resume`` it is not read again. Its rows are then
    as they were when it was read.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with held(folder):
        if not resume:
            forget(folder)
        yield _extract(source, schema, folder, days)
        forget(folder)


def _extract(source: str, schema: str, folder: Path, days: int | None) -> list[Extracted]:
    with _reading(source) as cursor, progress(f"extract {source}") as shown:
        found = _columns(cursor, source, schema)
        since = _since(cursor, days)
        written = []
        for number, (table, columns) in enumerate(found.items(), start=1):

            def advance(done: str, name: str = table.name, number: int = number) -> None:
                shown.begin(f"{name}{done}", number, len(found))

            path = folder / f"{table.name}.csv"
            query = _query(schema, table, columns)
            asked = {"query": query, "days": str(days), **_server(cursor)}
            pieces = begun(path, asked) or _begin(
                cursor, schema, table, asked, _period(table, since)
            )
            _write(cursor, query, path, pieces, advance)
            written.append(Extracted(source, table.name, pieces.rows, path, pieces.period))
    return written


def _server(cursor: Cursor) -> dict[str, str]:
    known = cursor.connection.get_dsn_parameters()
    return {name: known.get(name, "") for name in ("host", "port", "dbname")}


def _period(table: Table, since: str | None) -> str | None:
    usage = USAGE.get(table.source)
    if since and usage and usage.table == table.name:
        return f"({usage.moment} >= {since} or {usage.moment} is null)"
    return None


def _begin(
    cursor: Cursor, schema: str, table: Table, asked: dict[str, str], period: str | None
) -> Pieces:
    between = bounds(cursor, schema, table, period or "true")
    return Pieces(asked, table.key_columns[0], between, period, began=time.time())


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


def _query(schema: str, table: Table, columns: list[Column]) -> str:
    selected = ", ".join(f"{_value(table, each)} as {identifier(each.name)}" for each in columns)
    return f"select {selected} from {identifier(schema)}.{identifier(table.name)}"


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


def _write(
    cursor: Cursor, query: str, path: Path, pieces: Pieces, advance: Callable[[str], None]
) -> None:
    """Write the pieces that are missing; the file has its name only when it is complete."""
    unfinished = part(path)
    if 0 < pieces.done < pieces.number:
        os.truncate(unfinished, pieces.size)
    for piece in range(pieces.done, pieces.number):
        count = f", piece {piece + 1} of {pieces.number}" if pieces.bounds else ""

        def grown(size: int, count: str = count) -> None:
            advance(f"{count}, {size / 1e6:,.0f} MB")

        grown(pieces.size)
        header = "" if piece else ", header"
        with unfinished.open("ab" if piece else "wb") as file:
            cursor.copy_expert(
                f"copy ({query} where {pieces.condition(piece)}) to stdout (format csv{header})",
                _Counted(file, grown, pieces.size),
            )
            pieces.size = file.tell()
        pieces.done = piece + 1
        pieces.rows += int(cursor.rowcount)
        if pieces.bounds:
            pieces.keep(path)
    if unfinished.exists():
        unfinished.replace(path)


class _Counted(RawIOBase):
    """A file that says how many bytes it was given."""

    def __init__(self, file: BinaryIO, advance: Callable[[int], None], size: int) -> None:
        super().__init__()
        self._file, self._advance, self._size = file, advance, size

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._size += len(data)
        self._advance(self._size)
        return self._file.write(data)
