"""What a run does not look at, it leaves out where it reads it: plans are looked at, not times."""

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import sqlglot
from conftest import ORG, uuid
from postgres import PostgresWarehouse
from sqlglot import exp
from warehouses import Warehouse

# so many that each day looked at, joined with each of its rows, is far less than half of them
DAYS = [date(2025, 1, 1) + timedelta(days=number) for number in range(200)]
JUDGED = ("int_provider_usage_this_run", "int_agents_usage_this_run", "int_voice_usage_this_run")
FACTS = ("+fct_provider_usage_daily", "+fct_agent_usage_daily", "+fct_voice_usage_daily")
STATED = {
    "int_provider_usage_priced": "int_provider_usage_daily",
    "fct_provider_usage_daily": "int_provider_usage_priced",
    "fct_agent_usage_daily": "int_agents_usage_daily",
    "fct_voice_usage_daily": "int_voice_usage_daily",
}
"""Models that recompute some days, and the table of all days behind each."""


def plan_of(warehouse: PostgresWarehouse, model: str) -> dict[str, Any]:
    """What Postgres did for the statement that a model was built by last."""
    (file,) = (warehouse.folder / "target" / "compiled").rglob(f"{model}.sql")
    plan: dict[str, Any] = warehouse.value(
        f"explain (analyze, format json) {file.read_text(encoding='utf-8')}"
    )[0]["Plan"]
    return plan


def rows_of(step: dict[str, Any], table: str | None = None) -> list[int]:
    """How many rows came out of each step of a plan, or of those that read this table."""
    own = round(step["Actual Rows"] * step["Actual Loops"])
    below = [rows for each in step.get("Plans", []) for rows in rows_of(each, table)]
    return [own, *below] if table in (None, step.get("Relation Name")) else below


def test_postgres_reads_only_rows_of_the_days_that_it_looks_at(
    postgres_warehouse: PostgresWarehouse,
    event: Callable[..., dict[str, Any]],
    record: Callable[..., dict[str, Any]],
) -> None:
    warehouse = postgres_warehouse
    warehouse.keeps_compiled = True
    warehouse.create_sources()
    warehouse.insert("provider_keys", {"id": 1, "provider": "openai"})
    warehouse.insert("organizations", {"id": ORG, "name": "Acme"})
    warehouse.insert("voice_conversations", {"id": uuid(1)})

    def add(number: int, day: date) -> None:
        end = day + timedelta(days=1)
        warehouse.insert(
            "usage_events", event(number, tokens_in=number, timestamp=f"{day} 10:00:00")
        )
        warehouse.insert("usage_records", record(number, period_start=day, period_end=end))
        metric = {"id": uuid(number), "conversation_id": uuid(1), "timestamp": f"{day} 10:00:00"}
        tokens = {
            "input_tokens": number,
            "metadata": {"input_token_details": {"text_tokens": number}},
        }
        warehouse.insert(
            "voice_usage_metrics", metric | tokens | {"event_type": "response_complete"}
        )

    for number, day in enumerate(DAYS, start=1):
        add(number, day)
    warehouse.build("--select", *FACTS)
    add(len(DAYS) + 1, DAYS[-1])
    warehouse.build("--select", *FACTS)

    # a join with a table that Postgres has not looked at yet may compare each row with each
    assert not warehouse.rows(
        "select oid::regclass from pg_class where relkind = 'r' and reltuples < 0 "
        "and relnamespace::regnamespace::text like 'analytics%'"
    )
    for model in JUDGED:
        assert 0 < max(rows_of(plan_of(warehouse, model))) < len(DAYS) / 2, model
    for model, table in STATED.items():
        assert 0 < sum(rows_of(plan_of(warehouse, model), table)) < len(DAYS) / 2, model

    # copied into each other, expressions of expressions are so dear that Postgres would compile
    # them for minutes
    for schema, view in warehouse.rows(
        "select schemaname, viewname from pg_views where schemaname like 'analytics%'"
    ):
        plan = warehouse.value(f'explain (format json) select * from {schema}."{view}"')[0]["Plan"]
        assert plan["Total Cost"] < 5000, view


def joins_of_each_with_each(step: dict[str, Any]) -> Iterator[str]:
    """The conditions of joins that DuckDB makes by comparing each row with each."""
    if step["name"].strip().endswith("NL_JOIN"):
        yield step["extra_info"]["Condition"]
    for each in step["children"]:
        yield from joins_of_each_with_each(each)


def asks_for_equal_columns(condition: str) -> bool:
    parts = sqlglot.parse_one(condition, read="duckdb").unnest().flatten()
    return any(
        isinstance(each, exp.EQ)
        and isinstance(each.this, exp.Column)
        and isinstance(each.expression, exp.Column)
        for each in (part.unnest() for part in parts)
    )


def test_duckdb_finds_equal_columns_without_comparing_each_row_with_each(
    sample_build: Warehouse,
) -> None:
    # it does not where a condition of a left join is of one side alone
    assert asks_for_equal_columns("((source_system = 'billing') AND (usage_key = usage_key))")
    compiled = sample_build.folder / "target" / "compiled" / "tokenmart" / "models"
    looked_at = 0
    with sample_build.open(read_only=True) as connection:
        for path in sorted(compiled.rglob("*.sql")):
            # a ledger reads tables that are there while it is built
            if path.stem.startswith("ledger_") or not path.is_file():
                continue
            ((_, plan),) = connection.execute(
                f"explain (format json) {path.read_text()}"
            ).fetchall()
            looked_at += 1
            for condition in joins_of_each_with_each(json.loads(plan)[0]):
                assert not asks_for_equal_columns(condition), f"{path.stem}: {condition}"
    assert looked_at > 100
