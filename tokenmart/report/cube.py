"""Daily totals by provider, model, organization and project: what the page filters and adds up.

The largest members of each dimension stand for themselves, all others are one, so that the page
stays small however many there are. Nothing is left out: the cube adds up to what is counted.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tokenmart.labels import told_apart
from tokenmart.relations import Relations
from tokenmart.report.periods import Span
from tokenmart.report.scope import Organization, Scope
from tokenmart.report.words import pico
from tokenmart.warehouse import Session

DIMENSIONS = ("provider", "model", "organization", "project")
COUNTS = ("tokens", "unpriced", "input", "cached", "unlisted")
MONEY = (
    *("cost", "personal", "token_cost", "billed", "contracted", "list"),
    *("caching", "processing"),
)
MOST_ROWS = 8000
SIZES = ((8, 15, 10, 15), (6, 10, 8, 8), (5, 8, 5, 5), (4, 6, 3, 3), (3, 3, 2, 2), (2, 2, 1, 1))
"""How many members of each dimension are kept, the first that gives few enough rows."""

OTHER = "other"


@dataclass
class Cell:
    """What some rows add up to; a sum of money is None if there are rows and none has it."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    money: dict[str, int | None] = field(default_factory=lambda: dict.fromkeys(MONEY))
    rows: int = 0

    def add(self, other: "Cell") -> None:
        self.rows += other.rows
        for name, number in other.counts.items():
            self.counts[name] += number
        for name, amount in other.money.items():
            if amount is not None:
                self.money[name] = (self.money[name] or 0) + amount

    def usd(self, name: str) -> int | None:
        """A sum of money; 0 if it is over nothing."""
        return self.money[name] if self.rows else 0


@dataclass(frozen=True)
class Row:
    """A day of a combination of members, each by its place in the labels of its dimension."""

    day: date
    members: tuple[int | None, ...]
    """None where the dimension does not apply, such as the project of an agent."""

    cell: Cell


@dataclass(frozen=True)
class Cube:
    """The rows, and what the members of each dimension are called; the largest come first."""

    rows: list[Row]
    labels: dict[str, list[str]]
    others: dict[str, int | None]
    """By dimension, the place of the member that stands for the small ones."""

    @property
    def span(self) -> Span | None:
        if not self.rows:
            return None
        return Span(min(row.day for row in self.rows), max(row.day for row in self.rows))

    def total(self, span: Span | None) -> Cell:
        return total(row for row in self.rows if span and row.day in span)

    def by(self, dimension: str, span: Span | None) -> dict[int, Cell]:
        """Totals of the members that have rows in these days."""
        place = DIMENSIONS.index(dimension)
        found: dict[int, Cell] = defaultdict(Cell)
        for row in self.rows:
            member = row.members[place]
            if member is not None and span and row.day in span:
                found[member].add(row.cell)
        return found


def total(rows: Iterable[Row]) -> Cell:
    cell = Cell()
    for row in rows:
        cell.add(row.cell)
    return cell


def read_cube(
    session: Session, relations: Relations, scope: Scope, organizations: Sequence[Organization]
) -> Cube:
    """Aggregate in the warehouse, then merge small members until there are few enough rows."""
    result = session.query(_sql(relations, scope))
    names = {(each.source_instance, each.org_id): each.name for each in organizations}
    for sizes in SIZES:
        cube = _cube(result.rows, sizes, names)
        if len(cube.rows) <= MOST_ROWS:
            break
    return cube


_MEASURES = {
    "tokens": "sum(total_tokens)",
    "unpriced": "sum(case when cost_usd is null then total_tokens else 0 end)",
    # a record of an agent that reports no cache may have used one
    "input": "sum(case when source_system <> 'agents' or cached_input_tokens > 0"
    " then input_tokens else 0 end)",
    "cached": "sum(cached_input_tokens)",
    # what a bill is compared with: the prices of the usage that it charges
    "unlisted": "sum(case when billed_cost_usd is not null and list_cost_usd is null"
    " then total_tokens else 0 end)",
    "cost": "sum(company_cost_usd)",
    "personal": "sum(personal_cost_usd)",
    "token_cost": "sum(case when total_tokens <> 0 then cost_usd end)",
    "billed": "sum(billed_cost_usd)",
    "contracted": "sum(case when billed_cost_usd is not null then contracted_cost_usd end)",
    "list": "sum(case when billed_cost_usd is not null then list_cost_usd end)",
    "caching": "sum(caching_savings_usd)",
    "processing": "sum(processing_savings_usd)",
}


def _sql(relations: Relations, scope: Scope) -> str:
    """Each member is its rank, its key and how many there are; of small ones the rank is the last.

    A key starts with '='; '~' is where the dimension does not apply.
    """
    sizes = dict(zip(DIMENSIONS, SIZES[0], strict=True))
    ranks = "".join(
        f""",
        {dimension}s as (
            select
                {dimension},
                row_number() over (
                    order by coalesce(sum(cost), 0) desc, sum(tokens) desc, {dimension}
                ) as place,
                count(*) over () as members
            from daily
            where {dimension} <> '~'
            group by {dimension}
        )"""
        for dimension in DIMENSIONS
    )
    members = ", ".join(
        f"case when {dimension}s.place <= {size} then {dimension}s.place"
        f" when {dimension}s.place is not null then {size + 1} end,"
        f" case when {dimension}s.place <= {size} then daily.{dimension} end, {dimension}s.members"
        for dimension, size in sizes.items()
    )
    joins = " ".join(
        f"left join {dimension}s on daily.{dimension} = {dimension}s.{dimension}"
        for dimension in DIMENSIONS
    )
    sums = ", ".join(f"{sql} as {name}" for name, sql in _MEASURES.items())
    groups = ", ".join(str(1 + number) for number in range(1 + 3 * len(DIMENSIONS)))
    return f"""
        with daily as (
            select
                usage_date,
                '=' || coalesce(provider, source_system) as provider,
                '=' || coalesce(canonical_model_id, model_id, '') as model,
                case
                    when org_id is null then '~' else '=' || source_instance || '{_BREAK}' || org_id
                end as organization,
                case
                    when source_system in ('provider', 'billing')
                        then '=' || coalesce(project_id, '')
                    else '~'
                end as project,
                {sums}
            from {relations.model("fct_cost_daily").sql}
            {scope.where("usage_date", "is_counted")}
            group by 1, 2, 3, 4, 5
        ){ranks}
        select usage_date, {members}, {", ".join(f"sum({name})" for name in _MEASURES)}
        from daily
        {joins}
        group by {groups}
        order by {groups}
    """


_BREAK = "\x1f"
NO_MODEL, NO_PROJECT = "no model named", "no project named"
_NONE = {"model": NO_MODEL, "project": NO_PROJECT}
_SOURCES = {"agents": "agents (recorded)", "voice": "voice assistant"}


def _cube(
    rows: Sequence[tuple[Any, ...]],
    sizes: Sequence[int],
    names: dict[tuple[str, str], str],
) -> Cube:
    cells: dict[tuple[Any, ...], Cell] = {}
    keys: list[dict[int, str]] = [{} for _ in DIMENSIONS]
    members = [0 for _ in DIMENSIONS]
    for day, *values in rows:
        places: list[int | None] = []
        for number, size in enumerate(sizes):
            place, key, known = values[3 * number : 3 * number + 3]
            if place is not None:
                members[number] = int(known)
                place = min(int(place), size + 1)
                if place <= size:
                    keys[number][place] = key[1:]
            places.append(place)
        amounts = values[3 * len(DIMENSIONS) :]
        cell = cells.setdefault((day, *places), Cell())
        counts = {name: int(value or 0) for name, value in zip(COUNTS, amounts, strict=False)}
        money = dict(zip(MONEY, map(pico, amounts[len(COUNTS) :]), strict=True))
        cell.add(Cell(counts, money, 1))
    labels: dict[str, list[str]] = {}
    others: dict[str, int | None] = {}
    for number, dimension in enumerate(DIMENSIONS):
        shown = _labels(dimension, [keys[number][each] for each in sorted(keys[number])], names)
        left = members[number] - len(shown)
        others[dimension] = len(shown) if left > 0 else None
        labels[dimension] = [*shown, *([f"{OTHER} ({left:,})"] if left > 0 else [])]
    return Cube(
        rows=[
            Row(day, tuple(None if each is None else each - 1 for each in places), cell)
            for (day, *places), cell in cells.items()
        ],
        labels=labels,
        others=others,
    )


def _labels(dimension: str, keys: list[str], names: dict[tuple[str, str], str]) -> list[str]:
    """What the keys are called; two of one name show their id, too."""
    if dimension == "provider":
        return [_SOURCES.get(key, key) for key in keys]
    if dimension != "organization":
        return [key or _NONE[dimension] for key in keys]
    pairs = [tuple(key.split(_BREAK, 1)) for key in keys]
    called = [names.get((instance, id), id) for instance, id in pairs]
    return told_apart(called, called, ["/".join(pair) for pair in pairs])


def payload(cube: Cube) -> dict[str, Any]:
    """The cube for the browser: a text of numbers a column, which is the shortest JSON of it."""
    span = cube.span
    first = span.first if span else date(2000, 1, 1)
    columns = {
        "day": [str((row.day - first).days) for row in cube.rows],
        **{
            dimension: ["" if (at := row.members[number]) is None else str(at) for row in cube.rows]
            for number, dimension in enumerate(DIMENSIONS)
        },
        **{name: [str(row.cell.counts[name] or "") for row in cube.rows] for name in COUNTS},
        **{name: [_shortest(row.cell.money[name]) for row in cube.rows] for name in MONEY},
    }
    return {
        "rows": len(cube.rows),
        "labels": cube.labels,
        "others": cube.others,
        "columns": {name: ",".join(values) for name, values in columns.items()},
    }


def _shortest(amount: int | None) -> str:
    """Nothing for a cost that is not known; trailing zeros of picodollars as a letter."""
    if amount is None:
        return ""
    digits = str(amount)
    return digits[:-6] + "u" if digits.endswith("000000") else digits
