"""Every figure that a project builds, kept to be compared after a rebuild that must change none.

    .ci/oracle.py dump FOLDER          of the project in the current folder
    .ci/oracle.py compare FOLDER FOLDER

The project of any commit is built on the same sources, by the harness of this one: the sample, odd
sources, and histories of three runs with changed and deleted rows; on DuckDB and on Postgres, by
one clock. Kept are the relations of `analytics` and the newest versions of the ledgers' rows. A
relation or column that only one side has is named, and is no other figure.
"""

import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random

HARNESS = Path(__file__).parents[1] / "tests" / "python"
sys.path.insert(0, str(HARNESS))
os.environ["TOKENMART_TEST_PROJECT"] = str(Path.cwd())

from both_engines import NOT_COMPARED, build_odd_sources, on_each  # noqa: E402
from histories import AgentsHistory, ProviderHistory, VoiceHistory  # noqa: E402
from odd_sources import OddSources  # noqa: E402
from postgres import PostgresWarehouse, start  # noqa: E402
from replay import Engine  # noqa: E402
from warehouses import Warehouse  # noqa: E402

AS_OF = "2026-11-20 00:00:00"
HISTORIES = 8
LEFT_OUT = {*NOT_COMPARED, "batch_id"}
SHOWN = 3


def dump(folder: Path) -> None:
    if folder.exists():
        sys.exit(f"oracle: {folder} is there already; remove it, or name another folder.")
    with tempfile.TemporaryDirectory(prefix="oracle_") as work:
        server = start(18, Path(work, "server"))
        try:
            for name, build in SOURCES.items():
                sides = (
                    Warehouse(Path(work, name, "duckdb")),
                    PostgresWarehouse(Path(work, name, "postgres"), server),
                )
                build(*sides)
                for engine, warehouse in zip(("duckdb", "postgres"), sides, strict=True):
                    _keep(warehouse, folder / name / engine)
                print(f"{name} is kept", flush=True)
        finally:
            server.stop()


def _build_sample(duckdb_side: Warehouse, postgres_side: PostgresWarehouse) -> None:
    data = str(duckdb_side.folder / "data")
    size = ("--days", "14", "--rows-per-day", "400", "--seed", "7", "--end", "2026-10-31")
    for command in (("sample", "--out", data, *size), ("land", data)):
        result = duckdb_side.tokenmart(*command, plainly=True)
        assert result.returncode == 0, result.stdout + result.stderr
    postgres_side.create_sources(constraints=False)
    postgres_side.copy_sources(duckdb_side)
    on_each([duckdb_side, postgres_side], "build", as_of=AS_OF)


def _build_histories(duckdb_side: Warehouse, postgres_side: PostgresWarehouse) -> None:
    """A build after many new rows, one after changed ones, one after deleted ones."""
    random = Random(1)
    histories = [
        [kind(number, random) for number in range(HISTORIES)]
        for kind in (ProviderHistory, AgentsHistory, VoiceHistory)
    ]
    duckdb_side.create_sources()
    postgres_side.create_sources(constraints=False)
    for day, (steps, deletes) in enumerate([(6, False), (2, False), (2, True)], start=1):
        for of_source in histories:
            for history in of_source:
                for _ in range(steps):
                    history.step(deletes=deletes)
            for tables in zip(*(history.sources for history in of_source), strict=True):
                rows = [row for table in tables for row in table.rows.values()]
                for side in (duckdb_side, postgres_side):
                    Engine(side, side.execute, side.rows, []).fill(tables[0].table, rows)
        on_each([duckdb_side, postgres_side], "build", as_of=f"2026-11-{day:02} 00:00:00")


SOURCES: dict[str, Callable[[Warehouse, PostgresWarehouse], None]] = {
    "sample": _build_sample,
    "odd": partial(build_odd_sources, sources=OddSources(1)),
    "histories": _build_histories,
}


def _keep(warehouse: Warehouse, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for schema, table, columns in warehouse.rows(
        "select table_schema, table_name, string_agg(column_name, ',' order by column_name) "
        "from information_schema.columns "
        "where table_schema = 'analytics' and table_name <> 'audit_runs' "
        "or table_schema = 'analytics_ledger' and table_name like 'ledger_%' group by 1, 2"
    ):
        kept = [name for name in columns.split(",") if name not in LEFT_OUT]
        texts = ", ".join(f'cast("{name}" as varchar)' for name in kept)
        relation = f"{schema}.{table}"
        if schema == "analytics_ledger":
            newest = "max(row_version) over (partition by source_instance, row_key) as newest"
            relation = f"(select *, {newest} from {relation}) as v where row_version = newest"
        rows = sorted(map(json.dumps, warehouse.rows(f"select {texts} from {relation}")))
        (folder / table).write_text("\n".join([json.dumps(kept), *rows]) + "\n", "utf-8")


def compare(before: Path, after: Path) -> int:
    """0 if every figure that both sides have is the same."""
    ours, theirs = _relations(before), _relations(after)
    if not ours or {Path(name).parent for name in ours} != {Path(name).parent for name in theirs}:
        sys.exit("oracle: the folders are not dumps of the same sources and engines; dump again.")
    for name in sorted(ours ^ theirs):
        print(f"only in {before if name in ours else after}: {name}")
    common = sorted(ours & theirs)
    different = [name for name in common if _differs(name, before, after)]
    print(f"{len(different)} of {len(common)} relations differ")
    return 1 if different else 0


def _relations(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.glob("*/*/*")}


def _differs(name: str, before: Path, after: Path) -> bool:
    columns, other_columns = _columns(before / name), _columns(after / name)
    for only in sorted({*columns} ^ {*other_columns}):
        print(f"only in {before if only in columns else after}: {name}.{only}")
    shared = [column for column in columns if column in other_columns]
    ours, theirs = _rows(before / name, shared), _rows(after / name, shared)
    lost, found = ours - theirs, theirs - ours
    if not lost and not found:
        return False
    changed = [at for at in range(len(shared)) if _values(lost, at) != _values(found, at)]
    same = [at for at in range(len(shared)) if at not in changed]
    names = ", ".join(shared[at] for at in changed) or "which values belong together"
    print(f"\n{name}: {lost.total()} rows gone, {found.total()} new; columns: {names}")
    for sign, side in (("-", lost), ("+", found)):
        # by what is the same, so that the first rows of both sides belong together
        for row in sorted(side, key=lambda row: [row[at] for at in same + changed])[:SHOWN]:
            print(sign, ", ".join(row[at][:80] for at in changed + same if row[at]))
    return True


def _columns(path: Path) -> list[str]:
    with path.open(encoding="utf-8") as lines:
        return list(json.loads(next(lines)))


def _rows(path: Path, shared: list[str]) -> Counter[tuple[str, ...]]:
    columns, *rows = map(json.loads, path.read_text("utf-8").splitlines())
    places = [(name, columns.index(name)) for name in shared]
    return Counter(
        tuple("" if row[at] is None else f"{name}={row[at]!r}" for name, at in places)
        for row in rows
    )


def _values(rows: Counter[tuple[str, ...]], at: int) -> Counter[str]:
    return Counter(row[at] for row in rows.elements())


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["dump", folder]:
            dump(Path(folder))
        case ["compare", before, after]:
            sys.exit(compare(Path(before), Path(after)))
        case _:
            sys.exit(__doc__)
