"""The figures as tables for people, and as JSON."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

from databases import Spent
from measures import Build
from rich.console import Console
from rich.table import Table

SLOWEST = 8


@dataclass
class Case:
    """What was measured of one project on one size, in the order of the repeats."""

    project: str
    rows: int
    usage_rows: int
    raw_bytes: int
    full: list[Build] = field(default_factory=list)
    reference: list[Spent] = field(default_factory=list)
    three_models: list[Spent] = field(default_factory=list)
    outcomes: dict[str, int] = field(default_factory=dict)
    """What became of the rows in the full build."""
    day: list[Build] = field(default_factory=list)
    nothing_new: list[Build] = field(default_factory=list)
    one_node: list[Spent] = field(default_factory=list)


@dataclass(frozen=True)
class Bar:
    """A figure and what it should be at most; no figure if its size was not measured."""

    name: str
    figure: float | None
    at_most: float

    @property
    def verdict(self) -> str:
        if self.figure is None:
            return "not measured"
        return "met" if self.figure <= self.at_most else "missed"


def show(engine: str, cases: list[Case]) -> None:
    console = Console(width=120)
    parses = {each.parse for case in cases for each in (*case.full, *case.day, *case.nothing_new)}
    console.print(_table(f"{engine}, medians; parse: {', '.join(sorted(parses))}", cases))
    for name, builds in (("full build", cases[-1].full), ("one more day", cases[-1].day)):
        if builds:
            console.print(_slowest(name, builds[-1]))
    console.print(_bar_table(_bars_by_project(engine, cases)))


def write(engine: str, cases: list[Case], path: Path) -> None:
    figures = {
        "cases": [
            {
                name: [each._asdict() for each in value] if isinstance(value, list) else value
                for name, value in vars(case).items()
            }
            for case in cases
        ],
        "bars": {
            project: [asdict(bar) | {"verdict": bar.verdict} for bar in bars]
            for project, bars in _bars_by_project(engine, cases).items()
        },
    }
    path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def _table(title: str, cases: list[Case]) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for heading in (
        "project",
        "usage rows",
        "seconds",
        "of nodes",
        "CPU s",
        "written/raw",
        "peak MiB",
    ):
        table.add_column(heading, justify="right")
    for name in ("full", "reference", "three_models", "day", "nothing_new", "one_node"):
        for case in cases:
            if spent := getattr(case, name):
                table.add_row(name.replace("_", " "), *_row(case, spent))
    return table


def _row(case: Case, spent: list[Build] | list[Spent]) -> Iterator[str]:
    yield case.project
    yield f"{case.usage_rows:,}"
    yield f"{median(each.seconds for each in spent):.1f}"
    builds = [each for each in spent if isinstance(each, Build)]
    yield f"{median(each.nodes_seconds for each in builds):.1f}" if builds else ""
    yield f"{median(each.cpu_seconds for each in spent):.1f}"
    yield f"{median(each.written_bytes for each in spent) / case.raw_bytes:.2f}"
    yield f"{median(each.peak_bytes for each in builds) / 2**20:,.0f}" if builds else ""


def _bar_table(by_project: dict[str, list[Bar]]) -> Table:
    table = Table(title="Bars", title_justify="left")
    table.add_column("")
    for heading in ("at most", *by_project):
        table.add_column(heading, justify="right")
    for bars in zip(*by_project.values(), strict=True):
        figures = (
            each.verdict if each.figure is None else f"{each.figure:,.4g} {each.verdict}"
            for each in bars
        )
        table.add_row(bars[0].name, f"{bars[0].at_most:g}", *figures)
    return table


def _slowest(name: str, build: Build) -> str:
    slowest = sorted(build.nodes.items(), key=lambda node: -node[1])[:SLOWEST]
    listed = ", ".join(f"{node.split('.')[2]} {seconds:.1f}" for node, seconds in slowest)
    return f"Slowest nodes of the last {name}: {listed}\n"


def _bars_by_project(engine: str, cases: list[Case]) -> dict[str, list[Bar]]:
    by_project: dict[str, dict[int, Case]] = {}
    for case in cases:
        by_project.setdefault(case.project, {})[case.rows] = case
    return {project: [*_bars(engine, sizes)] for project, sizes in by_project.items()}


def _bars(engine: str, sizes: dict[int, Case]) -> Iterator[Bar]:
    """Those of one project."""
    for name, rows, at_most, figures in BARS[engine]:
        measured = figures(sizes[rows]) if rows in sizes else []
        yield Bar(name, median(measured) if measured else None, at_most)
    small, large = sizes[min(sizes)], sizes[max(sizes)]
    if large is not small and large.day:
        millions = (large.usage_rows - small.usage_rows) / 1e6
        name = f"one more day, {small.rows:,} to {large.rows:,} rows: more seconds a million"
        pairs = zip(small.day, large.day, strict=True)
        yield Bar(name, median((b.seconds - a.seconds) / millions for a, b in pairs), 0.5)


def _cpu_over(build: str, other: str) -> Callable[[Case], list[float]]:
    def ratios(case: Case) -> list[float]:
        pairs = zip(getattr(case, build), getattr(case, other), strict=True)
        return [each.cpu_seconds / over.cpu_seconds for each, over in pairs]

    return ratios


def _nodes_over_reference(case: Case) -> list[float]:
    pairs = zip(case.full, case.reference, strict=True)
    return [full.nodes_seconds / script.seconds for full, script in pairs]


K, M = 1_000, 1_000_000
BARS: dict[str, tuple[tuple[str, int, float, Callable[[Case], Sequence[float]]], ...]] = {
    "duckdb": (
        ("one more day on 100k: nodes", 100 * K, 150, lambda c: [len(b.nodes) for b in c.day]),
        ("its statements", 100 * K, 850, lambda c: [b.statements for b in c.day]),
        ("its CPU seconds", 100 * K, 10.5, lambda c: [b.cpu_seconds for b in c.day]),
        ("nothing new on 100k / one node, CPU", 100 * K, 3.2, _cpu_over("nothing_new", "one_node")),
        ("full build of 1M / three models, CPU", M, 3.5, _cpu_over("full", "three_models")),
        ("full build of 10M, nodes / reference", 10 * M, 3.3, _nodes_over_reference),
        (
            "its bytes written / raw bytes",
            *(10 * M, 2.7, lambda c: [b.written_bytes / c.raw_bytes for b in c.full]),
        ),
    ),
    "postgres": (("full build of 1M, nodes / reference", M, 4, _nodes_over_reference),),
}
"""Of which size, and at most how much; ratios are medians of the ratios of each repeat."""
