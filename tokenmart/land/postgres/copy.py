"""Rows on their way from DuckDB to Postgres, as lines of COPY's text format.

The CSV format would not do: before Postgres 18 a line ``\\.`` ends it, even inside a quoted text.
"""

import re
from collections.abc import Callable
from io import RawIOBase

import duckdb
import psycopg2
from psycopg2.extensions import cursor as Cursor
from rich.progress import Progress, SpinnerColumn, TextColumn

from tokenmart.console import err
from tokenmart.errors import UserError
from tokenmart.land.check import Fault, refuse
from tokenmart.land.sql import identifier
from tokenmart.land.target import Load
from tokenmart.land.value import landed_value
from tokenmart.schema import Column

_ROWS_AT_A_TIME = 10_000
_NUL_IN_JSON = r"(^|[^\\])(\\\\)*\\u0000"
_OF_A_VALUE = ("22", "54")
"""The classes of errors that a value may cause: data exceptions, and limits of the server."""


def refuse_nul(reader: duckdb.DuckDBPyConnection, load: Load) -> None:
    """Refuse a text with the character NUL, which Postgres cannot hold."""
    complaint = r"'holds the character NUL (\u0000), which Postgres cannot store'"
    rules = {column: _holds_nul(column, landed_value(column)) for column in load.staged.columns}
    refuse(
        reader,
        load.staged,
        [
            Fault(column, rule, identifier(column.name), complaint)
            for column, rule in rules.items()
            if rule
        ],
    )


def copy(cursor: Cursor, reader: duckdb.DuckDBPyConnection, load: Load, relation: str) -> None:
    """Send the rows of ``load`` to ``relation``, in the file's order."""
    names = ", ".join(identifier(column.name) for column in load.staged.columns)
    progress = Progress(
        SpinnerColumn(),
        TextColumn("{task.completed:,}/{task.total:,} rows into {task.description}"),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    )
    with progress:
        task = progress.add_task(str(load), total=load.staged.count(reader))
        lines = _Lines(reader, load, lambda rows: progress.advance(task, rows))
        try:
            cursor.copy_expert(f"copy {relation} ({names}) from stdin", lines)
        except psycopg2.Error as error:
            raise _refusal(error, load) or error from error


class _Lines(RawIOBase):
    """The rows as a file that is read a batch at a time, for they need not fit into memory."""

    def __init__(
        self, reader: duckdb.DuckDBPyConnection, load: Load, advance: Callable[[int], None]
    ) -> None:
        super().__init__()
        fields = " || chr(9) || ".join(_field(column) for column in load.staged.columns)
        self._rows = reader.execute(f"select {fields} from {load.staged.relation}")
        self._advance = advance

    def read(self, size: int = -1) -> bytes:
        """The next lines, however many bytes are asked for; none at the end."""
        rows = self._rows.fetchmany(_ROWS_AT_A_TIME)
        self._advance(len(rows))
        return "".join(f"{line}\n" for (line,) in rows).encode()


def _field(column: Column) -> str:
    text = f"({landed_value(column)})::varchar"
    if column.is_text or column.is_json:
        text = rf"replace({text}, '\', '\\')"
        for character, code in ((9, "t"), (10, "n"), (13, "r")):
            text = rf"replace({text}, chr({character}), '\{code}')"
    if column.is_moment:
        # DuckDB writes the era of a year before the first between day and time
        text = rf"regexp_replace({text}, ' \(BC\)(.*)', '\1 BC')"
    return rf"coalesce({text}, '\N')"


def _holds_nul(column: Column, value: str) -> str | None:
    if column.is_json:
        return f"regexp_matches(({value})::varchar, '{_NUL_IN_JSON}')"
    return f"contains(({value})::varchar, chr(0))" if column.is_text else None


def _refusal(error: psycopg2.Error, load: Load) -> UserError | None:
    """The row that an error is about; none if it is not about a row's value."""
    context = error.diag.context or ""
    place = re.search(r"^COPY \w+, \w+ (\d+)(?:, \w+ (\w+))?", context, flags=re.MULTILINE)
    if place is None or not (error.pgcode or "").startswith(_OF_A_VALUE):
        return None
    row, column = place.groups()
    where = f", column {column}" if column else ""
    return UserError(
        f"{load.staged.path.name}, row {row}{where}: the value cannot be stored by Postgres: "
        f"{error.diag.message_primary}. Nothing was changed."
    )
