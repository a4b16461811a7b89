"""What an earlier version, another program or another hand left in the warehouse."""

from typing import Any

import pytest
import released
from postgres import PostgresWarehouse
from refusals import refusal
from warehouses import Warehouse

ONLY_PROVIDER = {"sources_enabled": ["provider"]}
LEDGER = "analytics_ledger.ledger_usage_events"
LEDGER_COLUMNS = """
    row_key text, occurrence integer, row_version integer, batch_id bigint,
    observed_at timestamp, first_observed_at timestamp, is_deleted boolean, content_hash {hash},
    source_instance text, usage_event_id integer, provider_key_id integer, project_id varchar(20),
    model_id varchar(20), recorded_at timestamp, input_tokens integer, output_tokens integer,
    recorded_cost_usd numeric(10, 4)
"""
"""The ledger of an earlier version: narrower types, and columns that staging has got since."""


def _hash_type(warehouse: Warehouse) -> str:
    return "text" if "PGDATABASE" in warehouse.environment else "ubigint"


def _old_ledger(warehouse: Warehouse, *rows: str) -> None:
    columns = LEDGER_COLUMNS.format(hash=_hash_type(warehouse))
    warehouse.execute(f"create schema analytics_ledger; create table {LEDGER} ({columns})")
    for row in rows:
        warehouse.execute(f"insert into {LEDGER} values {row}")


@pytest.fixture
def provider(either_warehouse: Warehouse) -> Warehouse:
    """The provider's tables on each engine, with one key."""
    either_warehouse.create_sources("provider")
    either_warehouse.insert("provider_keys", {"id": 1, "provider": "openai"})
    return either_warehouse


def test_a_ledger_of_an_earlier_version_is_widened_and_remembers(
    provider: Warehouse, event: Any
) -> None:
    moments = "timestamp '2025-01-01 12:00:00', timestamp '2025-01-01 12:00:00'"
    usage = "timestamp '2025-01-01 10:00:00', 100, 10, 0.5"
    _old_ledger(
        provider,
        f"('1', 1, 1, 1, {moments}, false, '1', 'main', 1, 1, null, 'gpt-4-1', {usage})",
        # its source row is gone since
        f"('9', 1, 1, 1, {moments}, false, '1', 'main', 9, 1, null, 'gpt-4-1', {usage})",
    )
    # what the earlier version built from it is there too, and stands on the ledger
    provider.execute(
        "create schema analytics_intermediate; create schema analytics;"
        "create view analytics_intermediate.int_provider_usage_validated as"
        f" select * from {LEDGER};"
        "create table analytics.fct_cost_daily as"
        " select * from analytics_intermediate.int_provider_usage_validated"
    )
    long_name = "a-model-with-a-name-of-more-than-twenty-letters"
    provider.insert("usage_events", event(1), event(2, model=long_name, cost_estimate="0.123456"))
    provider.build(**ONLY_PROVIDER)

    versions = f"""
        select row_key, row_version, is_deleted, model_id, recorded_cost_usd from {LEDGER}
        order by 1, 2
    """
    assert [(*row[:4], str(row[4])) for row in provider.rows(versions)] == [
        ("1", 1, False, "gpt-4-1", "0.500000"),
        # the hash of another version: one more version with the same content
        ("1", 2, False, "gpt-4-1", "0.500000"),
        ("2", 1, False, long_name, "0.123456"),
        ("9", 1, False, "gpt-4-1", "0.500000"),
        ("9", 2, True, "gpt-4-1", "0.500000"),
    ]
    assert provider.rows("select sum(input_tokens) from analytics.fct_cost_daily") == [(300,)]
    assert provider.rows(f"select distinct usage_date_utc::text from {LEDGER}") == [("2025-01-01",)]
    types = dict(
        provider.rows(
            "select column_name, data_type from information_schema.columns"
            " where table_name = 'ledger_usage_events'"
        )
    )
    assert types["usage_event_id"].lower() == types["input_tokens"].lower() == "bigint"
    assert str(provider.comment("analytics", "fct_cost_daily")).startswith("Made by tokenmart")


def test_a_view_of_the_user_s_own_on_the_ledger_is_not_dropped_to_widen_it(
    postgres_warehouse: PostgresWarehouse,
) -> None:
    postgres_warehouse.create_sources("provider")
    _old_ledger(postgres_warehouse)
    postgres_warehouse.execute(f"create view mine as select model_id from {LEDGER}")
    said = refusal(postgres_warehouse.dbt("build", **ONLY_PROVIDER))
    assert f"columns of {LEDGER} must become wider" in said
    assert f'"{postgres_warehouse.database}"."public"."mine"' in said
    assert 'alter column "model_id" type TEXT using' in said
    assert postgres_warehouse.rows("select count(*) from mine") == [(0,)]


@pytest.mark.drawn(1)
def test_a_ledger_that_cannot_be_upgraded_is_refused_with_commands_that_cure_it(
    provider: Warehouse, event: Any
) -> None:
    provider.insert("usage_events", event(1))
    provider.build(**ONLY_PROVIDER)
    provider.execute(
        # a view of the user's own, which a wider column would take away
        "drop view analytics_intermediate.int_provider_token_totals cascade;"
        + "".join(
            f"alter table {LEDGER} drop column {name};"
            for name in ("occurrence", "first_observed_at", "content_hash", "source_instance")
        )
        + f"alter table {LEDGER} alter column recorded_at type timestamptz"
        + " using recorded_at at time zone 'UTC';"
        + f"alter table {LEDGER} alter column is_deleted type text"
    )
    result = provider.dbt("build", **ONLY_PROVIDER)
    said = refusal(result)
    assert f"{LEDGER} has no column occurrence" in said
    assert f"column recorded_at of {LEDGER} is of type timestamp with time zone" in said
    assert provider.rows(f"select count(*) from {LEDGER}") == [(1,)]

    # what is printed is what cures it
    commands = [
        line.strip()
        for line in result.stdout.splitlines()
        if line.strip().startswith(("alter table", "update")) and line.endswith(";")
    ]
    assert len(commands) == 7
    for command in commands:
        provider.execute(command)
    provider.build(**ONLY_PROVIDER)
    assert provider.rows(
        f"select row_key, row_version, is_deleted, recorded_at::text from {LEDGER} order by 2"
    ) == [
        ("1", 1, False, "2025-01-01 10:00:01"),
        ("1", 2, False, "2025-01-01 10:00:01"),
    ]


def test_what_tokenmart_did_not_make_is_not_written_over(provider: Warehouse, event: Any) -> None:
    provider.insert("usage_events", event(1))
    provider.execute(
        "create schema analytics; create schema analytics_ledger; create schema analytics_seeds;"
        "create table analytics.fct_cost_daily as select 1 as mine;"
        "create view analytics.dim_model as select 2 as mine;"
        "create table analytics_seeds.context_steps as select 3 as mine;"
        f"create table {LEDGER} as select 4 as mine;"
    )
    said = refusal(provider.dbt("build", **ONLY_PROVIDER))
    assert "Refusing to overwrite relations that tokenmart did not create" in said
    for name in (
        "table analytics.fct_cost_daily",
        "view analytics.dim_model",
        "table analytics_seeds.context_steps",
        f"table {LEDGER}",
    ):
        assert f"- {name}" in said
    assert "- table analytics_seeds.context_steps" in refusal(provider.dbt("seed", **ONLY_PROVIDER))
    assert provider.rows("select mine from analytics.fct_cost_daily") == [(1,)]
    assert provider.rows(f"select mine from {LEDGER}") == [(4,)]

    # what a run does not build is none of its business, and what it built is its own the next time
    provider.execute(f"drop table {LEDGER}; drop table analytics_seeds.context_steps")
    some = ("--select", "+int_provider_usage_daily")
    provider.build(*some, **ONLY_PROVIDER)
    assert "- table analytics.fct_cost_daily" in refusal(provider.dbt("run", **ONLY_PROVIDER))
    provider.build(*some, "--full-refresh", **ONLY_PROVIDER)
    assert provider.rows("select mine from analytics.dim_model") == [(2,)]


def test_the_warehouse_of_the_last_release_is_upgraded(
    either_warehouse: Warehouse, event: Any
) -> None:
    """A day later a row is gone and one is new: no other one is, though the code is another.

    About 20 CPU seconds an engine: a build.
    """
    warehouse = either_warehouse
    warehouse.execute(released.path(warehouse).read_text(encoding="utf-8"))
    versions = "select count(*), sum(row_version) from analytics_ledger.ledger_{}"
    facts = """
        select usage_key, record_count, total_tokens, cost_usd, billed_cost_usd, usage_date
        from analytics.fct_provider_usage_daily where usage_date < '2026-10-07' order by 1
    """
    before = warehouse.rows(facts)
    assert len(before) == 2
    released.fill(warehouse)
    warehouse.execute("delete from raw_provider.usage_events where id = 4")
    warehouse.insert("usage_events", event(5, timestamp="2026-10-08 10:00:00"))
    warehouse.build(as_of="2026-11-02")

    assert warehouse.rows(facts) == before
    for table, rows in released.ROWS.items():
        more = 2 if table == "usage_events" else 0
        ((count, sum_of_versions),) = warehouse.rows(versions.format(table))
        assert (count, sum_of_versions) == (len(rows) + more, len(rows) + more + more // 2), table
    outcomes = "select sum(rows_in), sum(rows_counted), sum(rows_quarantined)"
    assert warehouse.rows(f"{outcomes} from analytics.audit_usage_conservation") == [(8, 5, 1)]
    assert len(warehouse.rows("select run_id from analytics.audit_runs")) == 2
    audit = warehouse.tokenmart("audit")
    assert audit.returncode == 0, audit.stdout + audit.stderr
