"""Whatever the sources do between two runs, the daily rows are those of a plain-Python account.

The runs are real ones, recorded from dbt and played again in process: see replay.py, histories.py.
HISTORIES=5000 pytest … plays more of them.
"""

import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

import duckdb
import pytest
from histories import (
    Account,
    AgentsHistory,
    ProviderHistory,
    VoiceHistory,
    account_of_events,
    account_of_metrics,
    account_of_records,
)
from postgres import PostgresWarehouse
from replay import Statement, play, record
from warehouses import Warehouse

from tokenmart.schema import tables

AS_OF = "2025-06-01 00:00:00"
LAST = ("int_provider_usage_daily", "int_voice_usage_daily", "int_agents_usage_daily")
AT_ONCE = 25
HISTORIES = {"duckdb": 300, "postgres": 50}


@dataclass
class Engine:
    """A database in which runs can be played."""

    name: str
    execute: Callable[[str], Any]
    fetch: Callable[[str], list[tuple[Any, ...]]]
    statements: list[Statement]

    def forget(self) -> None:
        """Empty every table, the ledger too."""
        for schema, table in self.fetch(
            "select table_schema, table_name from information_schema.tables "
            "where table_type = 'BASE TABLE' and table_schema in "
            "('analytics_ledger', 'analytics_intermediate')"
        ):
            self.execute(f"delete from {schema}.{table}")

    def fill(self, table: str, rows: list[dict[str, Any]]) -> None:
        """Give a source table these rows instead of those that it has."""
        relation = f"raw_{tables()[table].source}.{table}"
        self.execute(f"delete from {relation}")
        if rows:
            names = ", ".join(f'"{name}"' for name in rows[0])
            values = ", ".join(f"({', '.join(map(_literal, row.values()))})" for row in rows)
            self.execute(f"insert into {relation} ({names}) values {values}")

    def look(self, source: str) -> None:
        """Play a run on one source."""
        own = [each for each in self.statements if each.model in MODELS[source]]
        play(own, self.execute)


MODELS = {
    "provider": {"ledger_provider_keys", "ledger_usage_events"},
    "voice": {"ledger_voice_conversations", "ledger_voice_usage_metrics"},
    "agents": {"ledger_organizations", "ledger_usage_records"},
}


def _literal(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, str | datetime):
        return f"'{value}'"
    return str(value)


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """The project built on empty sources, and what a run sends there."""
    folder = tmp_path_factory.mktemp("histories")
    with ExitStack() as stack:
        if request.param == "postgres":
            warehouse = PostgresWarehouse(folder, request.getfixturevalue("postgres_server"))
            warehouse.create_sources(constraints=False)
        else:
            warehouse = Warehouse(folder)
            warehouse.create_sources()
        selected = ["--select", *(f"+{model}" for model in LAST)]
        warehouse.build(*selected, as_of=AS_OF)
        statements = record(warehouse, *selected, as_of=AS_OF)
        for source, models in MODELS.items():
            models |= {each.model for each in statements if f"int_{source}_" in each.model}
        if isinstance(warehouse, PostgresWarehouse):
            connection = stack.enter_context(warehouse.server.connect(warehouse.database))
            cursor = stack.enter_context(connection.cursor())

            def fetch(sql: str) -> list[tuple[Any, ...]]:
                cursor.execute(sql)
                return cursor.fetchall()

            yield Engine("postgres", cursor.execute, fetch, statements)
        else:
            database = stack.enter_context(duckdb.connect(str(warehouse.path)))
            database.execute("set TimeZone = 'UTC'")
            yield Engine(
                "duckdb", database.execute, lambda sql: database.execute(sql).fetchall(), statements
            )


SUMS = {
    "provider": """
        select usage_date_utc, provider_key_id, model_id, project_id, openai_user_id,
            openai_api_key_id, service_tier, is_batch,
            record_count, input_tokens, output_tokens, recorded_cost_usd
        from analytics_intermediate.int_provider_usage_daily
    """,
    "voice": """
        select usage_date_utc, conversation_id, record_count, input_tokens, output_tokens
        from analytics_intermediate.int_voice_usage_daily
    """,
    "agents": """
        select usage_date, org_id, employee_id, resource_type,
            record_count, quantity, recorded_cost_usd
        from analytics_intermediate.int_agents_usage_daily
    """,
}
MEASURES = {"provider": 4, "voice": 3, "agents": 3}
IDS = {"provider": "usage_event_id", "voice": "voice_metric_id", "agents": "usage_record_id"}
KINDS = {"provider": ProviderHistory, "voice": VoiceHistory, "agents": AgentsHistory}


def _told(engine: Engine, source: str) -> tuple[dict[Any, str], dict[Any, Any]]:
    """What the warehouse says: what became of each row, and the sums of those that count."""
    fates = engine.fetch(
        f"""
        select {IDS[source]}, exclusion_reason from analytics_intermediate.int_{source}_excluded
        union all
        select {IDS[source]}, 'quarantined' from analytics_intermediate.int_{source}_quarantined
        """
    )
    cut = -MEASURES[source]
    rows = engine.fetch(SUMS[source])
    sums = {row[:cut]: row[cut:] for row in rows}
    assert len(fates) == len(dict(fates)) and len(rows) == len(sums)
    return dict(fates), sums


def _expected(source: str, account: Account) -> tuple[dict[Any, str], dict[Any, Any]]:
    if source == "provider":
        return account_of_events(account.rows["usage_events"], set(account.rows["provider_keys"]))
    if source == "voice":
        return account_of_metrics(account.rows["voice_usage_metrics"])
    organizations = set(account.rows["organizations"])
    return account_of_records(account.rows["usage_records"], organizations, account.owners)


def _play(
    engine: Engine, source: str, seeds: range, *, deletes: bool
) -> tuple[list[Any], list[Account]]:
    """Play a history a seed, all in one database and as many runs as the longest has steps."""
    engine.forget()
    histories = [KINDS[source](seed % AT_ONCE, Random(seed)) for seed in seeds]
    accounts = [Account() for _ in histories]
    shuffle = Random(seeds.start)
    for _ in range(shuffle.randint(2, 4)):
        for history, account in zip(histories, accounts, strict=True):
            if history.random.random() < 0.9:
                history.step(deletes=deletes)
            account.look(*history.sources)
        _fill(engine, histories, shuffle)
        engine.look(source)
    return histories, accounts


def _fill(engine: Engine, histories: list[Any], shuffle: Random) -> None:
    for sources in zip(*(history.sources for history in histories), strict=True):
        rows = [row for source in sources for row in source.rows.values()]
        shuffle.shuffle(rows)
        engine.fill(sources[0].table, rows)


def _batches(engine: Engine) -> Iterator[range]:
    count = int(os.environ.get("HISTORIES", HISTORIES[engine.name]))
    for start in range(0, count, AT_ONCE):
        yield range(start, start + AT_ONCE)


@pytest.mark.parametrize("source", KINDS)
def test_what_was_observed_is_counted_as_the_account_counts_it(engine: Engine, source: str) -> None:
    for seeds in _batches(engine):
        histories, accounts = _play(engine, source, seeds, deletes=True)
        fates, sums = _told(engine, source)
        counted: dict[Any, Any] = {}
        involved = defaultdict(list)
        for seed, history, account in zip(seeds, histories, accounts, strict=True):
            expected_fates, expected_sums = _expected(source, account)
            own = {key: fate for key, fate in fates.items() if key in account.rows[_table(source)]}
            assert own == expected_fates, (seed, history.log)
            for grain in expected_sums:
                involved[grain].append((seed, history.log))
            _add(counted, expected_sums)
        wrong = {grain for grain in counted | sums if counted.get(grain) != sums.get(grain)}
        assert not wrong, [(grain, involved[grain]) for grain in wrong][:3]


@pytest.mark.parametrize("source", KINDS)
def test_without_deletes_any_split_of_arrivals_equals_one_clean_build(
    engine: Engine, source: str
) -> None:
    for seeds in [*_batches(engine)][:2]:
        histories, _ = _play(engine, source, seeds, deletes=False)
        told = _told(engine, source)
        engine.forget()
        _fill(engine, histories, Random(0))
        engine.look(source)
        assert _told(engine, source) == told


def _add(sums: dict[Any, Any], more: dict[Any, Any]) -> None:
    """Histories share the grain of what names no conversation."""
    for grain, figures in more.items():
        known = sums.get(grain)
        sums[grain] = tuple(map(sum, zip(known, figures, strict=True))) if known else figures


def _table(source: str) -> str:
    return {"provider": "usage_events", "voice": "voice_usage_metrics", "agents": "usage_records"}[
        source
    ]
