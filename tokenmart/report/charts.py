"""Drawings in SVG, in units that stretch with the page; their words are HTML, which does not."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from tokenmart.report.words import MINUS, NOTHING, UNIT, usd

HEIGHT = 1000
"""Units from the bottom of a plot to its top."""

_LABELS = 8
"""Words below a plot at most."""


@dataclass(frozen=True)
class Column:
    """A day, or some."""

    label: str


@dataclass(frozen=True)
class Tick:
    """A word beside a plot, at a share of its height or width in percent."""

    at: str
    label: str


@dataclass(frozen=True)
class Shape:
    """A path with the class that colors it."""

    style: str
    path: str


@dataclass(frozen=True)
class Plot:
    """What every drawing has: shapes in a box, with words beside it."""

    width: int
    shapes: list[Shape]
    across: list[Tick]
    up: list[Tick]
    zero: str = "0"
    """Where the line of 0 is, in percent from the bottom."""


@dataclass(frozen=True)
class Series:
    """A color of the legend."""

    style: str
    name: str
    total: str


@dataclass(frozen=True)
class Stack:
    """Bars of several parts, the same as a table, and what to do about it."""

    plot: Plot
    series: list[Series]
    columns: list[str]
    table: list[list[str]] = field(default_factory=list)
    advice: str = ""


def stack(
    names: Sequence[str],
    values: Sequence[Sequence[int | None]],
    columns: Sequence[Column],
    gray: int | None,
    advice: str,
) -> Stack:
    """A bar for each column, with a part for each name."""
    labels = [column.label for column in columns]
    sums = [[values[row][at] or 0 for row in range(len(names))] for at in range(len(columns))]
    high = max((sum(v for v in each if v > 0) for each in sums), default=0) / UNIT
    low = min((sum(v for v in each if v < 0) for each in sums), default=0) / UNIT
    scale = Scale(low, high)
    styles = styles_of(len(names), gray)
    paths = ["" for _ in names]
    for at, parts in enumerate(sums):
        above = below = 0.0
        for row, part in enumerate(parts):
            if not part:
                continue
            start = above if part > 0 else below
            end = start + part / UNIT
            paths[row] += box(at, scale.y(start), scale.y(end))
            if part > 0:
                above = end
            else:
                below = end
    return Stack(
        plot=Plot(
            width=10 * max(1, len(columns)),
            shapes=[Shape(style, path) for style, path in zip(styles, paths, strict=True)],
            across=ticks_of(labels),
            up=scale.ticks,
            zero=percent_of(scale.y(0)),
        ),
        series=[
            Series(style, name, usd(_total(row)))
            for style, name, row in zip(styles, names, values, strict=True)
        ],
        columns=["Day", *names],
        table=[
            [
                label,
                *(
                    usd(values[row][at]) if values[row][at] is not None else NOTHING
                    for row in range(len(names))
                ),
            ]
            for at, label in enumerate(labels)
        ],
        advice=advice,
    )


def _total(row: Sequence[int | None]) -> int | None:
    known = [value for value in row if value is not None]
    return sum(known) if known else None


def styles_of(number: int, gray: int | None) -> list[str]:
    """A color each, and gray for what stands for many."""
    colors = iter(range(number))
    return ["rest" if at == gray else f"s{next(colors)}" for at in range(number)]


def box(at: int, start: int, end: int) -> str:
    """A rectangle in a column, between two heights from the bottom."""
    top, bottom = HEIGHT - max(start, end), HEIGHT - min(start, end)
    return f"M{10 * at + 1} {top}h8v{bottom - top}h-8z"


def percent_of(height: int) -> str:
    """A height as CSS says it."""
    return f"{height / 10:g}"


def ticks_of(labels: Sequence[str], most: int = _LABELS) -> list[Tick]:
    """Some of the labels, each in the middle of its column."""
    every = max(1, math.ceil(len(labels) / most))
    return [
        Tick(f"{round((at + 0.5) * 100 / len(labels), 2):g}", label)
        for at, label in enumerate(labels)
        if at % every == 0
    ]


class Scale:
    """Heights of figures, between round ones."""

    def __init__(self, low: float, high: float, sign: str = "$") -> None:
        step = _step(max(high - low, 1e-9))
        self._low = math.floor(low / step + 1e-9) * step
        self._high = max(math.ceil(high / step - 1e-9) * step, self._low + step)
        self._step, self._sign = step, sign

    def y(self, value: float) -> int:
        """From the bottom."""
        share = (value - self._low) / (self._high - self._low)
        return math.floor(HEIGHT * share + 0.5)

    @property
    def ticks(self) -> list[Tick]:
        number = round((self._high - self._low) / self._step)
        values = [self._low + self._step * at for at in range(number + 1)]
        return [Tick(percent_of(self.y(value)), self._label(value)) for value in values]

    def _label(self, value: float) -> str:
        decimals = max(0, math.ceil(-math.log10(self._step) - 1e-9))
        sign = MINUS if value < -self._step / 2 else ""
        return f"{sign}{self._sign}{abs(value):,.{decimals}f}"


def _step(extent: float) -> float:
    """Of 1, 2 and 5 times a power of ten the one that gives three to five lines."""
    power = 10.0 ** math.floor(math.log10(extent / 4))
    for times in (1, 2, 5):
        if extent / (times * power) <= 5:
            return float(times * power)
    return 10 * power
