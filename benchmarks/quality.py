"""What `tokenmart validate` costs beside the same checks as plain SQL.

    make bench-quality                  a hundred thousand rows of usage
    make bench-quality ROWS=10000000    ten million: half an hour, and 10 GB of disk

It builds a warehouse of sample data, which it keeps for the next time, and then measures in turn,
some times each: the command, as a user waits for it; one plain statement for each expectation; one
plain statement for all rules about the single rows of a relation, and one for each other rule.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import duckdb
from rich.console import Console
from rich.table import Table

from tokenmart.project import Project
from tokenmart.quality.check import Check
from tokenmart.quality.expectations import ExpectNoRowWhere
from tokenmart.quality.suites import all_checks
from tokenmart.relations import Relations
from tokenmart.warehouse import warehouse_of

ROOT = Path(__file__).parents[1]
DAYS = 365
# of a thousand sample rows of the provider, so many are added by the other sources
USAGE_PER_ROW = 1.75


class Cost(NamedTuple):
    """Seconds on the clock, and of all processors; a busy machine disturbs the second less."""

    elapsed: float
    processor: float

    @classmethod
    def so_far(cls) -> "Cost":
        return cls(time.perf_counter(), sum(os.times()[:4]))

    def __sub__(self, other: "Cost") -> "Cost":
        return Cost(self.elapsed - other.elapsed, self.processor - other.processor)


def main() -> None:
    arguments = _arguments()
    folder = (ROOT / "build" / "bench-quality" / str(arguments.rows)).resolve()
    os.environ["TOKENMART_DUCKDB_PATH"] = str(folder / "warehouse.duckdb")
    os.environ["DBT_TARGET_PATH"] = str(folder / "target")
    os.environ["DBT_LOG_PATH"] = str(folder / "logs")
    os.environ.pop("TOKENMART_TARGET", None)
    if not (folder / "built").is_file():
        _build(folder, arguments.rows)

    project = Project(ROOT)
    with warehouse_of(project).read() as session:
        checks = all_checks(Relations(project, session))
        ((usage_rows,),) = session.query(
            "select (select count(*) from raw_provider.usage_events)"
            " + (select count(*) from raw_agents.usage_records)"
            " + (select count(*) from raw_voice.voice_usage_metrics)"
        ).rows
    path = Path(os.environ["TOKENMART_DUCKDB_PATH"])
    sides: dict[str, Callable[[], None]] = {
        "tokenmart validate": _validate,
        "a statement an expectation": lambda: _execute(path, _one_by_one(checks)),
        "a statement a relation": lambda: _execute(path, _bundled(checks)),
    }
    taken: dict[str, list[Cost]] = {name: [] for name in sides}
    for _ in range(arguments.runs):
        for name, run in sides.items():
            before = Cost.so_far()
            run()
            taken[name].append(Cost.so_far() - before)
    _report(usage_rows, checks, taken, arguments.json)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000, help="usage rows, about")
    parser.add_argument("--runs", type=int, default=3, help="how often each side is measured")
    parser.add_argument("--json", type=Path, help="a file for the figures")
    return parser.parse_args()


def _build(folder: Path, rows: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    per_day = max(1, round(rows / DAYS / USAGE_PER_ROW))
    sample = folder / "sample"
    _tokenmart("sample", "--out", str(sample), "--days", str(DAYS), "--rows-per-day", str(per_day))
    _tokenmart("land", str(sample))
    _tokenmart("build", "--exclude-resource-type", "unit_test")
    (folder / "built").touch()


def _tokenmart(*arguments: str) -> None:
    command = [str(Path(sys.executable).with_name("tokenmart")), *arguments]
    subprocess.run(command, cwd=ROOT, check=True)


def _validate() -> None:
    command = [str(Path(sys.executable).with_name("tokenmart")), "validate"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise SystemExit(result.stdout + result.stderr)


def _one_by_one(checks: list[Check]) -> list[str]:
    return [
        f"select count(*) from ({rule.finding(check.query)}) as found"
        for check in checks
        for rule in check.rules
    ]


def _bundled(checks: list[Check]) -> list[str]:
    statements = []
    for check in checks:
        conditions = [
            f"count(*) filter (where {rule.condition})"
            for rule in check.rules
            if isinstance(rule, ExpectNoRowWhere)
        ]
        if conditions:
            statements.append(f"select {', '.join(conditions)} from ({check.query}) as batch")
        statements += [
            f"select count(*) from ({rule.finding(check.query)}) as found"
            for rule in check.rules
            if not isinstance(rule, ExpectNoRowWhere)
        ]
    return statements


def _execute(path: Path, statements: list[str]) -> None:
    with duckdb.connect(str(path), read_only=True) as connection:
        for statement in statements:
            connection.execute(statement).fetchall()


def _report(
    usage_rows: int, checks: list[Check], taken: dict[str, list[Cost]], path: Path | None
) -> None:
    medians = {
        name: Cost(*(statistics.median(values) for values in zip(*costs, strict=True)))
        for name, costs in taken.items()
    }
    expectations = sum(len(check.rules) for check in checks)
    table = Table(title=f"{expectations} expectations, {usage_rows:,} usage rows")
    table.add_column("median of seconds")
    for heading in ("elapsed", "ratio", "processor", "ratio"):
        table.add_column(heading, justify="right")
    ours = medians["tokenmart validate"]
    for name, cost in medians.items():
        table.add_row(
            name,
            f"{cost.elapsed:.1f}",
            f"{ours.elapsed / cost.elapsed:.2f}",
            f"{cost.processor:.1f}",
            f"{ours.processor / cost.processor:.2f}",
        )
    Console().print(table)
    if path:
        figures = {
            "usage_rows": usage_rows,
            "expectations": expectations,
            "seconds": {name: [cost._asdict() for cost in costs] for name, costs in taken.items()},
        }
        path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
