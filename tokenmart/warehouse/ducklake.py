"""A warehouse in a DuckLake: DuckDB as the engine, Parquet files, and Postgres as their catalog."""

import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import duckdb
import psycopg2
from psycopg2.extensions import parse_dsn

from tokenmart.console import note
from tokenmart.errors import UserError, first_line
from tokenmart.warehouse.base import Session, Warehouse
from tokenmart.warehouse.duckdb_file import NO_EXTENSIONS, DuckDBSession, system_complaint
from tokenmart.warehouse.postgres import PostgresDatabase

_EXTENSIONS = ("postgres_scanner", "ducklake")
_INSTALL = "install it with `pip install 'tokenmart[ducklake]'`"
_PATH = "ducklake:postgres:"
_LOCK = "select pg_try_advisory_lock(hashtext('tokenmart: who writes to the DuckLake'))"
_SECONDS_BETWEEN_ATTEMPTS = 1.0


@dataclass(frozen=True)
class DuckLake(Warehouse):
    """Parquet files and their catalog: many processes may read, and one at a time writes.

    DuckLake itself lets two write at once, and where the catalog is in Postgres it overlooks that
    their changes contradict each other. So whoever writes holds a lock in the catalog.
    """

    name: str
    catalog: str
    options: Mapping[str, Any]
    threads: int

    @classmethod
    def of(cls, attached: Mapping[str, Any], folder: Path, threads: int) -> "DuckLake":
        """That of a dbt target; a relative path of its files is counted from the folder."""
        path = str(attached["path"])
        if not path.startswith(_PATH):
            raise UserError(
                "The catalog of the DuckLake must be a Postgres database, which many processes can "
                "share: let the path in profiles.yml begin with ducklake:postgres:."
            )
        options = dict(attached.get("options") or {})
        if data := options.get("data_path"):
            options["data_path"] = data_path(str(data), folder)
        return cls(str(attached["alias"]), path.removeprefix(_PATH), options, threads)

    @property
    def location(self) -> str:
        return f"the DuckLake in {self._postgres.location}"

    @property
    def _postgres(self) -> PostgresDatabase:
        try:
            stated = parse_dsn(self.catalog)
        except psycopg2.ProgrammingError as error:
            # without what libpq says of it, because it repeats the words, password and all
            raise UserError(
                "TOKENMART_LAKE_CATALOG is not like `dbname=tokenmart_lake host=localhost "
                "user=me`, nor like postgresql://me@localhost/tokenmart_lake; correct it."
            ) from error
        variables = {name: os.environ.get(f"PG{name.upper()}") for name in ("host", "port", "user")}
        variables["database"] = os.environ.get("PGDATABASE")
        return PostgresDatabase(variables | stated)

    @property
    def url(self) -> str:
        statements = ";".join(self._statements(read_only=True))
        return f"duckdb+buffered:///:memory:?{urlencode(NO_EXTENSIONS | {'opening': statements})}"

    def refuse_if_unusable(self) -> None:
        """Look for the extensions, and connect to the catalog for a moment."""
        refuse_threads(self.threads)
        extensions()
        with self._connect_catalog():
            pass

    @contextmanager
    def read(self) -> Iterator[Session]:
        with self._connect_catalog():
            pass
        with self.connect(read_only=True) as connection:
            yield DuckDBSession(connection)

    @contextmanager
    def write(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open it for this process alone to write to."""
        with self.locked(), self.connect(read_only=False) as connection:
            yield connection

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Have no other process write; whoever comes second waits, and says so."""
        with self._connect_catalog() as connection, connection.cursor() as cursor:
            connection.autocommit = True
            is_waiting = False
            while not _is_granted(cursor):
                if not is_waiting:
                    note("Another process is writing to the DuckLake; waiting for it to finish.")
                is_waiting = True
                time.sleep(_SECONDS_BETWEEN_ATTEMPTS)
            yield

    @contextmanager
    def _connect_catalog(self) -> Iterator[Any]:
        """Its errors are sentences, which those of DuckDB, with the password in them, are not."""
        with ExitStack() as stack:
            try:
                connection = stack.enter_context(self._postgres.connect())
            except UserError as error:
                raise UserError(f"The catalog of the DuckLake: {error}") from error
            yield connection

    @contextmanager
    def connect(self, *, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open it in a session of DuckDB's, which speaks UTC."""
        connection = duckdb.connect(":memory:", config=NO_EXTENSIONS)
        try:
            for statement in self._statements(read_only=read_only):
                connection.execute(statement)
            yield connection
        except duckdb.Error as error:
            raise UserError(self._complaint(error)) from error
        finally:
            with suppress(duckdb.Error):
                connection.close()

    def _statements(self, *, read_only: bool) -> list[str]:
        options = {name.upper(): _literal(value) for name, value in self.options.items()}
        if read_only:
            options["READ_ONLY"] = "true"
        listed = ", ".join(f"{name} {value}" for name, value in options.items())
        return [
            *(f"load {_literal(str(path))}" for path in extensions()),
            "set TimeZone = 'UTC'",
            f"attach {_literal(_PATH + self.catalog)} as {self.name}"
            + (f" ({listed})" if listed else ""),
            f"use {self.name}",
        ]

    def _complaint(self, error: duckdb.Error) -> str:
        """What to say of a statement that DuckDB did not carry out."""
        said = str(error)
        if "creating a new DuckLake is explicitly disabled" in said:
            return (
                f"There is no DuckLake in {self._postgres.location}: land some data and run "
                "`tokenmart build` first."
            )
        if found := re.search(r'does not match existing data path in the catalog "([^"]*)"', said):
            return (
                f"The files of the DuckLake are in {found[1]}, and TOKENMART_LAKE_DATA names "
                f"{self.options['data_path']}: every process must name the same folder."
            )
        if "Cannot open file" in said and ".parquet" in said:
            return (
                f"A file of the DuckLake cannot be opened: {first_line(error)}. Every process must "
                "see its folder, and only DuckLake may remove files from it."
            )
        if says := system_complaint(error):
            return f"The DuckLake could not be written or read: {says}."
        return f"The DuckLake did not answer a query: {first_line(error)}."


def extensions() -> list[Path]:
    """The files of the extensions that DuckDB needs, from their wheels and never the network."""
    found = []
    for name in _EXTENSIONS:
        try:
            module = import_module(f"duckdb_extension_{name}")
        except ModuleNotFoundError as error:
            raise UserError(f"DuckLake needs {error.name}: {_INSTALL}.") from error
        folder = Path(str(module.__path__[0])) / "extensions" / f"v{duckdb.__version__}"
        path = folder / f"{name}.duckdb_extension"
        if not path.is_file():
            raise UserError(
                f"DuckDB {duckdb.__version__} is installed, and duckdb_extension_{name} is for "
                f"another version: {_INSTALL}, which brings versions that belong together."
            )
        found.append(path)
    return found


def refuse_threads(threads: int) -> None:
    """Refuse what may leave a catalog that cannot be read any more (duckdb/ducklake#1404)."""
    if threads > 1:
        raise UserError(
            f"The dbt target has {threads} threads, and more than one may damage the catalog of a "
            "DuckLake: set threads to 1 in profiles.yml, and leave out --threads. DuckDB uses all "
            "cores for each statement all the same."
        )


def data_path(path: str, folder: Path) -> str:
    """Where the files are, the same for every process of this machine; a URL stays as it is."""
    return path if "://" in path else f"{(folder / Path(path).expanduser()).resolve()}/"


def _is_granted(cursor: Any) -> bool:
    cursor.execute(_LOCK)
    (is_granted,) = cursor.fetchone()
    return bool(is_granted)


def _literal(value: Any) -> str:
    if isinstance(value, bool | int):
        return str(value).lower()
    return "'" + str(value).replace("'", "''") + "'"
