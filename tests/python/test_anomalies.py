"""Anomalies: spikes that were planted are found, and quiet spend raises no alarm."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from postgres import PostgresWarehouse
from spend_engine import ANOMALIES, AS_OF, SEEN_TO, SpendEngine, spend_engine
from spend_series import Series, multiplied, quiet, requested
from warehouses import Warehouse

JUDGED = 35
"""The variable anomaly_days."""
DAYS = 90


@pytest.fixture(scope="module")
def spend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SpendEngine]:
    with spend_engine(Warehouse(tmp_path_factory.mktemp("anomalies")), *ANOMALIES) as engine:
        yield engine


def _days(amounts: list[Any], until: date = SEEN_TO, **columns: Any) -> list[dict[str, Any]]:
    """A row of costs a day, the last of them on a day."""
    first = until - timedelta(days=len(amounts) - 1)
    return [
        {"usage_date": first + timedelta(days=place), "company_cost_usd": amount, **columns}
        for place, amount in enumerate(amounts)
    ]


def _judged(
    spend: SpendEngine, rows: list[dict[str, Any]], dimension: str = "project"
) -> dict[Any, dict[str, Any]]:
    spend.costs(rows)
    return {
        (row["dimension_value"], row["usage_date"]): row
        for row in spend.build(*ANOMALIES)
        if row["dimension"] == dimension
    }


def test_a_day_far_above_its_weekday_is_an_anomaly_with_its_driver(spend: SpendEngine) -> None:
    usual = [100.0] * 59
    found = _judged(
        spend,
        [
            *_days([*usual, 100], project_id="p", canonical_model_id="a", openai_api_key_id="k"),
            *_days([*usual, 700], project_id="p", canonical_model_id="b", openai_api_key_id="k"),
            *_days([*usual, 300], project_id="p", canonical_model_id="a", openai_api_key_id="l"),
        ],
    )
    assert [day for (_, day), row in found.items() if row["state"] != "normal"] == [SEEN_TO]
    row = found["p", SEEN_TO]
    assert (row["state"], row["cost_usd"], row["expected_usd"]) == ("anomaly_high", 1100, 300)
    assert row["excess_usd"] == 800
    assert row["expected_low_usd"] < 300 < row["expected_high_usd"] < 1100
    assert (row["driver_dimension"], row["driver_value"]) == ("model", "b")
    assert row["driver_excess_usd"] == 600


def test_a_weekend_is_no_anomaly_and_spend_on_it_is(spend: SpendEngine) -> None:
    """Two working days' worth on a Saturday, when next to nothing is usual."""
    amounts = [
        1.0 if (SEEN_TO - timedelta(days=83 - place)).isoweekday() > 5 else 100.0
        for place in range(84)
    ]
    assert {row["state"] for row in _judged(spend, _days(amounts, project_id="p")).values()} == {
        "normal"
    }
    saturday = date(2026, 6, 13)
    amounts[-3] = 200.0
    found = _judged(spend, _days(amounts, project_id="p"))
    assert [day for (_, day), row in found.items() if row["state"] != "normal"] == [saturday]


def test_an_earlier_spike_hides_no_later_one(spend: SpendEngine) -> None:
    amounts = [100.0] * 60
    for place in (-20, -12, -2):
        amounts[place] = 900.0
    found = _judged(spend, _days(amounts, project_id="p"))
    high = sorted(day for (_, day), row in found.items() if row["state"] == "anomaly_high")
    assert high == [SEEN_TO - timedelta(days=days) for days in (19, 11, 1)]
    assert not [row for row in found.values() if row["state"] == "anomaly_low"]


def test_a_day_that_cost_next_to_nothing_is_low(spend: SpendEngine) -> None:
    found = _judged(spend, _days([100.0] * 50 + [3.0], project_id="p"))
    row = found["p", SEEN_TO]
    assert (row["state"], row["excess_usd"]) == ("anomaly_low", -97)


def test_without_a_baseline_nothing_is_called_unusual(spend: SpendEngine) -> None:
    found = _judged(spend, _days([5000.0] + [100.0] * 13 + [5000.0], project_id="new"))
    states = [row["state"] for _, row in sorted(found.items())]
    assert states == ["no_baseline"] * 14 + ["anomaly_high"]
    first = found["new", SEEN_TO - timedelta(days=14)]
    assert (first["expected_usd"], first["excess_usd"], first["known_days"]) == (None, None, 0)


def test_small_money_is_no_anomaly(spend: SpendEngine) -> None:
    assert not _judged(spend, _days([0.1] * 50 + [9.9], project_id="p"))
    found = _judged(spend, _days([0.1] * 50 + [11], project_id="p"))
    assert found["p", SEEN_TO]["state"] == "anomaly_high"


def test_days_that_may_still_change_are_not_judged(spend: SpendEngine) -> None:
    found = _judged(spend, _days([100.0] * 60 + [1, 1, 1], until=AS_OF, project_id="p"))
    assert max(day for _, day in found) == SEEN_TO
    assert len(found) == JUDGED
    assert {row["state"] for row in found.values()} == {"normal"}


SERIES = 120
TIMES = (4, 10)
"""How many times of a usual day a planted spike costs."""


@pytest.mark.parametrize("seed", [21, 22])
@pytest.mark.parametrize("make", [quiet, requested])
def test_planted_spikes_are_found_and_little_else(
    spend: SpendEngine, make: Series, seed: int
) -> None:
    """Some of them on weekends, and after another one. About two CPU seconds each."""
    chance = random.Random(seed)
    rows, planted = [], set()
    for number in range(SERIES):
        name = f"p{number}"
        costs = make(chance, DAYS)
        usual = sum(costs) / DAYS
        costs = [cost * 1000 / usual if usual else 0.0 for cost in costs]
        for place in chance.sample(range(1, JUDGED), 2):
            costs[-place] += chance.uniform(*TIMES) * 1000
            planted.add((name, SEEN_TO - timedelta(days=place - 1)))
        rows += _days([round(cost, 6) for cost in costs], project_id=name)
    found = _judged(spend, rows)
    assert len(found) == SERIES * JUDGED
    alarms = {key for key, row in found.items() if row["state"] in ("anomaly_high", "anomaly_low")}
    precision = len(alarms & planted) / len(alarms)
    recall = len(alarms & planted) / len(planted)
    print(f"{make.__name__} {seed}: precision {precision:.0%}, recall {recall:.0%}")
    assert precision >= 0.8
    assert recall >= 0.8


@pytest.mark.parametrize("seed", [31, 32])
def test_quiet_spend_raises_no_alarm(spend: SpendEngine, seed: int) -> None:
    chance = random.Random(seed)
    rows = []
    for number in range(200):
        costs = [round(cost, 6) for cost in quiet(chance, DAYS)]
        rows += _days(costs, project_id=f"p{number}")
    found = _judged(spend, rows)
    alarms = [row for row in found.values() if row["state"] in ("anomaly_high", "anomaly_low")]
    print(f"{seed}: {len(alarms)} of {len(found)} quiet days")
    assert len(found) > 150 * JUDGED
    assert len(alarms) <= 0.01 * len(found)


def test_both_engines_give_the_same_digits(
    spend: SpendEngine, postgres_warehouse: PostgresWarehouse
) -> None:
    chance = random.Random(7)
    rows = []
    for number, make in enumerate([multiplied, requested] * 4):
        costs = [round(cost, 6) for cost in make(chance, chance.randrange(5, 90))]
        model, key = chance.choice("abc"), chance.choice([None, "k"])
        names = {"canonical_model_id": model, "openai_api_key_id": key, "org_id": f"o{number % 3}"}
        rows += _days(costs, project_id=f"p{number}", **names)
    with spend_engine(postgres_warehouse, *ANOMALIES) as other:
        made = []
        for engine in (spend, other):
            engine.costs(rows)
            made.append(
                sorted(
                    engine.build(*ANOMALIES), key=lambda row: [str(value) for value in row.values()]
                )
            )
    assert {row["state"] for row in made[0]} >= {"normal", "anomaly_high", "no_baseline"}
    assert made[0] == made[1]
