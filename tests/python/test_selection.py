"""Selectors and exposures name what they say, with all sources and with some of them."""

import json
from typing import Any

import pytest
import yaml
from warehouses import ROOT, Warehouse

SELECTORS = {
    selector["name"]: selector
    for selector in yaml.safe_load((ROOT / "selectors.yml").read_text(encoding="utf-8"))[
        "selectors"
    ]
}


@pytest.fixture(scope="module")
def manifest(sample_build: Warehouse) -> dict[str, Any]:
    """What dbt knew in its last run on the sample."""
    path = sample_build.folder / "target" / "manifest.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _selected(warehouse: Warehouse, selector: str) -> set[str]:
    """The nodes of a selector that dbt would run."""
    listed = warehouse.dbt(
        "--quiet",
        "ls",
        *("--selector", selector, "--output", "json"),
        *("--output-keys", "unique_id", "resource_type"),
    )
    assert listed.returncode == 0, listed.stdout
    nodes = [json.loads(line) for line in listed.stdout.splitlines()]
    run = ("model", "seed", "test", "unit_test")
    return {node["unique_id"] for node in nodes if node["resource_type"] in run}


def test_each_selector_selects_what_it_says(
    copy_of_sample: Warehouse, manifest: dict[str, Any]
) -> None:
    nodes = {
        id: node for id, node in manifest["nodes"].items() if node["resource_type"] != "operation"
    }
    tests = {id for id, node in nodes.items() if node["resource_type"] == "test"}
    marts = {
        id
        for id, node in nodes.items()
        if node["resource_type"] == "model"
        and node["path"].startswith("marts/")
        # which of their days are stale only a daily build finds
        and not node["name"].startswith(("excluded_", "quarantine_"))
    }
    prices = {
        id
        for id, node in nodes.items()
        if node["resource_type"] == "seed"
        or node["path"].startswith(
            tuple(
                f"intermediate/{of}/"
                for of in ("5_attribution", "6_pricing", "7_billing", "8_allocation")
            )
        )
        if id not in tests
    }
    assert _selected(copy_of_sample, "daily") == set(nodes)

    notes = {f"model.tokenmart.int_{name}" for name in ("day_inputs", "table_rules")}
    selected = _selected(copy_of_sample, "marts")
    assert selected - tests == marts | prices | notes
    of_marts = {id for id in tests if {*nodes[id]["depends_on"]["nodes"]} <= marts | prices}
    assert selected & tests == of_marts

    selected = _selected(copy_of_sample, "quality")
    assert selected & tests == tests
    assert selected - tests == {id for id in marts if nodes[id]["path"].startswith("marts/quality")}


def test_the_page_on_running_lists_the_selectors() -> None:
    section = (ROOT / "docs" / "running.md").read_text(encoding="utf-8").split("## Selectors")[1]
    section = section.split("\n## ")[0]
    assert SELECTORS
    for name, selector in SELECTORS.items():
        assert f"| `{name}` |" in section
        assert selector["description"].strip()


def test_each_selector_builds_on_a_warehouse_that_stands(copy_of_sample: Warehouse) -> None:
    tables = """
        select table_name from information_schema.tables where table_schema = 'analytics' order by 1
    """
    totals = "select count(*), sum(total_tokens), sum(cost_usd) from analytics.fct_cost_daily"
    versions = "select count(*), max(batch_id) from analytics_ledger.ledger_usage_events"
    before = [copy_of_sample.rows(sql) for sql in (tables, totals, versions)]

    # the sources have moved on, and only the daily build may look
    copy_of_sample.execute(
        """
        update raw_provider.usage_events set tokens_out = tokens_out + 1
        where tokens_out > 0 and window_start is null
        """
    )
    kinds = "select table_name, table_type from information_schema.tables"
    for table, kind in copy_of_sample.rows(f"{kinds} where table_schema = 'analytics'"):
        # which of their days are stale only the daily build finds
        if not table.startswith(("excluded_", "quarantine_")):
            copy_of_sample.execute(
                f"drop {kind.replace('BASE ', '')} if exists analytics.{table} cascade"
            )
    marts = copy_of_sample.dbt("build", "--selector", "marts")
    assert marts.returncode == 0, marts.stdout[-3000:]
    assert [copy_of_sample.rows(sql) for sql in (tables, totals, versions)] == before

    # nothing is built that could hide what is missing, and one test of all sees it
    copy_of_sample.execute("delete from analytics.fct_provider_usage_daily")
    quality = copy_of_sample.dbt("build", "--selector", "quality")
    assert quality.returncode == 1
    assert "Failure in test assert_every_usage_is_counted_once" in quality.stdout
    assert "ERROR=1 SKIP=0" in quality.stdout

    daily = copy_of_sample.dbt("build", "--selector", "daily")
    assert daily.returncode == 0, daily.stdout[-3000:]
    ((rows, tokens, _),) = copy_of_sample.rows(totals)
    assert rows == before[1][0][0]
    assert tokens > before[1][0][1]
    ((_, batch),) = copy_of_sample.rows(versions)
    assert batch == before[2][0][1] + 1


def test_a_build_says_that_what_was_selected_is_not_there(copy_of_sample: Warehouse) -> None:
    built = copy_of_sample.tokenmart("build", "--select", "mart_cost_by_planet")
    assert "'mart_cost_by_planet' does not match any enabled nodes" in built.stderr


def test_exposures_lose_only_the_marts_of_the_sources_that_are_not_enabled(
    warehouse: Warehouse, manifest: dict[str, Any]
) -> None:
    def reads(of: dict[str, Any], exposure: str) -> set[str]:
        found = of["exposures"][f"exposure.tokenmart.{exposure}"]
        assert found["owner"]["name"] and found["maturity"] and found["description"]
        return {id.rsplit(".", 1)[1] for id in found["depends_on"]["nodes"]}

    assert reads(manifest, "finance_monthly_report") == {
        "fct_cost_daily",
        "mart_budget_status",
        "mart_cost_movers",
        "mart_cost_by_org_monthly",
        "mart_cost_by_employee_monthly",
        "mart_cost_by_team_monthly",
        "mart_cost_by_project_monthly",
        "mart_cost_by_attribution_monthly",
    }
    result = warehouse.dbt("parse", sources_enabled=["provider"])
    assert result.returncode == 0, result.stdout
    some = json.loads((warehouse.folder / "target" / "manifest.json").read_text(encoding="utf-8"))
    assert set(some["exposures"]) == set(manifest["exposures"])
    assert reads(some, "finance_monthly_report") == {
        "fct_cost_daily",
        "mart_budget_status",
        "mart_cost_movers",
        "mart_cost_by_project_monthly",
        "mart_cost_by_attribution_monthly",
    }
    assert reads(some, "engineering_daily_look") == {
        "mart_cost_by_model_daily",
        "mart_cost_by_token_class_daily",
        "mart_cost_anomalies",
        "dim_model",
        "dim_date",
    }
    assert reads(some, "data_quality_gate") == {
        "audit_usage_conservation",
        "fct_cost_daily",
        "quarantine_usage_events",
    }
