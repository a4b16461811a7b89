"""A data file in a temporary table of text, its columns named like those of the table it is for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from tokenmart.errors import UserError
from tokenmart.land.csv_file import csv_fault, open_csv
from tokenmart.land.json_lines import json_lines_fault, open_json_lines
from tokenmart.land.match import match
from tokenmart.land.parquet_file import open_parquet, parquet_fault
from tokenmart.land.sql import identifier
from tokenmart.land.text_file import TextFile
from tokenmart.schema import Column


@dataclass(frozen=True)
class Format:
    """A file format: its name, how to open a file of it, and how to say why one cannot be read."""

    name: str
    open: Callable[[duckdb.DuckDBPyConnection, Path, Path], TextFile]
    fault: Callable[[Path, duckdb.Error], str]


_JSON_LINES = Format("JSON-lines", open_json_lines, json_lines_fault)

FORMATS = {
    ".csv": Format("CSV", open_csv, csv_fault),
    ".parquet": Format("Parquet", open_parquet, parquet_fault),
    ".jsonl": _JSON_LINES,
    ".ndjson": _JSON_LINES,
}

EXTENSIONS = tuple(FORMATS)


@dataclass(frozen=True)
class Staged:
    """The rows of a file as text, in the file's order; a column that the file lacks is null."""

    path: Path
    relation: str
    columns: tuple[Column, ...]
    secret: frozenset[str] = field(default_factory=frozenset)

    def count(self, connection: duckdb.DuckDBPyConnection) -> int:
        """How many rows there are."""
        count = connection.execute(f"select count(*) from {self.relation}").fetchone()
        assert count is not None
        return int(count[0])


def stage(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    name: str,
    columns: Sequence[Column],
    secret: frozenset[str] = frozenset(),
) -> Staged:
    """Read ``path`` into the temporary table ``name``, or refuse it in one sentence."""
    file_format = FORMATS.get(path.suffix.lower())
    if file_format is None:
        raise UserError(
            f"{path.name} cannot be read: its name must end in {', '.join(EXTENSIONS)}."
        )
    staged = Staged(path, f"temp.{identifier(name)}", tuple(columns), secret)
    try:
        with TemporaryDirectory(prefix="tokenmart-") as scratch:
            _fill(connection, staged, file_format.open(connection, path, Path(scratch)))
    except duckdb.Error as error:
        fault = file_format.fault(path, error)
        raise UserError(
            f"{path.name} cannot be read as {file_format.name}: {fault.rstrip('.')}."
        ) from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path.name} cannot be read: it is not UTF-8 text.") from error
    except OSError as error:
        raise UserError(f"{path.name} cannot be read: {error.strerror}.") from error
    return staged


def _fill(connection: duckdb.DuckDBPyConnection, staged: Staged, file: TextFile) -> None:
    found = match(staged.path, file.names, staged.columns)
    definitions = ", ".join(f"{identifier(column.name)} varchar" for column in staged.columns)
    targets = ", ".join(identifier(name) for name in found)
    connection.execute(f"create temp table {staged.relation} ({definitions})")
    connection.execute(f"insert into {staged.relation} ({targets}) {file.query([*found.values()])}")
