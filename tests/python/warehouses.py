"""A DuckDB warehouse in a folder of its own: source tables, and dbt as a subprocess on them."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import duckdb
from dbt_process import IS_PLAIN, ROOT, run_dbt
from tokenmart_process import run_tokenmart

from tokenmart.schema import tables

BIN = Path(sys.executable).parent


def as_json(value: Any) -> Any:
    """A value of a source row as a database takes it: a dictionary stands for its JSON."""
    return json.dumps(value) if isinstance(value, dict) else value


class Warehouse:
    """A DuckDB file with raw tables, and the project built on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.project = ROOT
        self.path = folder / "warehouse.duckdb"
        self.variables: dict[str, Any] = {}
        self.keeps_compiled = False
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "profiles.yml.example", folder / "profiles.yml")

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {
            "TOKENMART_DUCKDB_PATH": str(self.path),
            "DBT_PROFILES_DIR": str(self.folder),
            "DBT_TARGET_PATH": str(self.folder / "target"),
            "DBT_LOG_PATH": str(self.folder / "logs"),
            # every statement of a build, which takes a tenth of its time to write
            "DBT_LOG_LEVEL_FILE": "none",
            "COLUMNS": "200",
            "TOKENMART_TEST_COMPILED": "kept" if self.keeps_compiled else "",
        }

    def tokenmart(
        self, *arguments: str, plainly: bool = IS_PLAIN
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in the project's folder; another project may be set."""
        return run_tokenmart([*arguments], self.project, self.environment, plainly=plainly)

    def dbt(self, *arguments: str, **variables: Any) -> subprocess.CompletedProcess[str]:
        """Run dbt, whatever comes of it, with these variables beside those of the warehouse."""
        return run_dbt(
            ["--no-use-colors", *arguments, "--vars", json.dumps(self.variables | variables)],
            self.project,
            self.environment,
        )

    def build(self, *arguments: str, unit_tests: bool = False, **variables: Any) -> str:
        """Build the project; every model and every test must pass."""
        if not unit_tests:
            arguments += ("--exclude-resource-type", "unit_test")
        result = self.dbt("build", *arguments, **variables)
        assert result.returncode == 0, result.stdout[-3000:] + result.stderr
        return result.stdout

    def create_sources(
        self, *sources: str, schema: str | None = None, constraints: bool = False
    ) -> None:
        """Make the tables of the sources (of all, if none is named), empty, in raw_<source>."""
        assert not constraints, "the tables of a file have none"
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
        with self.open() as connection:
            for row in rows:
                names = ", ".join(f'"{name}"' for name in row)
                marks = ", ".join("?" for _ in row)
                connection.execute(
                    f"insert into {schema}.{table} ({names}) values ({marks})",
                    [as_json(value) for value in row.values()],
                )

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The built database, to be read; it speaks UTC."""
        with self.open(read_only=True) as connection:
            connection.execute("set TimeZone = 'UTC'")
            yield connection

    def open(self, *, read_only: bool = False) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        return duckdb.connect(str(self.path), read_only=read_only)

    def execute(self, sql: str) -> None:
        with self.open() as connection:
            connection.execute(sql)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.open(read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def value(self, sql: str) -> Any:
        ((value,),) = self.rows(sql)
        return value

    def comment(self, schema: str, name: str) -> str | None:
        """The comment on a table or view."""
        ((comment,),) = self.rows(
            f"""
            select comment from duckdb_tables()
            where schema_name = '{schema}' and table_name = '{name}'
            union all
            select comment from duckdb_views()
            where schema_name = '{schema}' and view_name = '{name}'
            """
        )
        return None if comment is None else str(comment)
