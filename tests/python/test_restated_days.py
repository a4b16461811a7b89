"""A day of a fact is stated anew when anything in it has changed, and left alone otherwise."""

from typing import Any

import pytest
from warehouses import Warehouse

FACT = ("--select", "+fct_provider_usage_daily")
DAYS = """
    select cast(usage_date_utc as text), sum(input_tokens), max(request_count)
    from analytics.fct_provider_usage_daily group by 1 order by 1
"""
LEFT_ALONE = 99
"""What no build writes: a row that has it was not written again."""


def touch(warehouse: Warehouse) -> None:
    warehouse.execute(f"update analytics.fct_provider_usage_daily set request_count = {LEFT_ALONE}")


def test_only_days_in_which_something_changes_are_stated_anew(
    provider: Warehouse, event: Any
) -> None:
    days = [f"2025-01-0{day}" for day in range(1, 6)]
    provider.insert("provider_keys", {"id": 2, "provider": "openai", "user_id": "one"})
    provider.insert(
        "usage_events",
        *(event(number, timestamp=f"{day} 10:00:00") for number, day in enumerate(days)),
        event(9, key_id=2, timestamp="2025-01-05 11:00:00"),
    )
    provider.build(*FACT, as_of="2025-01-04 12:00:00", provisional_days=1)
    touch(provider)

    # a corrected row, one that has left its day, a key that has another owner from today on
    provider.execute(
        """
        update raw_provider.usage_events set tokens_in = 150 where id = 1;
        update raw_provider.usage_events set timestamp = '2025-01-01 11:00:00' where id = 2;
        update raw_provider.provider_keys set user_id = 'other' where id = 2
        """
    )
    provider.build(*FACT, as_of="2025-01-05 12:00:00", provisional_days=2)
    assert provider.rows(DAYS) == [
        ("2025-01-01", 200, 0),
        ("2025-01-02", 150, 0),
        ("2025-01-04", 100, LEFT_ALONE),
        ("2025-01-05", 200, 0),
    ]
    owners = "select key_user_id from analytics.fct_provider_usage_daily where provider_key_id = 2"
    assert provider.value(owners) == "other"

    # the clock alone: the 3rd to the 5th are provisional no more
    touch(provider)
    provider.build(*FACT, as_of="2025-01-09 12:00:00", provisional_days=2)
    assert provider.rows(DAYS) == [
        ("2025-01-01", 200, LEFT_ALONE),
        ("2025-01-02", 150, LEFT_ALONE),
        ("2025-01-04", 100, 0),
        ("2025-01-05", 200, 0),
    ]


def test_a_fact_is_stated_anew_as_a_whole_if_its_rule_has_changed_or_its_days_are_unknown(
    provider: Warehouse, event: Any
) -> None:
    provider.insert("usage_events", event(1), event(2, timestamp="2025-01-02 10:00:00"))
    provider.build(*FACT)
    basis = "select distinct cost_basis from analytics.fct_provider_usage_daily"
    touch(provider)
    provider.build(*FACT, cost_basis={"provider": ["list"]})
    assert [request_count for *_, request_count in provider.rows(DAYS)] == [0, 0]
    assert provider.rows(basis) == [("list",)]

    touch(provider)
    provider.execute("delete from analytics_intermediate.int_built_days")
    provider.execute("delete from raw_provider.usage_events where id = 1")
    provider.build(*FACT, cost_basis={"provider": ["list"]})
    assert [request_count for *_, request_count in provider.rows(DAYS)] == [0, 0]


def test_days_that_a_run_has_counted_and_not_stated_are_stated_by_the_next(
    provider: Warehouse, event: Any
) -> None:
    provider.insert("usage_events", event(1))
    provider.build(*FACT)
    provider.insert("usage_events", event(2, timestamp="2025-01-02 10:00:00"))
    provider.build("--select", "+int_provider_usage_daily")
    assert [day for day, *_ in provider.rows(DAYS)] == ["2025-01-01"]
    provider.build(*FACT)
    assert [day for day, *_ in provider.rows(DAYS)] == ["2025-01-01", "2025-01-02"]


@pytest.mark.drawn(1)
def test_values_that_change_places_within_a_day_are_seen(
    either_warehouse: Warehouse, event: Any
) -> None:
    warehouse = either_warehouse
    warehouse.create_sources("provider")
    warehouse.variables = {"sources_enabled": ["provider"]}
    warehouse.insert("provider_keys", {"id": 1}, {"id": 2})
    for day in range(1, 11):
        at = {"timestamp": f"2025-01-{day:02} 10:00:00"}
        warehouse.insert("usage_events", event(day, tokens_in=100, **at))
        warehouse.insert("usage_events", event(100 + day, key_id=2, tokens_in=200, **at))
    warehouse.build(*FACT)
    warehouse.execute("update raw_provider.usage_events set tokens_in = 300 - tokens_in")
    warehouse.build(*FACT)
    assert warehouse.rows(
        """
        select provider_key_id, input_tokens, count(*) from analytics.fct_provider_usage_daily
        group by 1, 2 order by 1
        """
    ) == [(1, 200, 10), (2, 100, 10)]


def test_a_micro_dollar_below_zero_is_not_zero(provider: Warehouse, event: Any) -> None:
    provider.insert("usage_events", event(1, cost_estimate="0"))
    provider.build(*FACT)
    provider.execute("update raw_provider.usage_events set cost_estimate = -0.000001")
    provider.build(*FACT)
    cost = "select cast(recorded_cost_usd as text) from analytics.fct_provider_usage_daily"
    assert float(provider.value(cost)) == -0.000001


def test_a_fact_stated_by_itself_is_looked_at_again(provider: Warehouse, event: Any) -> None:
    provider.insert("usage_events", event(1))
    provider.build(*FACT)
    provider.execute("update raw_provider.usage_events set tokens_in = 150")
    provider.build("--select", "+int_provider_usage_daily")
    provider.build("--select", "int_provider_usage_priced", "fct_provider_usage_daily")
    provider.execute("update raw_provider.usage_events set tokens_in = 100")
    provider.build(*FACT)
    assert [tokens for _, tokens, _ in provider.rows(DAYS)] == [100]


def test_a_fact_that_stood_elsewhere_for_a_while_is_brought_up_to_date(
    provider: Warehouse, event: Any
) -> None:
    provider.insert("usage_events", event(1))
    provider.build(*FACT)
    provider.execute(
        """
        create schema elsewhere;
        create table elsewhere.fact as from analytics.fct_provider_usage_daily
        """
    )
    provider.execute("update raw_provider.usage_events set tokens_in = 150")
    provider.build(*FACT)
    # as if the schema of the marts had been another one, with notes of its own
    provider.execute(
        """
        update analytics_intermediate.int_built_days
        set built_table = replace(built_table, 'analytics.', 'elsewhere.')
        where built_table like '%fct_%';
        delete from analytics.fct_provider_usage_daily;
        insert into analytics.fct_provider_usage_daily from elsewhere.fact
        """
    )
    provider.build(*FACT)
    assert [tokens for _, tokens, _ in provider.rows(DAYS)] == [150]
