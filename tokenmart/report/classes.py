"""What each class of tokens cost."""

from dataclasses import dataclass
from datetime import date

from tokenmart.relations import Relations
from tokenmart.report.periods import Period
from tokenmart.report.scope import Scope
from tokenmart.report.words import (
    LETTERS,
    NOTHING,
    compact,
    per_million,
    percent,
    pico,
    share_of,
    usd,
)
from tokenmart.warehouse import Session

MART = "mart_cost_by_token_class_daily"


@dataclass(frozen=True)
class ClassDay:
    """A class of tokens on a day; what the company paid, and what the tokens cost in all."""

    day: date
    name: str
    tokens: int
    unpriced: int
    company: int | None
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
        select usage_date, token_class, sum(tokens), sum(unpriced_tokens),
            sum(company_cost_usd), sum(cost_usd)
        from {relations.model(MART).sql}
        {scope.where("usage_date")}
        group by usage_date, token_class
        """
    )
    return [
        ClassDay(day, name, int(tokens or 0), int(unpriced or 0), pico(company), pico(cost))
        for day, name, tokens, unpriced, company, cost in result.rows
    ]


@dataclass
class Sums:
    """A class in a period."""

    tokens: int = 0
    costed: int = 0
    company: int | None = None
    cost: int | None = None


def classes_of(days: list[ClassDay], period: Period) -> Classes:
    """The most expensive class first."""
    sums: dict[str, Sums] = {}
    for each in days:
        if each.day in period.span:
            found = sums.setdefault(each.name, Sums())
            found.tokens += each.tokens
            found.costed += each.tokens - each.unpriced
            if each.company is not None:
                found.company = (found.company or 0) + each.company
            if each.cost is not None:
                found.cost = (found.cost or 0) + each.cost
    order = sorted(sums, key=lambda name: (-(sums[name].company or 0), -sums[name].tokens, name))
    largest = max([1, *(each.company or 0 for each in sums.values())])
    lines = [
        ClassLine(
            _words(name),
            usd(found.company),
            share_of(found.company, largest),
            compact(found.tokens, LETTERS) if found.tokens else NOTHING,
            usd(per_million(found.cost, found.costed)) if found.tokens else NOTHING,
        )
        for name in order
        for found in [sums[name]]
    ]
    return Classes(lines, _advice(sums, order))


def _words(name: str) -> str:
    return name.replace("_", " ").replace(":", ": ").capitalize()


def _advice(sums: dict[str, Sums], order: list[str]) -> str:
    if not order:
        return "Nothing was used in this period."
    first = sums[order[0]]
    whole = sum(each.company or 0 for each in sums.values())
    if not first.company or whole <= 0:
        return "No cost of a class is known: add the prices that the section Unpriced lists."
    tokens = f", for {compact(first.tokens)} tokens" if first.tokens else ""
    said = f"{_words(order[0])} is {percent(first.company, whole)} of the cost{tokens}"
    if "output" in order[0]:
        return f"{said}: ask for shorter answers, or for less reasoning."
    if "uncached" in order[0]:
        return f"{said}: put what prompts share first, so that it is read from the cache."
    return f"{said}: see in Models which of them it is for."
