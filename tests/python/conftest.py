"""Whole builds in a folder of their own: a DuckDB file with source tables, dbt as a subprocess."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tokenmart.land import land
from tokenmart.project import Project
from tokenmart.sample import write_sample
from tokenmart.schema import tables
from tokenmart.warehouse import connect

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent

ORG = "00000000-0000-0000-0000-0000000000aa"
"""An organisation that the minimal sources have; the provider key is 1."""


def uuid(number: int) -> str:
    """A key for the tables that are keyed by one."""
    return f"00000000-0000-0000-0000-{number:012d}"


class Warehouse:
    """A DuckDB file with raw tables, and the project built on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "warehouse.duckdb"
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "profiles.yml.example", folder / "profiles.yml")

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {
            "TOKENMART_DUCKDB_PATH": str(self.path),
            "DBT_PROFILES_DIR": str(self.folder),
            "DBT_TARGET_PATH": str(self.folder / "target"),
            "DBT_LOG_PATH": str(self.folder / "logs"),
            "COLUMNS": "200",
        }

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment in the project's folder."""
        return subprocess.run(
            [str(BIN / command[0]), *command[1:]],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def dbt(self, *arguments: str, **variables: Any) -> subprocess.CompletedProcess[str]:
        """Run dbt, whatever comes of it."""
        return self.run("dbt", "--no-use-colors", *arguments, "--vars", json.dumps(variables))

    def build(self, *arguments: str, unit_tests: bool = False, **variables: Any) -> str:
        """Build the project; every model and every test must pass."""
        if not unit_tests:
            arguments += ("--exclude-resource-type", "unit_test")
        result = self.dbt("build", *arguments, **variables)
        assert result.returncode == 0, result.stdout[-3000:] + result.stderr
        return result.stdout

    def create_sources(self, *sources: str, schema: str | None = None) -> None:
        """Make the tables of the sources (of all, if none is named), empty, in raw_<source>."""
        for table in tables().values():
            if sources and table.source not in sources:
                continue
            into = schema or f"raw_{table.source}"
            columns = ", ".join(
                f'"{column.name}" {column.sql_type("duckdb")}' for column in table.columns
            )
            self.execute(f"create schema if not exists {into}")
            self.execute(f"create table {into}.{table.name} ({columns})")

    def insert(self, table: str, *rows: dict[str, Any], schema: str | None = None) -> None:
        """Add rows to a source table; a dictionary stands for its JSON."""
        schema = schema or f"raw_{tables()[table].source}"
        with duckdb.connect(str(self.path)) as connection:
            for row in rows:
                names = ", ".join(f'"{name}"' for name in row)
                values = [json.dumps(v) if isinstance(v, dict) else v for v in row.values()]
                marks = ", ".join("?" for _ in values)
                connection.execute(
                    f"insert into {schema}.{table} ({names}) values ({marks})", values
                )

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The built database, to be read; it speaks UTC."""
        with duckdb.connect(str(self.path), read_only=True) as connection:
            connection.execute("set TimeZone = 'UTC'")
            yield connection

    def execute(self, sql: str) -> None:
        with duckdb.connect(str(self.path)) as connection:
            connection.execute(sql)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.path), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def value(self, sql: str) -> Any:
        ((value,),) = self.rows(sql)
        return value


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """A warehouse without any table."""
    return Warehouse(tmp_path)


@pytest.fixture
def sources(warehouse: Warehouse) -> Warehouse:
    """A warehouse with all source tables, empty but for one provider key and one organisation."""
    warehouse.create_sources()
    warehouse.insert("provider_keys", {"id": 1, "provider": "openai"})
    warehouse.insert("organizations", {"id": ORG, "name": "Acme"})
    return warehouse


@pytest.fixture(scope="session")
def sample_build(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Two weeks of sample data, landed and built once; tests must not change it."""
    folder = tmp_path_factory.mktemp("sample")
    warehouse = Warehouse(folder / "warehouse")
    write_sample(
        folder / "data", days=14, seed=7, rows_per_day=400, end=date(2026, 10, 31), format="parquet"
    )
    with pytest.MonkeyPatch.context() as patch:
        for name, value in warehouse.environment.items():
            patch.setenv(name, value)
        land(Project(ROOT), folder / "data")
    warehouse.build(unit_tests=True)
    return warehouse


@pytest.fixture
def copy_of_sample(sample_build: Warehouse, tmp_path: Path) -> Warehouse:
    """The built sample, to be changed at will."""
    copy = Warehouse(tmp_path / "copy")
    shutil.copy(sample_build.path, copy.path)
    shutil.copytree(sample_build.folder / "target", copy.folder / "target")
    return copy


@pytest.fixture
def event() -> Callable[..., dict[str, Any]]:
    """A valid usage event; keywords change it."""

    def make(id: int, **changes: Any) -> dict[str, Any]:
        row = {
            "id": id,
            "key_id": 1,
            "model": "gpt-4-1",
            "tokens_in": 100,
            "tokens_out": 10,
            "cost_estimate": "0.500000",
            "timestamp": "2025-01-01 10:00:00",
        }
        return row | changes

    return make


@pytest.fixture
def record() -> Callable[..., dict[str, Any]]:
    """A valid usage record; keywords change it."""

    def make(number: int, **changes: Any) -> dict[str, Any]:
        row = {
            "id": uuid(number),
            "org_id": ORG,
            "resource_type": "llm_tokens",
            "quantity": 100,
            "cost_usd": "1.0000",
            "period_start": "2025-01-01",
            "period_end": "2025-01-02",
            "metadata": {"model": "claude-sonnet-4-5", "input_tokens": 60, "output_tokens": 40},
            "token_source": "company",
            "created_at": "2025-01-02",
        }
        return row | changes

    return make


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project without models, to land into."""
    (tmp_path / "dbt_project.yml").write_text("profile: tokenmart\nvars: {voice_schema: speech}\n")
    (tmp_path / "profiles.yml").write_text(
        "tokenmart: {target: dev, outputs: {dev: {type: duckdb, path: warehouse.duckdb}}}\n"
    )
    return Project(tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder, to be landed."""
    path = tmp_path / "delivery"
    path.mkdir()
    return path


@pytest.fixture(scope="module")
def session() -> Iterator[duckdb.DuckDBPyConnection]:
    """A session in memory, in UTC like every other."""
    with connect(Path(":memory:")) as connection:
        yield connection
