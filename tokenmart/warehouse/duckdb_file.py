"""A warehouse in a DuckDB file."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from tokenmart.errors import UserError
from tokenmart.warehouse.base import Result, Session, Warehouse


@contextmanager
def connect(path: Path, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the DuckDB file; its session speaks UTC, whatever the machine's time zone is."""
    if read_only and not path.is_file():
        raise UserError(
            f"There is no database at {path}: land some data and run `tokenmart build` first."
        )
    try:
        connection = duckdb.connect(str(path), read_only=read_only)
    except duckdb.IOException as error:
        if "Could not set lock on file" in str(error):
            raise UserError(
                f"{path} is in use by another process, and a DuckDB file has one writer at a time. "
                "Close the other program (a running dbt, a database browser) and try again."
            ) from error
        raise _not_a_database(path, error) from error
    except duckdb.Error as error:
        raise _not_a_database(path, error) from error
    try:
        connection.execute("set TimeZone = 'UTC'")
        yield connection
    finally:
        connection.close()


def _not_a_database(path: Path, error: duckdb.Error) -> UserError:
    return UserError(
        f"{path} cannot be opened as a DuckDB database: {error}\nIf it is damaged, put a copy of it"
        " back; without one, move it away, land the sources and build again: what had left them"
        " is then not known any more."
    )


@dataclass(frozen=True)
class DuckDBFile(Warehouse):
    """One file, which one process at a time may write."""

    path: Path

    @property
    def location(self) -> str:
        return str(self.path)

    @property
    def url(self) -> str:
        return f"duckdb+buffered:///{self.path}?access_mode=read_only"

    def refuse_if_unusable(self) -> None:
        """Open the file for a moment, if there is one."""
        if self.path.exists():
            with connect(self.path):
                pass

    @contextmanager
    def read(self) -> Iterator[Session]:
        with connect(self.path, read_only=True) as connection:
            yield DuckDBSession(connection)


class DuckDBSession(Session):
    """A connection to a DuckDB file."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        ((self.database,),) = connection.execute("select current_database()").fetchall()

    def query(self, sql: str) -> Result:
        result = self._connection.execute(sql)
        return Result(tuple(column[0] for column in result.description or ()), result.fetchall())
