"""What a build costs: all of a history, one more day of it, and nothing new.

    make bench                                      100,000 and 1,000,000 rows on DuckDB
    make bench ROWS="100000 1000000 10000000"       an hour or two, and 20 GB of disk
    make bench ENGINE=postgres
    make bench BENCH="--projects ../before ."       two checkouts, in turn

For each size it makes raw tables, and then measures in turn, some times each: a full build, the
same facts by a reference script in plain SQL and by a dbt project of three models; then the build
after one more day, the build of nothing new, and one node. A day has as many rows on every size.
Sizes and projects take turns, so that ratios are those of one run.
"""

import argparse
import os
import shutil
from contextlib import ExitStack
from pathlib import Path

from databases import ROOT, Database, DuckDBFile, PostgresDatabase, postgres_server
from history import History
from measures import build, one_node, outcomes, reference, three_models
from report import Case, show, write
from rich.console import Console

# where a person waits; the tables alone go to the standard output
PROGRESS = Console(stderr=True, highlight=False)


def main() -> None:
    arguments = _arguments()
    folder = arguments.folder.resolve() / arguments.engine
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    sizes = sorted(arguments.rows)
    day_rows = arguments.day_rows or sizes[0] / arguments.days
    options = ["--no-partial-parse"] if arguments.cold_parse else []
    if arguments.threads:
        options += ["--threads", str(arguments.threads)]
    with ExitStack() as stack:
        if arguments.engine == "postgres":
            server = stack.enter_context(postgres_server(folder / "server"))
        cases: list[tuple[Case, Database, History]] = []
        for rows in sizes:
            for number, project in enumerate(arguments.projects, start=1):
                place = folder / f"project_{number}" / str(rows)
                database: Database = (
                    PostgresDatabase(place, project, server)
                    if arguments.engine == "postgres"
                    else DuckDBFile(place, project, arguments.memory_limit)
                )
                history = History(database, rows, arguments.days)
                case = Case(
                    os.path.relpath(project, ROOT), rows, history.usage_rows, database.raw_bytes()
                )
                cases.append((case, database, history))
                PROGRESS.print(f"{case.usage_rows:,} usage rows are made")
                database.dbt("parse")
        for _ in range(arguments.repeats):
            for case, database, _ in cases:
                database.forget()
                case.full.append(build(database, *options))
                case.reference.append(reference(database))
                case.three_models.append(three_models(database, *options))
                _say("full build", case, case.full[-1].seconds)
        for case, database, _ in cases:
            case.outcomes = outcomes(database)
        for _ in range(0 if arguments.full_only else arguments.repeats):
            for case, database, history in cases:
                history.add_day(day_rows)
                case.day.append(build(database, *options))
                case.nothing_new.append(build(database, *options))
                case.one_node.append(one_node(database, *options))
                _say("one more day", case, case.day[-1].seconds)
    measured = [case for case, _, _ in cases]
    show(arguments.engine, measured)
    write(arguments.engine, measured, arguments.json or folder / "figures.json")


def _say(what: str, case: Case, seconds: float) -> None:
    PROGRESS.print(f"{what}, {case.rows:,} rows, {case.project}: {seconds:.0f} s")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=(__doc__ or "").splitlines()[0])
    add = parser.add_argument
    add("--engine", choices=["duckdb", "postgres"], default="duckdb")
    add("--rows", type=int, nargs="+", default=[100_000, 1_000_000], help="usage rows, about")
    add("--days", type=int, default=400, help="over which they are spread")
    add("--day-rows", type=int, help="of one more day; by default as on the smallest size")
    add("--repeats", type=int, default=5, help="of which the median is shown")
    add("--threads", type=int, help="nodes at once; by default as many as profiles.yml.example has")
    add("--cold-parse", action="store_true", help="parse the project in each run")
    add("--memory-limit", default="4GiB", help="of DuckDB")
    add("--full-only", action="store_true", help="without one more day")
    add("--projects", type=Path, nargs="+", default=[ROOT], help="checkouts to build, in turn")
    add("--folder", type=Path, default=ROOT / "build" / "bench", help="of databases and figures")
    add("--json", type=Path, help="where the figures go")
    return parser.parse_args()


if __name__ == "__main__":
    main()
