"""`tokenmart validate` tells the exit status, and says where and what; test_expectations.py breaks
each expectation.
"""

import json
import re
from typing import Any

import duckdb
import pytest
from warehouses import ROOT, Warehouse

from tokenmart.quality.expect import same_by
from tokenmart.sources import USAGE


def _summary(warehouse: Warehouse) -> dict[str, Any]:
    path = warehouse.folder / "target" / "quality" / "summary.json"
    summary: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return summary


def test_what_is_quarantined_is_a_warning(copy_of_sample: Warehouse) -> None:
    result = copy_of_sample.tokenmart("validate")
    assert result.returncode == 0, result.stdout + result.stderr
    summary = _summary(copy_of_sample)
    assert summary["success"]
    assert summary["errors"] == 0
    warned = {(r["relation"], r["expectation"]): r for r in summary["results"] if not r["passed"]}
    assert ("raw_agents.usage_records", "quantity is not negative") in warned
    refused = warned[("analytics.quarantine_usage_events", "no row is quarantined")]
    assert refused["severity"] == "warning"
    assert refused["unit"] == "row"
    # keys by the names of their columns, and never whole rows
    assert len(refused["sample_keys"]) == 3
    assert all(
        key.keys() == {"usage_event_id", "source_instance"} for key in refused["sample_keys"]
    )
    assert "(usage_event_id " in result.stdout
    docs = copy_of_sample.folder / "target" / "quality" / "data_docs"
    assert (docs / "index.html").is_file()
    (page,) = docs.glob("validations/validated/analytics/quarantine_usage_events/**/*.html")
    assert "no row is quarantined" in page.read_text(encoding="utf-8")


def test_a_gate_may_fail_on_warnings_and_look_at_a_part(copy_of_sample: Warehouse) -> None:
    copy_of_sample.execute("drop table analytics.mart_voice_daily")
    result = copy_of_sample.tokenmart(
        "validate", "--only", "sources", "--fail-on", "warning", "--json"
    )
    assert result.returncode == 1, result.stderr
    summary = json.loads(result.stdout)
    assert not summary["success"]
    assert summary["errors"] == 0
    assert {r["layer"] for r in summary["results"]} == {"sources"}
    assert summary == _summary(copy_of_sample)

    result = copy_of_sample.tokenmart("validate", "--only", "marts")
    assert result.returncode == 2
    assert "analytics.mart_voice_daily does not exist" in result.stderr


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--only", "facts"), "'sources', 'validated', 'marts'"),
        (("--fail-on", "never"), "'error', 'warning'"),
        (("--json", "quality.json"), "unexpected extra argument"),
    ],
)
def test_misuse_is_answered_with_a_sentence(
    warehouse: Warehouse, options: tuple[str, ...], complaint: str
) -> None:
    result = warehouse.tokenmart("validate", *options)
    assert result.returncode == 2
    assert complaint in result.stderr
    assert "Traceback" not in result.stderr


def test_an_emptied_warehouse_is_not_well(copy_of_sample: Warehouse) -> None:
    for relation in ("fct_provider_usage_daily", "mart_cost_by_model_daily"):
        copy_of_sample.execute(f"delete from analytics.{relation}")
    assert copy_of_sample.tokenmart("validate").returncode == 1


def test_a_missing_source_table_is_named_and_nothing_is_checked(copy_of_sample: Warehouse) -> None:
    copy_of_sample.execute("drop table raw_provider.provider_keys")
    result = copy_of_sample.tokenmart("validate")
    assert result.returncode == 2
    assert "raw_provider.provider_keys does not exist" in result.stderr


def test_usage_without_any_model_is_well(sources: Warehouse, record: Any) -> None:
    sources.insert("usage_records", record(1, resource_type="api_calls", metadata={}))
    sources.build()
    result = sources.tokenmart("validate")
    assert result.returncode == 0, result.stdout


def test_every_reason_for_quarantine_is_known() -> None:
    documented = re.findall(
        r"^\| `(\w+)` \| ([\w, ]+) \|",
        (ROOT / "docs" / "quarantine.md").read_text(encoding="utf-8"),
        flags=re.MULTILINE,
    )
    for usage in USAGE.values():
        assert sorted(usage.quarantine_reasons) == sorted(
            reason for reason, where in documented if where == "all three" or usage.table in where
        )


@pytest.mark.parametrize(
    ("mine", "theirs", "differing"),
    [
        ("('a', 1.5), ('a', 1.5), (null, 2)", "(null, 2), ('a', 3)", []),
        ("('a', 1)", "('a', 2)", ["a"]),
        ("('a', null)", "('a', null)", []),
        ("('a', null)", "('a', 0)", ["a"]),
        ("('a', 0)", "('a', 0), ('b', 0)", ["b"]),
        ("('a', 0), ('b', null)", "('a', 0)", ["b"]),
        ("(null, 1)", "(null, 2)", [None]),
    ],
)
def test_sums_are_compared_for_every_group_of_either_side(
    mine: str, theirs: str, differing: list[str | None]
) -> None:
    (rule,) = same_by("", "key", f"(select * from (values {theirs}) as _(key, cost))", "cost")
    found = duckdb.sql(rule.finding(f"select * from (values {mine}) as _(key, cost)")).fetchall()
    assert [key for (key,) in found] == differing
