"""The figures as a table for people, and as JSON."""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

from measures import Build
from rich.console import Console
from rich.table import Table

SLOWEST = 8


@dataclass
class Figures:
    """What was measured on one size, in the order of the repeats."""

    usage_rows: int
    full: list[Build] = field(default_factory=list)
    reference: list[float] = field(default_factory=list)
    group_bys: list[float] = field(default_factory=list)
    fates: dict[str, int] = field(default_factory=dict)
    """What became of the rows in the full build."""
    day: list[Build] = field(default_factory=list)


@dataclass(frozen=True)
class Ratio:
    """A median of the ratios of each repeat, and what it should be at most."""

    name: str
    value: float
    bar: float | None = None


def show(sizes: dict[int, Figures]) -> None:
    console = Console(width=120)
    console.print(_table(sizes))
    largest = sizes[max(sizes)]
    for name, builds in (("full build", largest.full), ("one more day", largest.day)):
        if builds:
            console.print(_slowest(name, builds[-1]))
    ratios = Table(title="Ratios", title_justify="left")
    for heading in ("ratio", "median", "at most", ""):
        ratios.add_column(heading, justify="left" if heading == "ratio" else "right")
    for ratio in _ratios(sizes):
        bar = "" if ratio.bar is None else f"{ratio.bar:.1f}"
        missed = ratio.bar is not None and ratio.value > ratio.bar
        ratios.add_row(ratio.name, f"{ratio.value:.2f}", bar, "missed" if missed else "")
    console.print(ratios)


def write(sizes: dict[int, Figures], path: Path) -> None:
    figures = {
        "sizes": {
            str(rows): asdict(each)
            | {name: [b._asdict() for b in getattr(each, name)] for name in ("full", "day")}
            for rows, each in sizes.items()
        },
        "ratios": [asdict(ratio) for ratio in _ratios(sizes)],
    }
    path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def _table(sizes: dict[int, Figures]) -> Table:
    table = Table(title="Seconds, medians", title_justify="left")
    table.add_column("")
    for heading in ("usage rows", "models", "tests", "both", "ledgers", "process", "peak MiB"):
        table.add_column(heading, justify="right")
    for heading in ("reference", "group by"):
        table.add_column(heading, justify="right")
    for figures in sizes.values():
        plain = [f"{median(each):.1f}" for each in (figures.reference, figures.group_bys)]
        _add(table, "full build", figures.usage_rows, figures.full, *plain)
    for figures in sizes.values():
        if figures.day:
            _add(table, "one more day", figures.usage_rows, figures.day)
    return table


def _add(table: Table, name: str, rows: int, builds: list[Build], *more: str) -> None:
    def middle(value: Callable[[Build], float]) -> float:
        return median(value(build) for build in builds)

    table.add_row(
        name,
        f"{rows:,}",
        f"{middle(lambda build: build.models):.1f}",
        f"{middle(lambda build: build.tests):.1f}",
        f"{middle(lambda build: build.nodes_but_ledgers):.1f}",
        f"{middle(lambda build: build.ledgers):.1f}",
        f"{middle(lambda build: build.process):.1f}",
        f"{middle(lambda build: build.peak_bytes) / 2**20:,.0f}",
        *more,
    )


def _slowest(name: str, build: Build) -> str:
    slowest = sorted(build.nodes.items(), key=lambda node: -node[1])[:SLOWEST]
    listed = ", ".join(f"{node.split('.')[2]} {seconds:.1f}" for node, seconds in slowest)
    return f"Slowest nodes of the last {name}: {listed}\n"


def _ratios(sizes: dict[int, Figures]) -> list[Ratio]:
    small, large = sizes[min(sizes)], sizes[max(sizes)]
    rows = f"{large.usage_rows:,}"
    found = []
    if large is not small and large.day:
        times = f"one more day on {rows} rows / on {small.usage_rows:,}"

        def grown(value: Callable[[Build], float]) -> float:
            return _middle(map(value, large.day), map(value, small.day))

        found += [
            Ratio(f"{times}: nodes but ledgers", grown(lambda build: build.nodes_but_ledgers), 1.5),
            Ratio(f"{times}: models but ledgers", grown(lambda build: build.models)),
            Ratio(f"{times}: tests", grown(lambda build: build.tests)),
            Ratio(f"{times}: ledgers", grown(lambda build: build.ledgers)),
            Ratio(f"{times}: whole process", grown(lambda build: build.process), 1.2),
        ]
    full = f"full build of {rows} rows"
    nodes = [build.all_nodes for build in large.full]
    models = [build.ledgers + build.models for build in large.full]
    return [
        *found,
        Ratio(f"{full} / reference script: all nodes", _middle(nodes, large.reference), 2.0),
        Ratio(f"{full} / reference script: models", _middle(models, large.reference)),
        Ratio(f"{full} / group by: all nodes", _middle(nodes, large.group_bys)),
    ]


def _middle(numerators: Iterable[float], denominators: Iterable[float]) -> float:
    return median(a / b for a, b in zip(numerators, denominators, strict=True))
