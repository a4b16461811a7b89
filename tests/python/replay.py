"""dbt runs played again without dbt: the SQL that they sent, statement by statement, in process.

A build takes many seconds, of which its SQL is the smallest part. A history of many runs sends the
same statements again and again, so they are recorded once, from a run in which nothing was new.
"""

import itertools
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
from postgres import PostgresWarehouse
from warehouses import Warehouse

from tokenmart.schema import tables

AS_OF = "2025-06-01 00:00:00"
LAST = ("fct_provider_usage_daily", "fct_voice_usage_daily", "fct_agent_usage_daily")
PLAYED = {
    "provider": {
        *("ledger_provider_keys", "ledger_usage_events"),
        *("excluded_usage_events", "quarantine_usage_events"),
        *("dim_provider_key_history", "int_bill_coverage", "fct_provider_usage_daily"),
    },
    "voice": {
        *("ledger_voice_usage_metrics", "fct_voice_usage_daily"),
        *("excluded_voice_usage_metrics", "quarantine_voice_usage_metrics"),
    },
    "agents": {
        *("excluded_usage_records", "quarantine_usage_records"),
        *("ledger_organizations", "ledger_usage_records"),
        *("dim_employee_history", "dim_agent_config_history", "fct_agent_usage_daily"),
    },
}
"""What a look at a source plays besides its intermediate models; prices stay as they are."""


@dataclass(frozen=True)
class Statement:
    """One statement of a run, and the model for which it was sent."""

    model: str
    sql: str

    @property
    def is_commit(self) -> bool:
        return self.sql.strip().rstrip(";").lower() == "commit"


@dataclass
class Engine:
    """A built database, in which runs can be played."""

    warehouse: Warehouse
    execute: Callable[[str], Any]
    fetch: Callable[[str], list[tuple[Any, ...]]]
    statements: list[Statement]

    @property
    def name(self) -> str:
        return "postgres" if isinstance(self.warehouse, PostgresWarehouse) else "duckdb"

    def forget(self) -> None:
        """Empty every table, the ledger too."""
        for schema, table in self.fetch(
            "select table_schema, table_name from information_schema.tables "
            "where table_type = 'BASE TABLE' and table_schema in "
            "('analytics_ledger', 'analytics_intermediate', 'analytics')"
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
        own = [
            each
            for each in self.statements
            if each.model in PLAYED[source] or each.model.startswith(f"int_{source}_")
        ]
        play(own, self.execute)


@contextmanager
def built(warehouse: Warehouse) -> Iterator[Engine]:
    """Build the project on empty sources, record what a second run sends, and connect."""
    selected = ["--select", *(f"+{model}" for model in LAST)]
    warehouse.build(*selected, as_of=AS_OF)
    statements = record(warehouse, *selected, as_of=AS_OF)
    if isinstance(warehouse, PostgresWarehouse):
        with warehouse.server.connect(warehouse.database) as session, session.cursor() as cursor:

            def fetch(sql: str) -> list[tuple[Any, ...]]:
                cursor.execute(sql)
                return cursor.fetchall()

            yield Engine(warehouse, cursor.execute, fetch, statements)
    else:
        with duckdb.connect(str(warehouse.path)) as connection:
            connection.execute("set TimeZone = 'UTC'")
            yield Engine(
                warehouse,
                connection.execute,
                lambda sql: connection.execute(sql).fetchall(),
                statements,
            )


def record(warehouse: Warehouse, *arguments: str, **variables: Any) -> list[Statement]:
    """The statements that dbt sends in a run, in their order.

    Views stay as they are on DuckDB; on Postgres they go with the table that they stand on, which
    each run makes again.
    """
    with_views = isinstance(warehouse, PostgresWarehouse)
    result = warehouse.dbt(
        *("--log-format", "json", "--log-level", "debug", "build", "--threads", "1"),
        *("--exclude-resource-type", "unit_test", "test", *arguments),
        **variables,
    )
    assert result.returncode == 0, result.stdout[-2000:]
    events = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
    sent = [
        Statement(node["node_name"], event["data"]["sql"])
        for event in events
        if event["info"]["name"] == "SQLQuery"
        for node in [event["data"].get("node_info", {})]
        if node.get("resource_type") == "model"
        and (with_views or node["materialized"] != "view")
        # stands on seeds, which are not played
        and node["node_name"] != "int_price_problems"
        and _changes_something(event["data"]["sql"])
    ]
    return [*_with_begins(sent)]


def _changes_something(sql: str) -> bool:
    text = sql.split("*/")[-1].strip().lower()
    return text.rstrip(";") != "begin" and not text.startswith(("select", "with"))


def _with_begins(statements: list[Statement]) -> Iterator[Statement]:
    """Each model's statements up to its commit are a transaction.

    On Postgres dbt opens it with an earlier query, which changes nothing and is not played.
    """
    for model, group in itertools.groupby(statements, key=lambda statement: statement.model):
        yield Statement(model, "begin")
        yield from group


def play(statements: list[Statement], execute: Callable[[str], Any]) -> None:
    """Send the statements; the temporary tables go, as they do when dbt's connection closes."""
    for statement in statements:
        execute(statement.sql)
    for statement in statements:
        for table in re.findall(r'create temporary table\s+"(\w+)"', statement.sql):
            execute(f'drop table "{table}"')


def _literal(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, str | datetime):
        return f"'{value}'"
    return str(value)
