"""What a build costs: all of a history, and one more day of it.

    make bench                              100,000 and 1,000,000 rows on DuckDB: ten minutes
    make bench ROWS="1000000 10000000"      a quarter to half an hour, and 10 GB of disk
    make bench ENGINE=postgres

For each size it makes raw tables, and then measures in turn, some times each: a full build, the
same facts by a reference script in plain SQL, and a bare `group by` of each source; then the build
after one more day. A day has as many rows on every size. Sizes take turns, so that ratios are
those of one run.
"""

import argparse
import shutil
from contextlib import ExitStack
from pathlib import Path

from databases import ROOT, Database, DuckDBFile, PostgresDatabase, postgres_server
from history import History
from measures import Build, build, fates, group_bys, reference
from report import Figures, show, write
from rich.console import Console

# where a person waits; the table alone goes to the standard output
PROGRESS = Console(stderr=True, highlight=False)


def main() -> None:
    arguments = _arguments()
    folder = arguments.folder / arguments.engine
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    sizes = sorted(arguments.rows)
    day_rows = arguments.day_rows or sizes[0] / arguments.days
    with ExitStack() as stack:
        databases: dict[int, Database] = {}
        if arguments.engine == "duckdb":
            for rows in sizes:
                databases[rows] = DuckDBFile(folder / str(rows), arguments.memory_limit)
        else:
            server = stack.enter_context(postgres_server(folder / "server"))
            for rows in sizes:
                databases[rows] = PostgresDatabase(folder / str(rows), server)
        histories = {}
        for rows, database in databases.items():
            histories[rows] = History(database, rows, arguments.days)
            PROGRESS.print(f"{histories[rows].usage_rows:,} usage rows are made")
        figures = {rows: Figures(history.usage_rows) for rows, history in histories.items()}
        for _ in range(arguments.repeats):
            for rows, database in databases.items():
                database.forget()
                figures[rows].full.append(build(database, arguments.threads))
                figures[rows].reference.append(reference(database))
                figures[rows].group_bys.append(group_bys(database))
                _say("full build", rows, figures[rows].full)
        for rows, database in databases.items():
            figures[rows].fates = fates(database)
        for _ in range(0 if arguments.full_only else arguments.repeats):
            for rows, database in databases.items():
                histories[rows].add_day(day_rows)
                figures[rows].day.append(build(database, arguments.threads))
                _say("one more day", rows, figures[rows].day)
    show(figures)
    write(figures, arguments.json or folder / "figures.json")


def _say(what: str, rows: int, builds: list[Build]) -> None:
    PROGRESS.print(f"{what} {len(builds)}, {rows:,} rows: {builds[-1].process:.0f} s")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=(__doc__ or "").splitlines()[0])
    add = parser.add_argument
    add("--engine", choices=["duckdb", "postgres"], default="duckdb")
    add("--rows", type=int, nargs="+", default=[100_000, 1_000_000], help="usage rows, about")
    add("--days", type=int, default=400, help="over which they are spread")
    add("--day-rows", type=int, help="of one more day; by default as on the smallest size")
    add("--repeats", type=int, default=5, help="of which the median is shown")
    add(
        "--threads", type=int, default=1, help="nodes at once; with more, each waits for the others"
    )
    add("--memory-limit", default="4GiB", help="of DuckDB")
    add("--full-only", action="store_true", help="without one more day")
    add("--folder", type=Path, default=ROOT / "build" / "bench", help="of databases and figures")
    add("--json", type=Path, help="where the figures go")
    return parser.parse_args()


if __name__ == "__main__":
    main()
