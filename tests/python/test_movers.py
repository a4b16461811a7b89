"""What moved the cost from month to month: effects that add up, of days that are alike."""

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from postgres import PostgresWarehouse
from spend_engine import MOVERS, SEEN_TO, SpendEngine, spend_engine
from warehouses import Warehouse

EFFECTS = (
    *("price_effect_usd", "volume_effect_usd", "mix_effect_usd"),
    *("new_usd", "gone_usd", "other_usd"),
)
JUNE, MAY = date(2026, 6, 1), date(2026, 5, 1)
COLUMNS = {
    "source_system": "source_system",
    "provider": "provider",
    "org": "org_id",
    "team": "team_id",
    "project": "project_id",
    "model": "canonical_model_id",
    "key": "openai_api_key_id",
}


@pytest.fixture(scope="module")
def spend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SpendEngine]:
    with spend_engine(Warehouse(tmp_path_factory.mktemp("movers")), *MOVERS) as engine:
        yield engine


def _row(day: date, usd: Any, tokens: int = 1000, model: str | None = "m", **columns: Any) -> Any:
    return {
        "usage_date": day,
        "company_cost_usd": usd,
        "total_tokens": tokens,
        "canonical_model_id": model,
        **columns,
    }


def _movers(spend: SpendEngine, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    spend.costs(rows)
    return spend.build(*MOVERS)


def _whole(spend: SpendEngine, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What moved in June, in all; days of April make May whole, and June 15 is the last one."""
    rows = [_row(date(2026, 4, 1), 0, 0), *rows, _row(SEEN_TO, 0, 0)]
    (row,) = (
        each
        for each in _movers(spend, rows)
        if each["dimension"] == "all" and each["usage_month"] == JUNE
    )
    return row


def _effects(row: dict[str, Any]) -> list[int | float]:
    return [float(row[name]) for name in EFFECTS]


@pytest.mark.parametrize(
    ("may", "june", "effects"),
    [
        # price: the same tokens cost half as much again
        ([(10, 1000, "m")], [(15, 1000, "m")], [5, 0, 0, 0, 0, 0]),
        # volume: twice the tokens at their price
        ([(10, 1000, "m")], [(20, 2000, "m")], [0, 10, 0, 0, 0, 0]),
        # mix: as many tokens, half of them moved from a model of 1 cent to one of 3
        (
            [(10, 1000, "m"), (30, 1000, "n")],
            [(5, 500, "m"), (45, 1500, "n")],
            [0, 0, 10, 0, 0, 0],
        ),
        # all three
        (
            [(10, 1000, "m"), (30, 1000, "n")],
            [(10, 1000, "m"), (80, 2000, "n")],
            [20, 20, 10, 0, 0, 0],
        ),
        # a model that is new, one that is gone, and what is not tokens
        ([(10, 1000, "m")], [(25, 1000, "n")], [0, 0, 0, 25, -10, 0]),
        ([(10, 1000, "m"), (4, 0, "m")], [(10, 1000, "m"), (9, 0, None)], [0, 0, 0, 0, 0, 5]),
        # a price that was not known: new, and not dearer
        ([(None, 1000, "m")], [(10, 1000, "m")], [0, 0, 0, 10, 0, 0]),
    ],
)
def test_an_effect_is_what_its_name_says(
    spend: SpendEngine, may: list[Any], june: list[Any], effects: list[int]
) -> None:
    row = _whole(spend, [_row(MAY, *each) for each in may] + [_row(JUNE, *each) for each in june])
    assert _effects(row) == effects
    assert row["change_usd"] == sum(effects)


def test_a_month_that_runs_is_compared_by_the_days_that_both_have(spend: SpendEngine) -> None:
    """What is not complete yet is in neither; neither is what May had after the 15th."""
    days = [date(2026, 4, 1) + timedelta(each) for each in range(79)]
    assert days[-1] == date(2026, 6, 18)
    rows = _movers(spend, [_row(day, 1) for day in days])
    found = {
        each["usage_month"]: (
            *(each["since_day"], each["until_day"]),
            *(each["cost_usd"], each["previous_cost_usd"]),
        )
        for each in rows
        if each["dimension"] == "all"
    }
    assert found == {MAY: (1, 31, 31, 30), JUNE: (1, 15, 15, 15)}
    rows = _movers(spend, [_row(day, 1) for day in days if day >= date(2026, 5, 6)])
    ((since, until, cost, before),) = (
        (each["since_day"], each["until_day"], each["cost_usd"], each["previous_cost_usd"])
        for each in rows
        if each["dimension"] == "all"
    )
    assert (since, until, cost, before) == (6, 15, 10, 10)


def test_the_model_that_moved_most_is_named(spend: SpendEngine) -> None:
    row = _whole(
        spend,
        [
            *(_row(MAY, 10, model="a"), _row(MAY, 50, model="b"), _row(MAY, 5, model="c")),
            *(_row(JUNE, 12, model="a"), _row(JUNE, 20, model="b"), _row(JUNE, 9, model="c")),
        ],
    )
    assert (row["top_model_id"], row["top_model_change_usd"]) == ("b", -30)


amounts = st.one_of(
    st.none(),
    st.decimals(min_value=-1000, max_value=100000, places=12, allow_nan=False),
)
usages = st.lists(
    st.tuples(
        st.sampled_from([date(2026, month, day) for month in (3, 4, 5, 6) for day in (1, 9, 14)]),
        amounts,
        st.one_of(st.just(0), st.integers(1, 9), st.integers(1, 10**12)),
        st.sampled_from([None, "a", "b", "c"]),
        st.sampled_from([None, "x", "y"]),
        st.sampled_from(["provider", "agents"]),
    ),
    min_size=1,
    max_size=12,
)


def _rows_of(drawn: list[Any]) -> list[dict[str, Any]]:
    return [
        _row(
            *(day, usd, tokens, model),
            **dict.fromkeys((*COLUMNS.values(),)[1:5], value),
            openai_api_key_id=value,
            source_system=source,
        )
        | {"canonical_model_id": model}
        for day, usd, tokens, model, value, source in drawn
    ]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(usages)
def test_effects_add_up_to_the_change_and_dimensions_to_the_whole(
    spend: SpendEngine, drawn: list[Any]
) -> None:
    rows = _rows_of(drawn)
    movers = _movers(spend, rows)
    changes: dict[Any, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in movers:
        assert sum(row[name] for name in EFFECTS) == row["change_usd"]
        change = (row["cost_usd"] or 0) - (row["previous_cost_usd"] or 0)
        assert change == row["change_usd"]
        changes[row["usage_month"]][row["dimension"]] += row["change_usd"]
    for by_dimension in changes.values():
        assert {*by_dimension} == {"all", *COLUMNS}
        assert len({*by_dimension.values()}) == 1
    first = min(row["usage_date"] for row in rows)
    if first < MAY:
        of_june = changes[JUNE]["all"] if JUNE in changes else Decimal(0)
        last = max(row["usage_date"] for row in rows)
        since = first.day if first >= date(2026, 5, 1) else 1

        def cost(month: int) -> Decimal:
            return sum(
                (
                    row["company_cost_usd"]
                    for row in rows
                    if row["company_cost_usd"] is not None
                    and row["usage_date"].month == month
                    and since <= row["usage_date"].day <= last.day
                ),
                Decimal(0),
            )

        if last >= JUNE:
            assert of_june == cost(6) - cost(5)


def test_both_engines_give_the_same_digits(
    spend: SpendEngine, postgres_warehouse: PostgresWarehouse
) -> None:
    chance = random.Random(5)
    drawn = [
        (
            date(2026, 3, 20) + timedelta(chance.randrange(90)),
            None if chance.random() < 0.1 else Decimal(chance.randrange(10**15)).scaleb(-12),
            chance.choice([0, chance.randrange(1, 10**10)]),
            chance.choice([None, "a", "b", "c"]),
            chance.choice([None, "x", "y"]),
            chance.choice(["provider", "agents"]),
        )
        for _ in range(300)
    ]
    with spend_engine(postgres_warehouse, *MOVERS) as other:
        made = []
        for engine in (spend, other):
            rows = _movers(engine, _rows_of(drawn))
            made.append(sorted(rows, key=lambda row: [str(value) for value in row.values()]))
    assert len(made[0]) > 50
    assert made[0] == made[1]
