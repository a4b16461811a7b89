"""What follows the filters: cards, spend by day, and who and what costs most.

``templates/page.js`` says the same of the rows that a filter leaves, in the same words;
``test_report.py`` has a browser do so and compares.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tokenmart.report.charts import Column, Stack, stack
from tokenmart.report.cube import NO_MODEL, NO_PROJECT, Cell, Cube
from tokenmart.report.periods import Period, Span
from tokenmart.report.words import (
    LETTERS,
    NOT_KNOWN,
    NOTHING,
    change,
    compact,
    per_million,
    percent,
    several,
    share_of,
    usd,
)

SERIES = 6
"""Colors that can be told apart, besides gray."""

SHOWN = 10
"""Lines of a table; the others are one line."""

MOST_BARS = 100


@dataclass(frozen=True)
class Card:
    """A figure with its name, and what puts it into proportion."""

    key: str
    title: str
    value: str
    notes: list[str]
    bars: list["Bar"]


@dataclass(frozen=True)
class Bar:
    """A figure next to others of its kind; the share is of the largest."""

    label: str
    value: str
    share: int


@dataclass(frozen=True)
class Line:
    """A member of a dimension in its table."""

    name: str
    cost: str
    share: int
    """Of the largest cost, in percent; what a bar draws."""

    change: str
    tokens: str
    per_million: str
    personal: str


@dataclass(frozen=True)
class Tops:
    """The members of a dimension, the most expensive first."""

    lines: list[Line]
    advice: str


def cards(cube: Cube, period: Period) -> list[Card]:
    """The figures at the top."""
    cell = cube.total(period.span)
    now, before = cube.total(period.now), cube.total(period.before)
    return [
        Card("spend", "Spend", usd(cell.usd("cost")), _spend_notes(cell, now, before, period), []),
        Card(
            "tokens",
            "Tokens",
            compact(cell.counts["tokens"]),
            _compared(now.counts["tokens"], before.counts["tokens"], period),
            [],
        ),
        Card(
            "rate",
            "Cost per million tokens",
            usd(_rate(cell)),
            [*_compared(_rate(now), _rate(before), period), "of the tokens whose cost is known"],
            [],
        ),
        _cache(cell),
        _savings(cell),
        _bill(cell),
    ]


def _spend_notes(cell: Cell, now: Cell, before: Cell, period: Period) -> list[str]:
    notes = _compared(now.usd("cost"), before.usd("cost"), period)
    if cell.money["personal"]:
        notes.append(f"employees paid {usd(cell.money['personal'])} more themselves")
    if cell.counts["unpriced"]:
        share = percent(cell.counts["unpriced"], cell.counts["tokens"])
        notes.append(f"cost not known for {share} of the tokens")
    return notes


def _compared(now: int | None, before: int | None, period: Period) -> list[str]:
    if not period.before:
        return ["no earlier days to compare with"]
    return [f"{change(now, before)} against {period.compared}"]


def _rate(cell: Cell) -> int | None:
    return per_million(cell.usd("token_cost"), cell.counts["tokens"] - cell.counts["unpriced"])


def _cache(cell: Cell) -> Card:
    counts = cell.counts
    ratio = percent(counts["cached"], counts["input"]) if counts["input"] else NOT_KNOWN
    notes = [f"{compact(counts['cached'])} of {compact(counts['input'])} input tokens"]
    return Card("cache", "Cache hit ratio", ratio, notes if counts["input"] else [], [])


def _savings(cell: Cell) -> Card:
    caching, processing = cell.usd("caching"), cell.usd("processing")
    both = None if caching is None and processing is None else (caching or 0) + (processing or 0)
    notes = [f"{usd(caching)} by caching", f"{usd(processing)} by batch and service tiers"]
    return Card("savings", "Saved", usd(both), notes, [])


def _bill(cell: Cell) -> Card:
    """What the provider charged, against the prices of the usage that it charged for."""
    figures = {name: cell.money[name] for name in ("billed", "contracted", "list")}
    largest = max([1, *(amount for amount in figures.values() if amount is not None)])
    bars = [
        Bar(label, usd(figures[name]), share_of(figures[name], largest))
        for name, label in (
            ("billed", "Billed by the provider"),
            ("contracted", "At your prices"),
            ("list", "At list prices"),
        )
    ]
    billed, contracted = figures["billed"], figures["contracted"]
    if billed is None or contracted is None or contracted <= 0:
        return Card("bill", "Billed, contracted, list", _difference(None), [], bars)
    notes = []
    if cell.counts["unlisted"]:
        notes.append(f"{compact(cell.counts['unlisted'])} billed tokens have no list price")
    gap = billed - contracted
    return Card("bill", "Billed, contracted, list", _difference(gap), notes, bars)


def _difference(gap: int | None) -> str:
    if gap is None:
        return "nothing to compare"
    return f"{usd(abs(gap))} {'over' if gap >= 0 else 'under'} your prices"


def spend(cube: Cube, period: Period) -> Stack:
    """Company money by day, stacked by model."""
    by_model = cube.by("model", period.span)
    order = _ranked(by_model, cube.others["model"])
    shown = order[:SERIES] if len(order) > SERIES + 1 else order
    rest = [member for member in order if member not in shown]
    span = period.span
    width = bar_days(span)
    columns = [Column(label) for label in bar_labels(span, width)]
    names = [cube.labels["model"][member] for member in shown]
    values: list[list[int | None]] = [[None] * len(columns) for _ in shown]
    others: list[int | None] = [None] * len(columns)
    for row in cube.rows:
        if row.day not in span or row.cell.money["cost"] is None:
            continue
        at = (row.day - span.first).days // width
        member = row.members[1]
        into = others if member in rest else values[shown.index(member)]  # type: ignore[arg-type]
        into[at] = (into[at] or 0) + row.cell.money["cost"]
    gray = cube.others["model"]
    if rest:
        names.append("all others")
        values.append(others)
        gray = len(names) - 1
    elif gray in shown:
        gray = shown.index(gray)
    else:
        gray = None
    total = cube.total(span)
    return stack(names, values, columns, gray, _spend_advice(by_model, order, total, cube))


def bar_days(span: Span) -> int:
    """The days of a bar: there are never more bars than can be seen."""
    return next(days for days in (1, 7, 28, 364, span.days) if span.days <= days * MOST_BARS)


def bar_labels(span: Span, width: int) -> list[str]:
    """The first day of each bar."""
    starts = range(0, span.days, width)
    days = [span.first.fromordinal(span.first.toordinal() + start) for start in starts]
    if span.first.year != span.last.year:
        return [f"{day:%b} {day.day}, {day.year}" for day in days]
    return [f"{day:%b} {day.day}" for day in days]


def _ranked(cells: Mapping[int, Cell], other: int | None) -> list[int]:
    """The most expensive first; the small ones, which stand for many, last."""
    return sorted(
        cells,
        key=lambda member: (
            member == other,
            -(cells[member].money["cost"] or 0),
            -cells[member].counts["tokens"],
            member,
        ),
    )


def _spend_advice(cells: Mapping[int, Cell], order: list[int], total: Cell, cube: Cube) -> str:
    cost = total.usd("cost")
    if not order:
        return "Nothing was used in this selection: widen the period or clear a filter."
    if cost is None:
        return "No cost is known here: add the prices that the section Unpriced lists."
    first = cells[order[0]].money["cost"]
    if cost <= 0 or not first or first <= 0:
        return "There is hardly any spend here; nothing needs to be done."
    name, share = cube.labels["model"][order[0]], percent(first, cost)
    return (
        f"{name} is {share} of this spend. Start there: would a smaller model do, "
        "and is its input cached?"
    )


def tops(cube: Cube, period: Period, dimension: str) -> Tops:
    """The members with the highest cost, each with its change."""
    cells = cube.by(dimension, period.span)
    now, before = cube.by(dimension, period.now), cube.by(dimension, period.before)
    order = _ranked(cells, cube.others[dimension])
    largest = max([1, *((cell.money["cost"] or 0) for cell in cells.values())])
    lines = []
    shown = order[:SHOWN] if len(order) > SHOWN + 1 else order
    groups = [(cube.labels[dimension][member], [member]) for member in shown]
    if rest := order[len(shown) :]:
        groups.append((f"{len(rest)} more lines", rest))
    for name, members in groups:
        cell, now_cell, before_cell = (_sum(side, members) for side in (cells, now, before))
        cost = cell.usd("cost")
        lines.append(
            Line(
                name=name,
                cost=usd(cost),
                share=share_of(cost, largest),
                change=change(now_cell.usd("cost"), before_cell.usd("cost"))
                if period.before
                else NOTHING,
                tokens=compact(cell.counts["tokens"], LETTERS),
                per_million=usd(_rate(cell)),
                personal=usd(cell.usd("personal")),
            )
        )
    return Tops(lines, _tops_advice(dimension, groups, now, before, period))


def _sum(cells: Mapping[int, Cell], members: list[int]) -> Cell:
    cell = Cell()
    for member in members:
        if member in cells:
            cell.add(cells[member])
    return cell


_ASK = {
    "model": "Compare its cost per million with its neighbors' before it becomes a habit.",
    "organization": "Ask what is new there, and set a budget for it.",
    "project": "Ask its owner what is new, and set a budget for it.",
    "provider": "Check that its bill agrees, below.",
}


_NAMELESS = {
    NO_MODEL: "Look at which usage and lines of bills name none, and name the model there.",
    NO_PROJECT: "Look at which keys it is on: seeds/cost_owners.csv gives them owners.",
}
"""What to do about what has no name, and so no owner."""


def _tops_advice(
    dimension: str,
    groups: list[tuple[str, list[int]]],
    now: Mapping[int, Cell],
    before: Mapping[int, Cell],
    period: Period,
) -> str:
    """The member that rose most, in dollars."""
    if not groups:
        return "Nothing in this selection has one."
    if not period.before:
        return "There are no earlier days to compare with yet; come back when there are."
    rises = [
        (
            (_sum(now, members).usd("cost") or 0) - (_sum(before, members).usd("cost") or 0),
            name,
        )
        for name, members in groups
        if len(members) == 1
    ]
    rise, name = max(rises, key=lambda each: each[0], default=(0, ""))
    if rise <= 0:
        return "Nothing here rose; nothing needs to be done."
    return f"{name} rose most, by {usd(rise)}. {_NAMELESS.get(name, _ASK[dimension])}"


def headline(cube: Cube, period: Period) -> str:
    """The page in one sentence."""
    cell = cube.total(period.span)
    now, before = cube.total(period.now).usd("cost"), cube.total(period.before).usd("cost")
    spent = f"{period.span.first:%B %Y} cost {usd(cell.usd('cost'))}"
    if cell.usd("cost") is None:
        return f"{period.span.first:%B %Y}: the cost is not known"
    if not period.before or now is None or not before or before <= 0:
        return f"{spent} in {several(period.span.days, 'day')}"
    tenths = change(now, before)
    direction = {"▲": "up", "▼": "down"}.get(tenths[0])
    return f"{spent}, {direction} {tenths[2:]} from {period.compared}" if direction else spent
