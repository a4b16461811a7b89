"""What each class of tokens cost."""

from dataclasses import dataclass
from datetime import date

from tokenmart.relations import Relations
from tokenmart.report.periods import Period
from tokenmart.report.scope import Scope
from tokenmart.report.words import LETTERS, compact, per_million, percent, pico, usd
from tokenmart.warehouse import Session

MART = "mart_cost_by_token_class_daily"


@dataclass(frozen=True)
class ClassDay:
    """A class of tokens on a day."""

    day: date
    name: str
    tokens: int
    cost: int | None


@dataclass(frozen=True)
class ClassLine:
    """A line of the table."""

    name: str
    cost: str
    share: int
    tokens: str
    per_million: str


@dataclass(frozen=True)
class Classes:
    """A period's classes, and what to do about them."""

    lines: list[ClassLine]
    advice: str


def read_classes(session: Session, relations: Relations, scope: Scope) -> list[ClassDay]:
    result = session.query(
        f"""
        select usage_date, token_class, sum(tokens), sum(cost_usd)
        from {relations.model(MART).sql}
        {scope.where("usage_date")}
        group by usage_date, token_class
        """
    )
    return [
        ClassDay(day, name, int(tokens or 0), pico(cost)) for day, name, tokens, cost in result.rows
    ]


def classes_of(days: list[ClassDay], period: Period) -> Classes:
    """The most expensive class first."""
    sums: dict[str, tuple[int, int | None]] = {}
    for each in days:
        if each.day in period.span:
            tokens, cost = sums.get(each.name, (0, None))
            if each.cost is not None:
                cost = (cost or 0) + each.cost
            sums[each.name] = (tokens + each.tokens, cost)
    order = sorted(sums, key=lambda name: (-(sums[name][1] or 0), -sums[name][0], name))
    largest = max([1, *(cost or 0 for _, cost in sums.values())])
    lines = [
        ClassLine(
            _words(name),
            usd(cost),
            0 if not cost or cost < 0 else max(1, 100 * cost // largest),
            compact(tokens, LETTERS),
            usd(per_million(cost, tokens)),
        )
        for name in order
        for tokens, cost in [sums[name]]
    ]
    return Classes(lines, _advice(sums, order))


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _advice(sums: dict[str, tuple[int, int | None]], order: list[str]) -> str:
    if not order:
        return "Nothing was used in this period."
    first = order[0]
    tokens, cost = sums[first]
    whole = sum(each or 0 for _, each in sums.values())
    if not cost or whole <= 0:
        return "No cost of a class is known: add the prices that the section Unpriced lists."
    said = f"{_words(first)} is {percent(cost, whole)} of the cost, for {compact(tokens)} tokens: "
    if "output" in first:
        return said + "ask for shorter answers, or for less reasoning."
    if "cache" in first:
        return said + "caching works here; see that what is cached is also needed."
    return said + "put what prompts share first, so that it is read from the cache."
