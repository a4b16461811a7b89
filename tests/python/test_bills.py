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
    assert (
        "$0.00 may be counted twice (1 model): set the variable observed_through"
        in billed.tokenmart("summary").stdout
    )
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
    assert "may be counted twice" not in billed.tokenmart("summary").stdout
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
    # where nothing else is, too: all of the agents' models, and of project b
    observed = billed.value("select sum(observed_cost_usd) from analytics.fct_cost_daily")
    for mart in ("mart_cost_by_model_daily", "mart_cost_by_project_monthly", "mart_cost_monthly"):
        assert billed.value(f"select sum(observed_cost_usd) from analytics.{mart}") == observed


FORMS: dict[str, tuple[str, str, list[tuple[str, str]], str, set[tuple[str | None, str]]]] = {
    # day: provider, model of the usage, lines of the bill, the total, models and cost of the rows
    "2025-10-01": (
        "anthropic",
        "claude-3-5-haiku-20241022",
        [
            ("Claude Haiku 3.5 Usage - Input Tokens", "0.80"),
            ("Claude Haiku 3.5 Usage - Output Tokens", "0.40"),
        ],
        "1.200000",
        {("claude-3-5-haiku-20241022", "1.200000")},
    ),
    "2025-10-02": (
        "azure",
        "gpt-4o-2024-08-06",
        [("gpt 4o 0806 Inp glbl Tokens", "2.50"), ("gpt 4o 0806 Outp glbl Tokens", "1.00")],
        "3.500000",
        {("gpt-4o-2024-08-06", "3.500000")},
    ),
    "2025-10-03": (
        "aws",
        "anthropic.claude-sonnet-4-5-20250929-v1:0",
        [
            ("USE1-Claude4.5Sonnet-input-tokens", "3.00"),
            ("EUC1-Claude4.5Sonnet-output-tokens", "1.5"),
        ],
        "4.500000",
        {("anthropic.claude-sonnet-4-5-20250929-v1:0", "4.500000")},
    ),
    "2025-10-04": (
        "openai",
        "ft:gpt-4o-2024-08-06:acme::x1",
        [("ft-gpt-4o-2024-08-06, input", "3.75"), ("ft-gpt-4o-2024-08-06, output", "1.5")],
        "5.250000",
        {("ft:gpt-4o-2024-08-06:acme::x1", "5.250000")},
    ),
    # tokens of an unknown model: the usage is covered, and which of it is for the line is not known
    "2025-10-05": (
        "google",
        "my-deployment",
        [("Gemini 9 Ultra Text Input - Predictions", "7")],
        "7.000000",
        {("my-deployment", "None"), (None, "7.000000")},
    ),
    # of unknown meaning: it is added, and a build says so
    "2025-10-06": (
        "anthropic",
        "claude-3-5-haiku-20241022",
        [("Workbench bundle", "9")],
        "10.200000",
        {("claude-3-5-haiku-20241022", "1.200000"), (None, "9.000000")},
    ),
    # the user has said what it is for
    "2025-10-07": (
        "openai",
        "gpt-4.1",
        [("Deployment Blue", "6"), ("web search tool calls", "0.1")],
        "6.100000",
        {("gpt-4.1", "6.000000"), (None, "0.100000")},
    ),
}


@pytest.mark.drawn(1)
def test_a_line_of_any_form_is_for_the_usage_that_it_speaks_of(either_warehouse: Warehouse) -> None:
    warehouse = either_warehouse
    warehouse.create_sources()
    providers = sorted({provider for provider, *_ in FORMS.values()})
    for number, provider in enumerate(providers, start=1):
        warehouse.insert("provider_keys", {"id": number, "provider": provider})
    for number, (day, (provider, model, lines, *_)) in enumerate(FORMS.items(), start=1):
        usage = {"key_id": providers.index(provider) + 1, "model": model, "timestamp": day}
        usage |= {"window_start": day, "window_end": f"{day[:8]}{int(day[8:]) + 1:02}"}
        warehouse.insert(
            "usage_events", usage | {"id": number, "tokens_in": 1_000_000, "tokens_out": 100_000}
        )
        for text, amount in lines:
            line = {"usage_date": day, "provider": provider, "line_item": text}
            warehouse.insert("provider_costs", line | {"amount_usd": amount})
    selected = ("--select", "+fct_cost_daily", "+mart_cost_reconciliation_daily")
    warehouse.build(*selected)
    warehouse.execute(
        "insert into analytics_seeds.bill_line_items (line_item, model_id)"
        " values ('deployment blue', 'gpt-4-1')"
    )
    printed = warehouse.build(*selected, "--exclude", "resource_type:seed")
    assert "Warning in test warn_no_bill_line_is_of_unknown_meaning" in printed
    found: dict[str, set[tuple[str | None, str]]] = {}
    for day, model, cost in warehouse.rows(
        "select usage_date_utc::text, model_id, cast(cost_usd as decimal(18, 6))::text"
        " from analytics.fct_cost_daily"
    ):
        found.setdefault(day, set()).add((model, str(cost)))
    assert found == {day: rows for day, (*_, rows) in FORMS.items()}
    for day, (*_, total, _) in FORMS.items():
        assert warehouse.rows(
            "select cast(sum(cost_usd) as decimal(18, 6))::text from analytics.fct_cost_daily"
            f" where usage_date_utc = '{day}'"
        ) == [(total,)]
    assert warehouse.rows(
        "select usage_date_utc::text, unknown_lines_usd::text"
        " from analytics.mart_cost_reconciliation_daily where status = 'unknown_lines'"
    ) == [("2025-10-06", "9.000000000000")]


def test_a_bill_that_names_no_provider_is_that_of_the_only_one(billed: Warehouse) -> None:
    line = {"usage_date": "2025-01-01", "line_item": "gpt-4.1, input", "amount_usd": "0.5"}
    billed.insert("provider_costs", line)
    total = "select sum(cost_usd)::decimal(18, 6)::text from analytics.fct_cost_daily"
    selected = ("--select", "+fct_cost_daily", "+mart_cost_reconciliation_daily")
    printed = billed.build(*selected)
    assert billed.value(total) == "0.500000"
    assert "Warning in test warn_no_bill_stands" not in printed

    # with two it cannot be told, and everything says what counts twice
    billed.insert("provider_keys", {"id": 2, "provider": "anthropic"})
    printed = billed.build()
    assert billed.value(total) == "1.000000"
    assert "Warning in test warn_no_bill_without_usage_on_days_of_usage_without_bill" in printed
    printed = billed.tokenmart("summary").stdout
    assert "$0.50 billed, $0.50 used match nothing (1 day): compare project and key" in printed
    validated = billed.tokenmart("validate", "--only", "marts", "--fail-on", "warning")
    assert validated.returncode == 1
    assert "no bill without usage has usage without a bill beside it" in validated.stdout


def test_a_line_in_another_currency_is_named_and_no_dollars(billed: Warehouse) -> None:
    line = {"usage_date": "2025-01-01", "provider": "openai", "line_item": "gpt-4.1, input"}
    for amount, currency in (("0.25", None), ("0.25", "USD"), ("100", "EUR"), ("7", "yen")):
        billed.insert("provider_costs", line | {"amount_usd": amount, "currency": currency})
    printed = billed.build("--select", "+fct_cost_daily")
    assert "Warning in test warn_no_bill_line_is_in_another_currency" in printed
    assert "Got 2 results" in printed
    total = "select sum(billed_cost_usd)::text from analytics.fct_cost_daily"
    assert billed.value(total) == "0.500000"


def test_a_bill_of_usage_that_does_not_count_is_not_reconciled(billed: Warehouse) -> None:
    billed.execute("update raw_provider.usage_events set tokens_in = -1")
    _bill(billed, "a", "gpt-4.1, input", "0.004")
    billed.build("--select", "+mart_cost_reconciliation_daily")
    assert billed.rows(STATUS) == [("a", "bill_without_usage")]
