"""A data file in a temporary table of text, its columns named like those of the table it is for."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from tokenmart.errors import UserError, reason
from tokenmart.land.formats import EXTENSIONS, FORMATS
from tokenmart.land.formats.text_file import TextFile
from tokenmart.land.match import match
from tokenmart.land.sql import identifier
from tokenmart.land.value import staged_text
from tokenmart.schema import SECRET_COLUMNS, Column
from tokenmart.warehouse.duckdb_file import system_complaint


@dataclass(frozen=True)
class Staged:
    """The rows of a file as text, in the file's order; a column that the file lacks is null."""

    path: Path
    table: str
    columns: tuple[Column, ...]
    secret: frozenset[str]
    """Columns of the table that may not be shown; another one may hold their values by mistake."""

    @property
    def relation(self) -> str:
        return f"temp.{identifier(f'landing_{self.table}')}"

    def count(self, connection: duckdb.DuckDBPyConnection) -> int:
        """How many rows there are."""
        count = connection.execute(f"select count(*) from {self.relation}").fetchone()
        assert count is not None
        return int(count[0])


def stage(
    connection: duckdb.DuckDBPyConnection, path: Path, table: str, columns: Sequence[Column]
) -> Staged:
    """Read ``columns`` of a file for ``table``, or refuse it in one sentence without a value."""
    file_format = FORMATS.get(path.suffix.lower())
    if file_format is None:
        raise UserError(
            f"{path.name} cannot be read: its name must end in {', '.join(EXTENSIONS)}."
        )
    secret = frozenset(SECRET_COLUMNS.get(table, ()))
    staged = Staged(path, table, tuple(columns), secret)
    try:
        with TemporaryDirectory(prefix="tokenmart-") as scratch:
            _fill(connection, staged, file_format.open(connection, path, Path(scratch)))
    except duckdb.Error as error:
        if system_complaint(error) or isinstance(error, duckdb.OutOfMemoryException):
            # it is not the file that is wrong, but the place where its rows go
            raise
        fault = file_format.fault(path, error, columns)
        raise UserError(
            f"{path.name} cannot be read as {file_format.name}: {fault.rstrip('.')}."
        ) from error
    except UnicodeError as error:
        line = _first_not_utf8(path)
        raise UserError(f"{path.name} cannot be read: line {line} is not UTF-8 text.") from error
    except OSError as error:
        raise UserError(f"{path.name} cannot be read: {reason(error)}.") from error
    return staged


def _fill(connection: duckdb.DuckDBPyConnection, staged: Staged, file: TextFile) -> None:
    found = match(staged.path, file.names, staged.columns, staged.secret)
    columns = [column for column in staged.columns if column.name in found]
    definitions = ", ".join(f"{identifier(column.name)} varchar" for column in staged.columns)
    targets = ", ".join(identifier(column.name) for column in columns)
    texts = ", ".join(staged_text(staged.table, column) for column in columns)
    source = file.query({found[column.name]: column for column in columns})
    connection.execute(f"create temp table {staged.relation} ({definitions})")
    connection.execute(
        f"insert into {staged.relation} ({targets})"
        f" select {texts} from ({source}) as file ({targets})"
    )


def _first_not_utf8(path: Path) -> int:
    """The number of the line, as far as lines can be told."""
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                line.decode()
            except UnicodeDecodeError:
                return number
    return 1
