"""Days whose spend was unusual, and what was behind them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tokenmart.relations import Relations
from tokenmart.report.movers import word_of
from tokenmart.report.periods import Period
from tokenmart.report.scope import Scope, text
from tokenmart.report.words import NOTHING, pico, usd
from tokenmart.warehouse import Session

MART = "mart_cost_anomalies"
SHOWN = 10


@dataclass(frozen=True)
class Anomaly:
    """A row of the mart whose cost is out of its range."""

    day: date
    dimension: str
    name: str
    cost: int
    expected: int
    low: int
    high: int
    excess: int
    driver: str


@dataclass(frozen=True)
class AnomalyLine:
    """The same in words, with its range and its cost in thousandths of a bar."""

    day: str
    name: str
    dimension: str
    cost: str
    expected: str
    usual: str
    excess: str
    driver: str
    start: int
    width: int
    at: int


@dataclass(frozen=True)
class Anomalies:
    """Those of a period, the largest first."""

    lines: list[AnomalyLine]
    advice: str


@dataclass(frozen=True)
class Judged:
    """The days that were looked at, and those that stand out."""

    first: date | None
    last: date | None
    found: list[Anomaly]


def read_anomalies(session: Session, relations: Relations, scope: Scope) -> Judged:
    """On the page of an organization, its own days."""
    where = "where true"
    if scope.organization:
        where = (
            f"where dimension = 'org' and dimension_value = {text(scope.organization.org_id)}"
            f" and source_instance = {text(scope.organization.source_instance)}"
        )
    mart = relations.model(MART).sql
    ((first, last),) = session.query(
        f"select min(usage_date), max(usage_date) from {mart} {where} and state <> 'no_baseline'"
    ).rows
    result = session.query(
        f"""
        select usage_date, dimension, coalesce(value_name, dimension_value), cost_usd,
            expected_usd, expected_low_usd, expected_high_usd, excess_usd,
            driver_dimension, driver_value
        from {mart} {where} and state in ('anomaly_high', 'anomaly_low')
        order by abs(excess_usd) desc, usage_date desc, dimension, dimension_value
        """
    )
    return Judged(first, last, [_anomaly(row, scope) for row in result.rows])


def _anomaly(row: Sequence[Any], scope: Scope) -> Anomaly:
    day, dimension, name, cost, expected, low, high, excess, driver_dimension, driver = row
    # the page of an organization names its models, and no project or key
    if not driver or (scope.organization and driver_dimension != "model"):
        driver_words = NOTHING
    else:
        driver_words = f"{word_of(driver_dimension)} {driver}"
    return Anomaly(
        day=day,
        dimension=dimension,
        name={"all": "Everything", "key": f"key {name}"}.get(dimension, name),
        cost=pico(cost) or 0,
        expected=pico(expected) or 0,
        low=pico(low) or 0,
        high=pico(high) or 0,
        excess=pico(excess) or 0,
        driver=driver_words,
    )


def anomalies_of(judged: Judged, period: Period) -> Anomalies:
    """The largest of the period's."""
    found = [each for each in judged.found if each.day in period.span]
    return Anomalies([_line(each) for each in found[:SHOWN]], _advice(judged, found, period))


def _line(each: Anomaly) -> AnomalyLine:
    low = max(0, each.low)
    extent = max(1, each.high, each.cost) * 21 // 20
    return AnomalyLine(
        day=f"{each.day:%b} {each.day.day}",
        name=each.name,
        dimension="" if each.dimension in ("all", "key") else word_of(each.dimension),
        cost=usd(each.cost),
        expected=usd(each.expected),
        usual=f"{usd(low)} to {usd(each.high)}",
        excess=usd(each.excess) if each.excess <= 0 else f"+{usd(each.excess)}",
        driver=each.driver,
        start=1000 * low // extent,
        width=max(4, 1000 * (each.high - low) // extent),
        at=1000 * max(0, each.cost) // extent,
    )


def _advice(judged: Judged, found: list[Anomaly], period: Period) -> str:
    if judged.first is None or judged.last is None:
        return "No day can be judged yet: there are too few days before it to know what is usual."
    if judged.last < period.span.first or judged.first > period.span.last:
        return f"Days are judged from {judged.first} to {judged.last}; this period has none."
    if not found:
        return (
            "Every judged day of this period is within its usual range; nothing needs to be done."
        )
    first = found[0]
    more = f" {len(found) - SHOWN:,} more are in {MART}." if len(found) > SHOWN else ""
    behind = f", most of it on {first.driver}" if first.driver != NOTHING else ""
    return (
        f"Ask about {first.day:%b} {first.day.day} first: {first.name} was "
        f"{usd(abs(first.excess))} {'above' if first.excess > 0 else 'below'} what was expected"
        f"{behind}.{more}"
    )
