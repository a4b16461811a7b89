"""Usage that is not tokens, and the dimensions that exports of gateways and agents add to a day."""

from decimal import Decimal
from typing import Any

import pytest
from refusals import refusal
from warehouses import Warehouse

ONLY_PROVIDER = {"sources_enabled": ["provider"]}
AS_OF = {"as_of": "2025-02-01 00:00:00"}
NO_TOKENS = {"tokens_in": 0, "tokens_out": 0}
FACT = "analytics.fct_provider_usage_daily"
TOTALS = f"""
    select
        sum(record_count), sum(total_tokens), sum(recorded_cost_usd), sum(cost_usd), sum(quantity)
    from {FACT}
"""
KEYS = f"select usage_key from {FACT} where end_user_id is null and tags is null order by 1"


@pytest.fixture
def provider(either_warehouse: Warehouse) -> Warehouse:
    """The provider's tables on each engine, with one key."""
    either_warehouse.create_sources("provider")
    either_warehouse.insert("provider_keys", {"id": 1, "provider": "openai"})
    return either_warehouse


def test_what_is_not_tokens_is_counted_in_its_unit_and_has_no_price(
    provider: Warehouse, event: Any
) -> None:
    images = NO_TOKENS | {"model": "gpt-image-1", "quantity_unit": "images"}
    provider.insert(
        "usage_events",
        event(1),
        event(2, **images, quantity="2"),
        event(3, **images | {"quantity_unit": " Images"}, quantity="0.000000001"),
        event(4, **images | {"quantity_unit": "seconds"}, quantity="7.5"),
        # tokens and seconds in one row: what it costs is not known
        event(5, quantity="3", quantity_unit="seconds"),
        event(6, quantity="0", quantity_unit="seconds"),
    )
    provider.build(**ONLY_PROVIDER, **AS_OF)
    query = f"""
        select model_id, quantity_unit, quantity, record_count, total_tokens, list_cost_usd is null,
            contracted_cost_usd is null, cost_usd is null, recorded_cost_usd, pricing_status,
            unpriced_classes
        from {FACT} order by 1, 2 nulls first
    """
    half = Decimal("0.5")
    none, priced = (True, True, True), (False, False, False)
    assert provider.rows(query) == [
        ("gpt-4-1", None, None, 2, 220, *priced, 2 * half, "priced", None),
        ("gpt-4-1", "seconds", 3, 1, 110, *none, half, "partially_priced", "quantity"),
        (
            *("gpt-image-1", "images", Decimal("2.000000001"), 2, 0),
            *(*none, 2 * half, "unpriced", "quantity"),
        ),
        ("gpt-image-1", "seconds", Decimal("7.5"), 1, 0, *none, half, "unpriced", "quantity"),
    ]
    assert provider.rows(
        """
        select model_id, token_class, quantity_unit, unpriced_quantity, tokens, line_to_add
        from analytics.mart_unpriced_usage order by 1, 3
        """
    ) == [
        ("gpt-4-1", "quantity:seconds", "seconds", 3, 0, None),
        ("gpt-image-1", "quantity:images", "images", Decimal("2.000000001"), 0, None),
        ("gpt-image-1", "quantity:seconds", "seconds", Decimal("7.5"), 0, None),
    ]
    # what has no unit has the key that it had before there were units
    key = """
        md5('4:main' || '10:2025-01-01' || '10:2025-01-01' || '1:1' || '7:gpt-4-1' || '0:0:0:0:'
            || '5:false' || '4:base')
    """
    assert provider.rows(
        f"select usage_key = {key} from {FACT} where model_id = 'gpt-4-1' and quantity is null"
    ) == [(True,)]
    assert provider.rows(
        "select resource_type, quantity, quantity_unit from analytics.fct_cost_daily order by 1, 2"
    ) == [
        ("images", Decimal("2.000000001"), "images"),
        ("llm_tokens", 3, "seconds"),
        ("llm_tokens", None, None),
        ("seconds", Decimal("7.5"), "seconds"),
    ]
    for command in ("audit", "validate"):
        result = provider.tokenmart(command)
        assert result.returncode == 0, result.stdout + result.stderr


def test_days_are_recomputed_by_the_dimensions_that_are_named(
    provider: Warehouse, event: Any
) -> None:
    provider.insert(
        "usage_events",
        event(1, end_user_id="u", session_id="s", team_id="t", tags='["a"]'),
        event(2, end_user_id=" v ", session_id=""),
        event(3),
        event(4, timestamp="2025-01-02 10:00:00", end_user_id="u", request_id="r"),
        event(5, timestamp="2025-01-03 10:00:00"),
    )
    provider.build(**ONLY_PROVIDER, **AS_OF)
    dimensions = f"""
        select cast(usage_date as text), end_user_id, session_id, team_id, tags, record_count
        from {FACT} order by 1, 2 nulls last
    """
    totals, keys = provider.rows(TOTALS), provider.rows(KEYS)
    nothing = (None, None, None, None)
    before = [
        ("2025-01-01", *nothing, 3),
        ("2025-01-02", *nothing, 1),
        ("2025-01-03", *nothing, 1),
    ]
    assert provider.rows(dimensions) == before

    provider.build(**ONLY_PROVIDER, **AS_OF, usage_dimensions=["tags", "end_user"])
    assert provider.rows(dimensions) == [
        ("2025-01-01", "u", None, None, '["a"]', 1),
        ("2025-01-01", "v", None, None, None, 1),
        ("2025-01-01", *nothing, 1),
        ("2025-01-02", "u", None, None, None, 1),
        ("2025-01-03", *nothing, 1),
    ]
    assert provider.rows(TOTALS) == totals
    # what names none keeps its key, and a second row of a day has another
    assert set(provider.rows(KEYS)) < set(keys)
    assert provider.rows(f"select count(distinct usage_key) from {FACT}") == [(5,)]
    for command in ("audit", "validate"):
        result = provider.tokenmart(command)
        assert result.returncode == 0, result.stdout + result.stderr

    provider.build(**ONLY_PROVIDER, **AS_OF)
    assert provider.rows(dimensions) == before
    assert (provider.rows(TOTALS), provider.rows(KEYS)) == (totals, keys)


def test_each_dimension_holds_all_of_the_cost(either_warehouse: Warehouse, event: Any) -> None:
    warehouse = either_warehouse
    warehouse.create_sources("provider", "billing")
    warehouse.insert("provider_keys", {"id": 1, "provider": "openai"})
    tags = (
        *('["a", "b", "a", " ", null]', '["a"]', '{"env": "prod", "n": 1}', '{"env": "test"}'),
        *('"alone"', '["a", "b", "c"]', "[]", "{}", None),
    )
    warehouse.insert(
        "usage_events",
        *(
            event(
                *(number,),
                tags=value,
                team_id="t" if number % 2 else None,
                num_model_requests=number,
                model="gpt-4-1" if number else "no-such-model",
                tokens_in=101 + number,
            )
            for number, value in enumerate(tags)
        ),
        event(20, timestamp="2025-02-01 10:00:00", tags='{"region": "eu"}'),
    )
    warehouse.insert(
        "provider_costs",
        {"usage_date": "2025-01-01", "provider": "openai", "amount_usd": "3.33", "line_item": "?"},
    )
    warehouse.build(
        sources_enabled=["provider", "billing"],
        as_of="2025-03-01 00:00:00",
        usage_dimensions=["team", "tags"],
    )
    query = """
        select cast(usage_month as text), dimension, attributed_value, method, request_count
        from analytics.mart_cost_by_attribution_monthly order by 1, 2, 3, 4
    """
    rows = {row[1:4]: row[4] for row in warehouse.rows(query) if row[0] == "2025-01-01"}
    assert rows == {
        ("tag", "a", "direct"): 1,
        # 5 requests of three tags
        ("tag", "a", "split_evenly"): 1,
        ("tag", "alone", "direct"): 4,
        ("tag", "b", "split_evenly"): 2,
        ("tag", "c", "split_evenly"): 2,
        ("tag", None, "unattributed"): 2 + 3 + 6 + 7 + 8,
        ("tag:env", "env=prod", "direct"): 2,
        ("tag:env", "env=test", "direct"): 3,
        ("tag:env", None, "unattributed"): 36 - 5,
        ("tag:n", "n=1", "direct"): 2,
        ("tag:n", None, "unattributed"): 36 - 2,
        ("team", "t", "direct"): 1 + 3 + 5 + 7,
        ("team", None, "unattributed"): 20,
    }
    totals = """
        select dimension, usage_month, sum(total_tokens), sum(cost_usd)
        from analytics.mart_cost_by_attribution_monthly group by 1, 2
    """
    provider = """
        select cast(date_trunc('month', usage_date) as date), sum(total_tokens), sum(cost_usd)
        from analytics.fct_cost_daily group by 1
    """
    months = {row[0]: row[1:] for row in warehouse.rows(provider)}
    found = warehouse.rows(totals)
    assert len(found) == 4 + 3
    for _, month, *figures in found:
        assert tuple(figures) == months[month]
    shares = "select sum(share_of_cost) from analytics.mart_cost_by_attribution_monthly"
    assert abs(warehouse.value(shares) - 7) < Decimal("0.0001")


def test_a_dimension_that_there_is_not_is_refused(provider: Warehouse) -> None:
    said = refusal(provider.dbt("build", **ONLY_PROVIDER, usage_dimensions=["team", "team"]))
    assert (
        "The variable usage_dimensions must be a list of end_user, session, team, tags,"
        " each at most once, such as [end_user]" in said
    )
