"""A run killed anywhere and started again ends like one that was not.

The killed runs are processes of their own, which send a part of a recorded run and then get a
SIGKILL: after the commit of each table, and in the middle of each transaction.
"""

import json
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest
from conftest import ORG
from draw import drawn
from endless_dbt import endless_build
from histories import AgentsHistory, ProviderHistory, VoiceHistory
from postgres import PostgresWarehouse
from replay import Engine, Statement, play
from warehouses import Warehouse

from tokenmart import cli

KINDS = (ProviderHistory, VoiceHistory, AgentsHistory)
KILLED = (
    "ledger_",
    "int_provider_",
    "int_voice_",
    "int_agents_",
    "excluded_",
    "quarantine_",
    "fct_",
)
OUTCOMES = tuple(
    f"{outcome}_{table}"
    for outcome in ("excluded", "quarantine")
    for table in ("usage_events", "voice_usage_metrics", "usage_records")
)
WHAT_COUNTS = (
    *(f"analytics.{outcome}" for outcome in OUTCOMES),
    *(
        f"analytics_intermediate.int_{source}_usage_daily"
        for source in ("provider", "voice", "agents")
    ),
    *(f"analytics.fct_{source}_usage_daily" for source in ("provider", "voice", "agent")),
    "analytics_intermediate.int_voice_latency_daily",
    "analytics_intermediate.int_day_inputs",
    "analytics_intermediate.int_table_rules",
)


def _prepare(engine: Engine) -> None:
    """Sources that were counted once, and have changed since."""
    engine.forget()
    histories = [kind(number, Random(number)) for kind in KINDS for number in range(3)]
    for moment in range(3):
        for history in histories:
            history.step(deletes=moment == 2)
        if moment == 1:
            _fill(engine, histories)
            play(engine.statements, engine.execute)
    _fill(engine, histories)


def _fill(engine: Engine, histories: list[Any]) -> None:
    for kind in KINDS:
        own = [history for history in histories if isinstance(history, kind)]
        for sources in zip(*(history.sources for history in own), strict=True):
            engine.fill(sources[0].table, [row for each in sources for row in each.rows.values()])


def _state(fetch: Any) -> dict[str, list[str]]:
    return {table: sorted(map(str, fetch(f"select * from {table}"))) for table in WHAT_COUNTS}


def _points(statements: list[Statement]) -> list[int]:
    """After each commit, and in the middle of every fourth transaction.

    Not those of prices and dimensions: whole tables, which are made alike in every way.
    """
    commits = [number for number, each in enumerate(statements) if each.is_commit]
    begins = [0, *(number + 1 for number in commits[:-1])]
    transactions = [
        (begin, commit)
        for begin, commit in zip(begins, commits, strict=True)
        if statements[commit].model.startswith(KILLED)
    ]
    middles = {(begin + commit) // 2 + 1 for begin, commit in transactions[::4]}
    return sorted(middles | {commit + 1 for _, commit in transactions} - {len(statements)})


def _kill(task: Path, **what: Any) -> None:
    task.write_text(json.dumps(what), encoding="utf-8")
    script = Path(__file__).with_name("killed_run.py")
    killed = subprocess.run([sys.executable, str(script), str(task)], check=False)
    assert killed.returncode == -signal.SIGKILL


def _sweep(fetch: Any, execute: Any) -> None:
    """What dbt does before it makes a table: it drops what a killed run has left of it."""
    for kind, schema, table in fetch(
        "select case table_type when 'VIEW' then 'view' else 'table' end, table_schema, table_name "
        "from information_schema.tables "
        "where table_name like '%__dbt_backup' or table_name like '%__dbt_tmp'"
    ):
        execute(f'drop {kind} if exists {schema}."{table}" cascade')


def test_a_run_killed_anywhere_and_started_again_ends_like_one_that_was_not(
    replayed: Engine, tmp_path: Path
) -> None:
    points = _points(replayed.statements)
    assert len(points) >= 40
    points = drawn(f"kills on {replayed.name}", points, 12)
    _prepare(replayed)
    before = _state(replayed.fetch)
    if isinstance(replayed.warehouse, PostgresWarehouse):
        dsn = f"host={replayed.warehouse.environment['PGHOST']} user=postgres dbname=" + str(
            replayed.warehouse.database
        )
        play(replayed.statements, replayed.execute)
        expected = _state(replayed.fetch)
        for point in points:
            _prepare(replayed)
            _kill(
                tmp_path / "task.json",
                dsn=f"{dsn} options='-c timezone=UTC'",
                statements=[each.sql for each in replayed.statements[:point]],
            )
            assert _state(replayed.fetch) != expected, point
            _sweep(replayed.fetch, replayed.execute)
            play(replayed.statements, replayed.execute)
            assert _state(replayed.fetch) == expected, point
    else:
        replayed.execute("checkpoint")
        changed = tmp_path / "changed" / "warehouse.duckdb"
        changed.parent.mkdir()
        shutil.copy(replayed.warehouse.path, changed)
        play(replayed.statements, replayed.execute)
        expected = _state(replayed.fetch)
        for point in points:
            killed = tmp_path / str(point) / "warehouse.duckdb"
            killed.parent.mkdir()
            shutil.copy(changed, killed)
            _kill(
                tmp_path / "task.json",
                database=str(killed),
                statements=[each.sql for each in replayed.statements[:point]],
            )
            with duckdb.connect(str(killed)) as connection:
                connection.execute("set TimeZone = 'UTC'")

                def fetch(sql: str, connection: Any = connection) -> list[Any]:
                    return connection.execute(sql).fetchall()

                assert _state(fetch) != expected, point
                _sweep(fetch, connection.execute)
                play(replayed.statements, connection.execute)
                assert _state(fetch) == expected, point
            shutil.rmtree(killed.parent)
    assert before != expected


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_dbt_ends_with_the_build_that_started_it(
    warehouse: Warehouse, tmp_path: Path, number: signal.Signals
) -> None:
    running = endless_build(warehouse, tmp_path / "endless")
    running.send_signal(number)
    # dbt holds the other end of both, too: this returns when it is gone
    _, said = running.communicate(timeout=60)
    assert running.returncode != 0
    assert "Traceback" not in said


def test_a_query_that_is_interrupted_ends_the_command_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted() -> None:
        raise RuntimeError("Query interrupted")

    monkeypatch.setattr(cli, "app", interrupted)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 128 + signal.SIGINT


def _working_time(target: str) -> tuple[str, str]:
    """When a run began with its first node, and was done with its last."""
    results = json.loads(Path(target, "run_results.json").read_text(encoding="utf-8"))["results"]
    moments = [
        timing[edge]
        for each in results
        for timing in each["timing"]
        for edge in ("started_at", "completed_at")
    ]
    return min(moments), max(moments)


def test_two_builds_at_once_do_no_harm_on_postgres(
    postgres_warehouse: PostgresWarehouse, event: Any, record: Any
) -> None:
    """They may fail over tables that the other has just replaced; the next one counts it all."""
    postgres_warehouse.create_sources()
    postgres_warehouse.insert("provider_keys", {"id": 1})
    postgres_warehouse.insert("organizations", {"id": ORG})
    postgres_warehouse.insert("usage_events", *(event(number) for number in range(1, 20)))
    postgres_warehouse.insert("usage_records", *(record(number) for number in range(1, 20)))
    counted = ("--select", "+fct_provider_usage_daily", "+fct_agent_usage_daily")
    postgres_warehouse.build(*counted)
    postgres_warehouse.execute("update raw_provider.usage_events set tokens_in = tokens_in + 1")
    postgres_warehouse.execute("update raw_agents.usage_records set quantity = quantity + 1")
    with ThreadPoolExecutor() as pool:
        targets = [str(postgres_warehouse.folder / name) for name in ("one", "other")]
        runs = pool.map(
            lambda target: postgres_warehouse.dbt("run", *counted, "--target-path", target), targets
        )
        assert all("Finished running" in run.stdout for run in runs)
    one, other = map(_working_time, targets)
    assert one[0] < other[1] and other[0] < one[1], "they did not overlap"
    postgres_warehouse.build(*counted)
    assert postgres_warehouse.rows(
        """
        select 'provider', sum(record_count), sum(input_tokens)
        from analytics.fct_provider_usage_daily
        union all
        select 'agents', sum(record_count), sum(quantity) from analytics.fct_agent_usage_daily
        union all
        select 'ledger', count(*), count(distinct (row_key, row_version))
        from analytics_ledger.ledger_usage_events
        order by 1
        """
    ) == [("agents", 19, 19 * 101), ("ledger", 38, 38), ("provider", 19, 19 * 101)]
