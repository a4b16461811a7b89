"""`tokenmart status` says whether the night's run did its work."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from made_costs import ROW, replace_mart, with_costs
from refusals import refusal
from warehouses import ROOT, Warehouse

from tokenmart.alerts.rules import KNOWN
from tokenmart.project import Project
from tokenmart.relations import Relations
from tokenmart.status import MEASURES, Newest, read_status
from tokenmart.warehouse import warehouse_of


def read(warehouse: Warehouse, *arguments: str) -> tuple[int, dict[str, Any]]:
    result = warehouse.tokenmart("status", "--json", *arguments)
    assert result.returncode in (0, 1), result.stderr
    return result.returncode, json.loads(result.stdout)


def bring_up_to_date(warehouse: Warehouse) -> None:
    """One row of each source is of now."""
    now = str(datetime.now(UTC).replace(tzinfo=None))
    for table, column in (
        ("raw_provider.usage_events", "timestamp"),
        ("raw_agents.usage_records", "created_at"),
        ("raw_voice.voice_usage_metrics", "timestamp"),
        ("raw_billing.provider_costs", "usage_date"),
    ):
        warehouse.execute(
            f"update {table} set {column} = '{now}' where rowid = (select max(rowid) from {table})"
        )


def test_what_is_right_is_no_problem_and_what_is_not_is_one(copy_of_sample: Warehouse) -> None:
    status, found = read(copy_of_sample)
    assert status == 1
    assert [problem.split()[0] for problem in found["problems"]] == [
        *("provider", "agents", "voice", "billing")
    ]
    assert {each["state"] for each in found["sources"]} == {"very late"}
    assert found["build"]["outcome"] == "success"

    bring_up_to_date(copy_of_sample)
    status, found = read(copy_of_sample)
    assert (status, found["problems"]) == (0, [])
    assert {each["state"] for each in found["sources"]} == {"on time"}

    status, found = read(copy_of_sample, "--max-age-hours", "0")
    assert status == 1
    assert "The last build ended" in found["problems"][0]
    copy_of_sample.execute(
        """
        insert into analytics.audit_runs
        select * replace (
            'r' as run_id, 'failure' as outcome, 'fct_x' as failures,
            ended_at + interval 1 second as ended_at
        )
        from analytics.audit_runs limit 1
        """
    )
    # which one that builds a part does not hide
    part = copy_of_sample.dbt("run", "--select", "audit_usage_conservation")
    assert part.returncode == 0
    assert copy_of_sample.rows(
        "select outcome, reads_sources from analytics.audit_runs order by ended_at"
    )[1:] == [("failure", True), ("success", False)]
    status, found = read(copy_of_sample)
    assert (status, found["problems"]) == (1, ["The last build failed: fct_x."])
    copy_of_sample.execute("delete from analytics.audit_runs")
    status, found = read(copy_of_sample)
    assert found["problems"] == ["No build is on record: run `tokenmart build`."]


def test_its_figures_are_those_of_the_marts(copy_of_sample: Warehouse) -> None:
    _, found = read(copy_of_sample)
    for each in found["arrivals"]:
        ((rows_in, counted, excluded, quarantined),) = copy_of_sample.rows(
            "select sum(rows_in), sum(rows_counted), sum(rows_excluded), sum(rows_quarantined)"
            f" from analytics.audit_usage_conservation where source_system = '{each['source']}'"
        )
        assert each["this_week"] == {
            **{"rows_in": rows_in, "counted": counted},
            **{"excluded": excluded, "quarantined": quarantined},
        }
        assert set(each["week_before"].values()) == {0}
    last, usd = copy_of_sample.rows(
        "select cast(usage_date as text), sum(cost_usd) from analytics.fct_cost_daily"
        " where is_counted group by 1 order by 1 desc limit 1"
    )[0]
    assert (found["last_day"], Decimal(found["cost_last_day_usd"])) == (last, usd)
    assert found["price_list"].startswith("genai-prices ")


def test_the_month_is_that_of_the_last_day_with_usage_and_no_later_one(
    copy_of_sample: Warehouse,
) -> None:
    """Bills may have lines of later days."""
    later = "'billing' as source_system, 0 as total_tokens"
    with_costs(
        copy_of_sample,
        f"""
        select * replace (date '2026-10-07' as usage_date, 5 as cost_usd) from (select {ROW})
        union all by name select * replace (
            {later}, date '2026-10-31' as usage_date, 0.25 as cost_usd) from (select {ROW})
        union all by name select * replace (
            date '2026-09-30' as usage_date, 100 as cost_usd) from (select {ROW})
        union all by name select * replace (
            {later}, date '2026-11-01' as usage_date, 30 as cost_usd) from (select {ROW})
        union all by name select * replace (
            {later}, date '2062-10-07' as usage_date, 70 as cost_usd) from (select {ROW})
        """,
    )
    _, found = read(copy_of_sample)
    assert found["last_day"] == "2026-10-07"
    assert Decimal(found["cost_last_day_usd"]) == 5
    assert Decimal(found["cost_this_month_usd"]) == Decimal("5.25")


def test_a_bill_of_days_to_come_does_not_hide_what_is_unexplained(
    copy_of_sample: Warehouse,
) -> None:
    _, before = read(copy_of_sample)
    assert Decimal(before["unexplained_usd"]) > 0
    copy_of_sample.execute(
        """
        create table analytics.made as from analytics.mart_cost_reconciliation_daily;
        insert into analytics.made select * replace (date '2062-11-01' as usage_date_utc)
        from analytics.made where status = 'unexplained' limit 1
        """
    )
    replace_mart(copy_of_sample, "mart_cost_reconciliation_daily")
    _, after = read(copy_of_sample)
    assert after["unexplained_usd"] == before["unexplained_usd"]


def test_people_read_it_in_eighty_columns(copy_of_sample: Warehouse) -> None:
    result = copy_of_sample.tokenmart("status")
    assert result.returncode == 1
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert len(result.stdout.splitlines()) < 40
    assert result.stdout.startswith("4 problems\n")


@pytest.mark.parametrize(
    ("age", "warn", "error", "state"),
    [
        (None, 1, 2, "empty"),
        (1, 1, 2, "on time"),
        (1.5, 1, 2, "late"),
        (2.5, 1, 2, "very late"),
        (2.5, 1, None, "late"),
        (99, None, None, "on time"),
    ],
)
def test_a_source_is_late_by_its_limits(
    age: float | None, warn: float | None, error: float | None, state: str
) -> None:
    assert Newest("provider", None, age, warn, error).state == state


def test_each_measure_has_its_name(
    copy_of_sample: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in copy_of_sample.environment.items():
        monkeypatch.setenv(name, value)
    project = Project(ROOT)
    with warehouse_of(project).read() as session:
        status = read_status(project, session, Relations(project, session))
    assert tuple(status.measures()) == MEASURES
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in text for name in KNOWN)


def test_a_warehouse_of_before_the_heartbeat_says_what_to_do(copy_of_sample: Warehouse) -> None:
    copy_of_sample.execute("drop table analytics.audit_runs")
    assert "audit_runs does not exist" in refusal(copy_of_sample.tokenmart("status"))
