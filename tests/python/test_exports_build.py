"""Exports of every format in one warehouse: when built, each row is counted once, and priced.

About 20 CPU seconds, for a build.
"""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from exported import write_document, write_lines
from test_exports_clouds import CUR, table
from test_exports_docs import EXAMPLE, SECTIONS
from test_exports_focus import charged as in_focus
from test_exports_focus import write_bill
from test_exports_gateways import spent
from test_exports_openai import DAY, completion, cost, page
from warehouses import Warehouse

from tokenmart.land import land
from tokenmart.land.exports import EXPORTS
from tokenmart.project import Project

LATER = DAY + 30 * 86_400


@pytest.fixture
def landed(either_warehouse: Warehouse, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    """The examples of the documentation, each of an account of its own."""
    for name, value in either_warehouse.environment.items():
        monkeypatch.setenv(name, value)
    project = Project(either_warehouse.project)
    for number, section in enumerate(SECTIONS.values()):
        example = EXAMPLE.search(section)
        assert example
        path = folder / str(number) / example[1]
        path.parent.mkdir(parents=True)
        path.write_text(example[2], encoding="utf-8")
        land(project, folder / str(number), account=str(number))
    # grouped by something that no reader knows
    other = page(completion(model="o3", effort="low"), completion(model="o3", effort="high"))
    land(project, write_document(folder / "other.json", other), account="other")
    for account in ("beta", "gamma"):
        used = page(completion(model="o3"), start=LATER)
        land(project, write_document(folder / "used.json", used), account=account)
    billed = page(cost("0.5", line_item="o3, input"), start=LATER)
    land(project, write_document(folder / "billed.json", billed), account="beta")
    # of a cloud, by a gateway and on a bill
    called = spent(custom_llm_provider="bedrock", model="bedrock/amazon.nova-lite-v1:0")
    land(project, write_lines(folder / "called.jsonl", called), account="cloud")
    day = "2025-12-01T10:00:00Z"
    charged = {"line_item_usage_start_date": day, "identity_time_interval": f"{day}/{day}"}
    land(project, table(folder / "cur.csv", CUR, charged), account="cloud")
    again = called | {"request_id": "again"}
    land(project, write_lines(folder / "again.jsonl", again), account="focus")
    line = in_focus("1.5", ChargePeriodStart=day, x_UsageType="USE1-NovaLite-input-tokens")
    land(project, write_bill(folder / "focus.csv", line), account="focus")
    return either_warehouse


@pytest.mark.drawn(1)
def test_what_is_landed_is_counted_once_and_priced(landed: Warehouse) -> None:
    built = landed.tokenmart("build")
    assert built.returncode == 0, built.stdout + built.stderr
    formats = {
        reported_by.partition(" of ")[0]
        for (reported_by,) in landed.rows("select reported_by from raw_provider.usage_events")
    }
    assert formats <= {export.name for export in EXPORTS if export.usage}
    assert len(formats) > 8
    ((rows, tokens_in, tokens_out),) = landed.rows(
        "select count(*), sum(tokens_in), sum(tokens_out) from raw_provider.usage_events"
    )
    assert landed.rows(
        "select sum(record_count), sum(input_tokens), sum(output_tokens)"
        " from analytics.fct_provider_usage_daily"
    ) == [(rows, tokens_in, tokens_out)]
    assert landed.rows("select exclusion_reason from analytics.excluded_usage_events") == []
    assert landed.rows("select quarantine_reasons from analytics.quarantine_usage_events") == []
    # what is not tokens has no price, nor has a model that Cursor does not name, or that AWS or
    # Copilot serves
    assert landed.rows(
        """
        select distinct model_id, quantity_unit
        from analytics.fct_provider_usage_daily
        where contracted_cost_usd is null
        order by 1
        """
    ) == [
        ("amazon.nova-lite-v1:0", None),
        ("auto", None),
        ("claude-haiku-4.5", None),
        ("claude-sonnet-4-5-20250929", "requests"),
        ("dall-e-3", "images"),
        ("gpt-5.4", None),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", None),
    ]
    # a bill is for its own account
    assert landed.rows(
        """
        select key_user_id, sum(billed_cost_usd)
        from analytics.fct_provider_usage_daily
        where usage_date = date '2025-12-31'
        group by 1
        order by 1
        """
    ) == [("beta", Decimal("0.5")), ("gamma", None)]
    assert landed.rows(
        """
        select provider, status from analytics.mart_cost_reconciliation_daily
        where usage_date_utc = date '2025-12-31' order by 1
        """
    ) == [("openai of beta", "unexplained"), ("openai of gamma", "usage_without_bill")]
    assert (
        landed.rows(
            "select provider, model_id, billed_cost_usd from analytics.fct_provider_usage_daily"
            " where key_user_id in ('cloud', 'focus')"
        )
        == [("aws", "amazon.nova-lite-v1:0", Decimal("1.5"))] * 2
    )
    audit = landed.tokenmart("audit", "--json")
    assert audit.returncode == 0, audit.stdout + audit.stderr
    assert json.loads(audit.stdout)
