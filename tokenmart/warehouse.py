"""Connections to the warehouse of a project."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from tokenmart.errors import UserError


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
        if "lock" in str(error).lower():
            raise UserError(
                f"{path} is in use by another process, and a DuckDB file has one writer at a time. "
                "Close the other program (a running dbt, a database browser) and try again."
            ) from error
        raise UserError(f"{path} cannot be opened as a DuckDB database: {error}") from error
    except duckdb.Error as error:
        raise UserError(f"{path} cannot be opened as a DuckDB database: {error}") from error
    try:
        connection.execute("set TimeZone = 'UTC'")
        yield connection
    finally:
        connection.close()
