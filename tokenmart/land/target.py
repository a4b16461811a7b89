"""What landing needs of a database, whatever its engine."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import duckdb

from tokenmart.land.guard import RawTable
from tokenmart.land.read import Staged
from tokenmart.schema import Table


@dataclass(frozen=True)
class Load:
    """The checked rows of a file, and the raw table that they are for."""

    schema: str
    table: Table
    staged: Staged
    keeps_others: bool = False
    """True if rows of the table that the file does not have stay there."""

    period: str | None = None
    """The rows, as SQL over the table, of which the file has all, though it keeps others."""

    def __str__(self) -> str:
        return f"{self.schema}.{self.table.name}"


class Target(Protocol):
    """A database to land in."""

    another: str
    """How to choose another database."""

    reader: duckdb.DuckDBPyConnection
    """Where files are read into temporary tables; it speaks UTC."""

    def raw_tables(self, schemas: Iterable[str]) -> tuple[RawTable, ...]:
        """Everything that is in ``schemas``."""
        ...

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query that both engines understand."""
        ...

    def refuse_unstorable(self, load: Load) -> None:
        """Refuse values that are of their column's type, and that the database cannot store."""
        ...

    def write(self, loads: Sequence[Load], mark: str) -> None:
        """Write the raw tables and mark them: all of them, or nothing."""
        ...
