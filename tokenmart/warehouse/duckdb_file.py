"""A warehouse in a DuckDB file."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import duckdb

from tokenmart.errors import UserError, first_line
from tokenmart.warehouse.base import Result, Session, Warehouse

NO_EXTENSIONS: dict[str, Any] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
"""A file of another database would have DuckDB fetch the extension that reads it."""

_LIMITS = ("memory_limit", "max_memory", "temp_directory", "max_temp_directory_size", "threads")
_MAGIC = slice(8, 12)


@contextmanager
def connect(path: Path, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the DuckDB file; its session speaks UTC, whatever the machine's time zone is."""
    _refuse_what_is_no_database(path)
    if read_only and not path.is_file():
        raise UserError(
            f"There is no database at {path}: land some data and run `tokenmart build` first."
        )
    try:
        connection = duckdb.connect(str(path), read_only=read_only, config=NO_EXTENSIONS)
    except duckdb.Error as error:
        raise UserError(_not_opened(path, error)) from error
    try:
        connection.execute("set TimeZone = 'UTC'")
        yield connection
    except duckdb.Error as error:
        raise UserError(_complaint(path, error)) from error
    finally:
        # after an error in the file the connection may be of no use, and closing it fails too
        with suppress(duckdb.Error):
            connection.close()


def keep_within_limits(connection: duckdb.DuckDBPyConnection, target: Mapping[str, Any]) -> None:
    """Set what a dbt target says of DuckDB's memory, disk and threads, as dbt sets it."""
    for part in ("config_options", "settings"):
        stated = target.get(part) or {}
        if not isinstance(stated, Mapping):
            raise UserError(f"{part} of the dbt target must be like {{memory_limit: 4GB}}.")
        for name in (each for each in stated if str(each).lower() in _LIMITS):
            value = str(stated[name])
            quoted = value.replace("'", "''")
            try:
                connection.execute(f"set {name} = '{quoted}'")
            except duckdb.Error as error:
                raise UserError(
                    f"{name} in {part} of the dbt target cannot be {value or 'empty'}: "
                    f"{first_line(error).rstrip('!')}."
                ) from error


def _refuse_what_is_no_database(path: Path) -> None:
    if not path.parent.is_dir():
        raise UserError(
            f"There is no folder {path.parent} for the database {path.name}: create it."
        )
    if path.is_dir():
        raise UserError(f"{path} is a folder, not a DuckDB database: name a file in it.")
    if not path.is_file():
        return
    with path.open("rb") as file:
        start = file.read(_MAGIC.stop)
    if not start:
        raise UserError(
            f"{path} is an empty file, not a DuckDB database: remove it, and a build creates it."
        )
    if start[_MAGIC] != b"DUCK":
        raise UserError(_no_database(path, "it has the contents of another kind of file"))


def _not_opened(path: Path, error: duckdb.Error) -> str:
    if "Could not set lock on file" in str(error):
        return (
            f"{path} is in use by another process, and a DuckDB file has one writer at a time. "
            "Close the other program (a running dbt, a database browser) and try again."
        )
    if "newer version of DuckDB" in str(error):
        return (
            f"{path} was written by a newer DuckDB than the installed {duckdb.__version__}: "
            "`pip install --upgrade duckdb`, or name another file."
        )
    if says := system_complaint(error):
        return f"{path} cannot be opened: {says}."
    return _no_database(path, first_line(error))


def _no_database(path: Path, reason: str) -> str:
    return f"{path} cannot be opened as a DuckDB database: {reason}. {_IF_DAMAGED}"


def _complaint(path: Path, error: duckdb.Error) -> str:
    """What to say of a statement that DuckDB did not carry out."""
    what = "DuckDB" if path == Path(":memory:") else f"The database {path}"
    if says := system_complaint(error):
        return f"{what} could not be written or read: {says}."
    said = first_line(error)
    if isinstance(error, duckdb.OutOfMemoryException):
        return (
            f"{what} needs more memory than it may use: {said}. Use a larger machine, or raise "
            "memory_limit in profiles.yml if it is set there."
        )
    if isinstance(error, _DAMAGES):
        return f"{what} cannot be read: {said}. {_IF_DAMAGED}"
    return (
        f"{what} could not run a query: {said}. "
        "If another program changed the tables, run `tokenmart build` again."
    )


def system_complaint(error: duckdb.Error) -> str | None:
    """What the system refused, with what to do; DuckDB passes its words on."""
    found = next((text for text in _ADVICE if text in str(error)), None)
    return f"{first_line(error)}; {_ADVICE[found]}" if found else None


_ADVICE = {
    "No space left on device": "make room on the disk and try again",
    "Disk quota exceeded": "make room on the disk and try again",
    "File too large": "raise the limit on the size of files (`ulimit -f`) and try again",
    "Permission denied": "grant access to it, or name another file",
    "Read-only file system": "name a file on a disk that can be written",
    "Is a directory": "name a file",
    "Not a directory": "name a file in a folder",
    "No such file or directory": "create its folder first, or name another file",
    "File name too long": "name another file",
}
_IF_DAMAGED = (
    "If it is damaged, restore a backup; without one, move it away, land the sources and build"
    " again: rows that were deleted at the source are then lost."
)
_DAMAGES = (
    duckdb.FatalException,
    duckdb.InternalException,
    duckdb.IOException,
    duckdb.SerializationException,
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
        options = urlencode({"access_mode": "read_only", **NO_EXTENSIONS})
        return f"duckdb+buffered:///{self.path}?{options}"

    def refuse_if_unusable(self) -> None:
        """Open the file for a moment, if there is one."""
        _refuse_what_is_no_database(self.path)
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
