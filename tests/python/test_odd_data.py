"""Data that is odd but legal builds; data that is impossible is quarantined and breaks nothing."""

from datetime import date
from typing import Any

import pytest
from conftest import ORG, uuid
from postgres import PostgresWarehouse
from warehouses import Warehouse


def test_extreme_values_are_counted_or_quarantined(
    sources: Warehouse, event: Any, record: Any
) -> None:
    sources.insert(
        "usage_records",
        record(1, quantity=2**63 - 1),
        record(2, quantity=2**63 - 1),
        record(3, quantity=10**15, metadata={}),
        record(4, resource_type="storage_mb", quantity=2 * 10**12),
        record(5, cost_usd="-999999.9999"),
        record(6, period_start="294246-12-31", period_end="294246-12-31"),
        record(7, period_start="infinity", period_end="infinity"),
        record(8, period_start="-infinity", period_end="infinity"),
        record(9, metadata={"model": {"ip": "203.0.113.1"}, "input_tokens": -1.5}),
    )
    for column in ("input_cached_tokens", "input_uncached_tokens"):
        sources.execute(f"alter table raw_provider.usage_events alter {column} type bigint")
    sources.insert(
        "usage_events",
        event(1, timestamp="infinity"),
        event(2, timestamp="1970-01-01"),
        event(3, input_cached_tokens=2**63 - 1, input_uncached_tokens=1),
    )
    looked_at = ("quarantine_usage_records", "fct_agent_usage_daily", "quarantine_usage_events")
    sources.build("--select", *(f"+{name}" for name in looked_at))
    assert sources.rows(
        """
        select usage_record_id, quarantine_reasons
        from analytics.quarantine_usage_records order by 1
        """
    ) == [
        (uuid(1), "quantity_too_large"),
        (uuid(2), "quantity_too_large"),
        (uuid(6), "period_too_long, from_the_future"),
        (uuid(7), "period_too_long, from_the_future"),
        (uuid(8), "period_too_long, before_earliest_date"),
        (uuid(9), "negative_tokens"),
    ]
    assert sources.value("select sum(total_tokens) from analytics.fct_agent_usage_daily") == (
        10**15 + 100
    )
    assert sources.rows(
        """
        select usage_event_id, quarantine_reasons from analytics.quarantine_usage_events order by 1
        """
    ) == [(1, "from_the_future"), (3, "cached_above_total, split_not_total")]


def test_text_ids_of_any_form_keep_their_rows_apart(sources: Warehouse, record: Any) -> None:
    for column in ("id", "employee_id", "agent_config_id"):
        sources.execute(f"alter table raw_agents.usage_records alter {column} type varchar")
    sources.insert(
        "usage_records",
        record(1, id="a", employee_id=""),
        record(2, id="a", employee_id=""),
        record(3, id="a#2", employee_id=None),
        record(4, id="a##2"),
    )
    sources.build("--select", "+fct_agent_usage_daily")
    keys = "select row_key, occurrence from analytics_ledger.ledger_usage_records order by 1"
    expected = [("a", 1), ("a#2", 2), ("a##2", 1), ("a####2", 1)]
    assert sources.rows(keys) == sorted(expected)
    sources.build("--select", "+fct_agent_usage_daily")
    assert sources.rows(keys) == sorted(expected)
    assert sources.value("select sum(total_tokens) from analytics.fct_agent_usage_daily") == 300


def test_parents_with_odd_or_repeated_ids_widen_nothing(sources: Warehouse) -> None:
    sources.execute("alter table raw_voice.voice_usage_metrics alter conversation_id type varchar")
    sources.execute("alter table raw_voice.voice_conversations alter id type varchar")
    sources.insert(
        "voice_conversations",
        {"id": "c#1", "user_id": "u"},
        {"id": "c#1", "user_id": "u", "session_id": "again"},
    )
    when = "2025-01-01 10:00:00+00"
    sources.insert(
        "voice_usage_metrics",
        {"id": uuid(1), "conversation_id": "c#1", "timestamp": when, "input_tokens": 5},
        {"id": uuid(2), "conversation_id": "", "timestamp": when, "input_tokens": 1},
        {"id": uuid(3), "conversation_id": None, "timestamp": when, "input_tokens": 1},
    )
    sources.build("--select", "+fct_voice_usage_daily")
    assert sources.rows(
        """
        select conversation_id, user_id, input_tokens from analytics.fct_voice_usage_daily
        order by input_tokens
        """
    ) == [(None, None, 2), ("c#1", "u", 5)]


@pytest.mark.drawn(1)
@pytest.mark.parametrize("zone", ["Atlantic/Azores", "America/Havana", "Pacific/Apia"])
def test_no_token_is_lost_where_midnight_comes_twice_or_never(
    sources: Warehouse, record: Any, zone: str
) -> None:
    sources.insert(
        "usage_records",
        # Azores and Havana set their clocks back to midnight in autumn 2025
        record(1, period_start="2025-10-26 00:00:00", period_end="2025-10-26 01:00:00"),
        record(2, period_start="2025-10-24", period_end="2025-10-26 00:30:00"),
        record(3, period_start="2025-11-01", period_end="2025-11-02 04:30:00"),
        # Apia had no 30 December 2011
        record(4, period_start="2011-12-28", period_end="2012-01-02"),
    )
    sources.build("--select", "+fct_agent_usage_daily", reporting_timezone=zone)
    assert sources.rows(
        """
        select sum(total_tokens), sum(recorded_cost_usd), min(total_tokens) >= 0, sum(record_count)
        from analytics.fct_agent_usage_daily
        """
    ) == [(400, 4, True, 4)]


def test_a_late_retry_far_in_the_east_stays_out_of_the_latency(sources: Warehouse) -> None:
    def response(number: int, moment: str) -> dict[str, Any]:
        return {
            "id": uuid(number),
            "conversation_id": uuid(1),
            "timestamp": f"2025-01-{moment}+00",
            "event_type": "response_complete",
            "output_tokens": 5,
            "latency_ms": 100,
            "metadata": {"n": number > 2},
        }

    variables: dict[str, Any] = {
        "sources_enabled": ["voice"],
        "reporting_timezone": "Pacific/Kiritimati",
        "voice_retry_seconds": 43200,
    }
    latency = "select usage_date from analytics_intermediate.int_voice_latency_daily order by 1"
    sources.insert("voice_usage_metrics", response(1, "07 23:30:00"), response(2, "08 11:00:00"))
    sources.build("--select", "+fct_voice_usage_daily", **variables)
    assert sources.rows(latency) == [(date(2025, 1, 8),)]
    sources.insert("voice_usage_metrics", response(3, "10 12:00:00"))
    sources.build("--select", "+fct_voice_usage_daily", **variables)
    assert sources.rows(latency) == [(date(2025, 1, 8),), (date(2025, 1, 11),)]


def test_staging_of_another_installation_is_not_compared_with_this_one(
    sources: Warehouse, event: Any
) -> None:
    sources.insert("usage_events", event(1))
    ledger = ("--select", "+ledger_usage_events")
    sources.build(*ledger)
    sources.build(*ledger, source_instance="eu", allow_copied_installation=True)
    refused = sources.dbt("build", "--select", "ledger_usage_events")
    assert refused.returncode != 0
    assert "was built for the installation 'eu', not for 'main'" in " ".join(refused.stdout.split())


def test_an_empty_run_is_refused_because_the_ledger_would_believe_it(
    sources: Warehouse, event: Any
) -> None:
    sources.insert("usage_events", event(1))
    sources.build("--select", "+ledger_usage_events")
    refused = sources.dbt("build", "--empty")
    assert refused.returncode != 0
    assert "With --empty the ledger would see empty sources" in refused.stdout
    assert sources.value("select count(*) from analytics_ledger.ledger_usage_events") == 1


@pytest.mark.parametrize(
    "type_", ["decimal(18, 8)", "double", "hugeint", "struct(usd decimal(18, 4))"]
)
def test_a_type_that_may_lose_money_is_refused(sources: Warehouse, type_: str) -> None:
    sources.execute("alter table raw_agents.usage_records drop column cost_usd")
    sources.execute(f"alter table raw_agents.usage_records add column cost_usd {type_}")
    refused = sources.dbt("build")
    assert refused.returncode != 0
    assert "column raw_agents.usage_records.cost_usd is of type" in refused.stdout


def test_an_amount_that_is_no_number_is_named_and_stops_nothing(
    postgres_warehouse: PostgresWarehouse, event: Any, record: Any
) -> None:
    postgres_warehouse.create_sources()
    postgres_warehouse.insert("provider_keys", {"id": 1, "provider": "openai"})
    postgres_warehouse.insert("organizations", {"id": ORG})
    postgres_warehouse.insert("usage_events", event(1, cost_estimate="NaN"))
    postgres_warehouse.insert("usage_records", record(1, cost_usd="NaN"))
    line = {"usage_date": "2025-01-01", "provider": "openai", "amount_usd": "NaN"}
    postgres_warehouse.insert("provider_costs", line)
    printed = postgres_warehouse.build()
    assert "Warning in test warn_no_bill_line_lacks_a_day_or_an_amount" in printed
    assert (
        postgres_warehouse.value(
            "select quarantine_reasons from analytics.quarantine_usage_records"
        )
        == "missing_cost"
    )
    assert postgres_warehouse.rows(
        "select record_count, recorded_cost_usd from analytics.fct_provider_usage_daily"
    ) == [(1, None)]
