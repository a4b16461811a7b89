"""What the provider charged: shared out exactly, reconciled, and counted once."""

from typing import Any

import pytest
from warehouses import Warehouse


@pytest.fixture
def billed(sources: Warehouse, event: Any, record: Any) -> Warehouse:
    """A day of two projects that cost 0.25 dollars each, at 2 dollars a million tokens.

    An agent ran on the same model on that day.
    """
    window = {"window_start": "2025-01-01", "window_end": "2025-01-02", "tokens_out": 0}
    sources.insert(
        "usage_events",
        event(1, project_id="a", openai_api_key_id="k", tokens_in=125_000, **window),
        event(2, project_id="b", openai_api_key_id="k", tokens_in=125_000, **window),
    )
    metadata = {"model": "gpt-4.1", "input_tokens": 60, "output_tokens": 40}
    sources.insert("usage_records", record(1, metadata=metadata, cost_usd="0"))
    return sources


def _bill(warehouse: Warehouse, project: str | None, item: str | None, amount: str) -> None:
    line = {"usage_date": "2025-01-01", "provider": "openai", "project_id": project}
    warehouse.insert("provider_costs", line | {"line_item": item, "amount_usd": amount})


TWICE = "Warning in test warn_no_usage_is_reported_by_two_sources"
STATUS = """
    select project_id, status from analytics.mart_cost_reconciliation_daily
    order by project_id
"""


def test_a_bill_is_counted_to_the_last_micro_dollar_and_two_cents_are_seen(
    billed: Warehouse,
) -> None:
    _bill(billed, "a", "gpt-4.1, input", "0.25")
    _bill(billed, "b", "gpt-4.1, input", "0.25")
    _bill(billed, "nobody", "gpt-4.1, input", "3")
    _bill(billed, "b", "web search", "0.1")
    assert TWICE in billed.build()
    assert billed.rows(STATUS) == [
        ("a", "reconciled"),
        ("b", "explained"),
        ("nobody", "bill_without_usage"),
    ]
    total = "select sum(cost_usd)::decimal(18, 6)::text from analytics.fct_cost_daily"
    assert billed.value(total) == "3.600000"

    billed.execute("update raw_billing.provider_costs set amount_usd = 0.27 where project_id = 'a'")
    # the usage of b is observed, and what was billed for its searches counts
    billed.build(observed_through=[{"source": "provider", "through": "agents", "project_id": "b"}])
    assert billed.rows(STATUS)[0] == ("a", "unexplained")
    assert billed.value(total) == "3.620000"
    validated = billed.tokenmart("validate", "--only", "marts")
    assert validated.returncode == 0, validated.stdout


def test_a_line_that_was_withdrawn_does_not_return_when_its_day_leaves(billed: Warehouse) -> None:
    _bill(billed, None, "gpt-4.1, input", "10")
    billed.build()
    billed.execute("update raw_billing.provider_costs set line_item = 'gpt-4.1, text input'")
    billed.build()
    billed.execute("delete from raw_billing.provider_costs")
    billed.build()
    assert billed.value("select sum(billed_cost_usd) from analytics.fct_cost_daily") == 10


def test_a_line_of_no_real_day_is_named_and_stops_nothing(billed: Warehouse) -> None:
    _bill(billed, "a", "gpt-4.1, input", "0.25")
    billed.execute(
        "insert into raw_billing.provider_costs (usage_date, provider, amount_usd)"
        " values ('infinity', 'openai', 1)"
    )
    assert "warn_no_bill_line_lacks_a_day_or_an_amount" in billed.build()
    assert billed.rows("select cast(min(date_day) as text) from analytics.dim_date") == [
        ("2025-01-01",)
    ]


def test_ladder_tolerance_and_observation_are_variables(billed: Warehouse) -> None:
    _bill(billed, "a", "gpt-4.1, input", "0.27")
    printed = billed.build(
        cost_basis={"provider": ["contracted"]},
        observed_through=[
            {"source": "agents", "through": "provider"},
            {"source": "provider", "through": "voice", "project_id": "b"},
        ],
        reconciliation_tolerance_usd=0.05,
        reconciliation_tolerance_share=0,
    )
    assert TWICE not in printed
    assert billed.rows(STATUS) == [("a", "reconciled"), ("b", "usage_without_bill")]
    assert billed.rows(
        """
        select project_id, is_counted, cost_basis, cost_usd::text, observed_cost_usd::text
        from analytics.fct_cost_daily where source_system = 'provider' order by 1
        """
    ) == [
        ("a", True, "contracted", "0.250000000000", "0.000000000000"),
        ("b", False, "contracted", "0.250000000000", "0.250000000000"),
    ]
