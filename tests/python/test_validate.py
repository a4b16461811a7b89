"""Great Expectations sees what breaks, names it, and tells the exit status."""

import json
from typing import Any

import pytest
from warehouses import Warehouse


def _summary(warehouse: Warehouse) -> dict[str, Any]:
    path = warehouse.folder / "target" / "quality" / "summary.json"
    summary: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return summary


def test_what_is_quarantined_is_a_warning(copy_of_sample: Warehouse) -> None:
    result = copy_of_sample.run("tokenmart", "validate")
    assert result.returncode == 0, result.stdout + result.stderr
    summary = _summary(copy_of_sample)
    assert summary["success"]
    assert summary["errors"] == 0
    warned = {(r["relation"], r["expectation"]) for r in summary["results"] if not r["passed"]}
    assert ("raw_agents.usage_records", "token_source is one of company, personal") in warned
    assert ("analytics.quarantine_usage_events", "no row is quarantined") in warned
    docs = copy_of_sample.folder / "target" / "quality" / "data_docs" / "index.html"
    assert docs.is_file()


@pytest.mark.parametrize(
    ("damage", "relation", "expectation"),
    [
        (
            "update analytics.fct_provider_usage_daily set input_tokens = input_tokens + 1"
            " where usage_key = (select min(usage_key) from analytics.fct_provider_usage_daily)",
            "analytics.fct_provider_usage_daily",
            "input + output = total",
        ),
        (
            "insert into analytics.fct_agent_usage_daily"
            " select * from analytics.fct_agent_usage_daily limit 1",
            "analytics.fct_agent_usage_daily",
            "usage_key: no two rows are the same",
        ),
        (
            "delete from analytics.fct_voice_usage_daily"
            " where usage_key = (select max(usage_key) from analytics.fct_voice_usage_daily)",
            "analytics.fct_voice_usage_daily",
            "each row is in fct_cost_daily",
        ),
        (
            "update analytics.fct_agent_usage_daily set token_source = 'shared'",
            "analytics.fct_agent_usage_daily",
            "token_source is one of company, personal",
        ),
        (
            "update analytics.mart_cost_by_org_monthly "
            "set company_cost_usd = company_cost_usd - 0.000001"
            " where org_id = (select min(org_id) from analytics.mart_cost_by_org_monthly)",
            "analytics.mart_cost_by_org_monthly",
            "each row has the totals of fct_cost_daily",
        ),
        (
            "update analytics.audit_usage_conservation set rows_counted = rows_counted - 1",
            "analytics.audit_usage_conservation",
            "rows of the ledger = counted + quarantined",
        ),
        (
            "update analytics.fct_provider_usage_daily set usage_date_utc = usage_date_utc + 7",
            "analytics.fct_provider_usage_daily",
            "the totals are those of the counted rows",
        ),
        (
            "insert into analytics.mart_cost_by_model_daily"
            " select * replace (0 as record_count) from analytics.mart_cost_by_model_daily limit 1",
            "analytics.mart_cost_by_model_daily",
            "source_instance, usage_date, source_system, model_id: no two rows are the same",
        ),
        (
            "delete from analytics.quarantine_usage_events",
            "analytics.quarantine_usage_events",
            "every refused row is listed",
        ),
        (
            "delete from analytics.audit_usage_conservation",
            "analytics.audit_usage_conservation",
            "what is counted is what fct_cost_daily holds",
        ),
        (
            "delete from analytics.dim_date",
            "analytics.dim_date",
            "every usage_date of fct_cost_daily is listed",
        ),
    ],
)
def test_a_violation_beyond_quarantine_is_an_error_and_is_named(
    copy_of_sample: Warehouse, damage: str, relation: str, expectation: str
) -> None:
    copy_of_sample.execute(damage)
    result = copy_of_sample.run("tokenmart", "validate")
    failed = {
        (r["relation"], r["expectation"])
        for r in _summary(copy_of_sample)["results"]
        if not r["passed"] and r["severity"] == "critical"
    }
    assert result.returncode == 1, result.stdout + result.stderr
    assert (relation, expectation) in failed
    assert f"the rule: {expectation}" in result.stdout


def test_samples_are_keys_and_never_whole_rows(copy_of_sample: Warehouse) -> None:
    copy_of_sample.run("tokenmart", "validate")
    for result in _summary(copy_of_sample)["results"]:
        assert len(result["sample_keys"]) <= 3
        assert all(len(key) <= 60 for key in result["sample_keys"])


def test_an_emptied_warehouse_is_not_well(copy_of_sample: Warehouse) -> None:
    for relation in ("fct_provider_usage_daily", "fct_cost_daily", "mart_cost_by_model_daily"):
        copy_of_sample.execute(f"delete from analytics.{relation}")
    assert copy_of_sample.run("tokenmart", "validate").returncode == 1


def test_a_missing_source_table_is_named_and_nothing_is_checked(copy_of_sample: Warehouse) -> None:
    copy_of_sample.execute("drop table raw_provider.provider_keys")
    result = copy_of_sample.run("tokenmart", "validate")
    assert result.returncode == 2
    assert "raw_provider.provider_keys does not exist" in result.stderr


def test_usage_without_any_model_is_well(sources: Warehouse, record: Any) -> None:
    sources.insert("usage_records", record(1, resource_type="api_calls", metadata={}))
    sources.build()
    result = sources.run("tokenmart", "validate")
    assert result.returncode == 0, result.stdout
