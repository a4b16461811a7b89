"""Landing: data files become the raw tables of a project's database.

A file goes the same way whatever its format and the database's engine. DuckDB reads it as columns
of text into a temporary table (``read``; of exports, ``transform`` makes these columns), every text
is checked against its column's type (``check``, ``convert``), and only when all files have passed
are the raw tables written, in one transaction, by ``duckdb`` or ``postgres``, which are what a
``Target`` can be.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tokenmart.console import called, calling, note
from tokenmart.errors import UserError
from tokenmart.land.again import keep_better_rows, leave_out_clipped_days, say_which_lines_stay
from tokenmart.land.bill import whole_days
from tokenmart.land.check import check
from tokenmart.land.delivery import Delivery, find
from tokenmart.land.double import own_rows, refuse_another_grouping, refuse_reported_twice
from tokenmart.land.duckdb import into_duckdb, into_ducklake
from tokenmart.land.exports import export_named
from tokenmart.land.guard import (
    LANDED,
    SAMPLE,
    refuse_foreign,
    refuse_mixture,
    refuse_views,
    warn_of_mixture,
)
from tokenmart.land.read import stage
from tokenmart.land.target import Load, Target
from tokenmart.land.transform import stage_exports, stage_nothing
from tokenmart.land.two_accounts import refuse_another_account
from tokenmart.project import Project
from tokenmart.schema import tables
from tokenmart.sources import NAMES
from tokenmart.warehouse import Warehouse, warehouse_of
from tokenmart.warehouse.duckdb_file import DuckDBFile, keep_within_limits


@dataclass(frozen=True)
class Landed:
    """A file that was landed: its raw table, and how many rows it brought."""

    table: str
    rows: int
    path: Path


def land(
    project: Project,
    *paths: Path,
    append: bool = False,
    force: bool = False,
    periods: Mapping[str, str] | None = None,
    as_format: str | None = None,
    account: str | None = None,
) -> list[Landed]:
    """Land every data file of ``paths``, or refuse them all and leave the database as it was.

    Rows of an export come next to those of its tables and in place of those that report the same.
    Other tables hold what their files hold, unless ``append`` is set, or ``periods`` has SQL over
    the rows of a table of which a file has a period only.
    """
    periods = periods or {}
    schemas = {source: project.source_schema(source) for source in NAMES}
    with TemporaryDirectory(prefix="tokenmart-") as folder, _as_delivered() as names:
        scratch = Path(folder)
        delivery = find(paths, scratch, export_named(as_format) if as_format else None, names)
        mark = SAMPLE if delivery.is_sample else LANDED
        with _open(warehouse_of(project)) as target:
            keep_within_limits(target.reader, project.target)
            _guard(target, schemas, delivery, mark, force=force)
            own = {
                table: own_rows(target, schemas[table.source], table, periods.get(table.name))
                for table, _ in delivery.tables
            }
            loads = [
                Load(
                    schemas[table.source],
                    table,
                    stage(target.reader, path, table.name, table.landed_columns),
                    keeps_others=append or own[table] is not None,
                    period=None if append else own[table],
                )
                for table, path in delivery.tables
            ]
            exported = [
                Load(schemas[table.source], table, staged, keeps_others=True)
                for table, staged in stage_exports(
                    target.reader, delivery.exports, scratch, account
                )
            ]
            leave_out_clipped_days(target, exported)
            loads += [
                replace(load, period=whole_days(target.reader, load.staged))
                if load.table.name == "provider_costs"
                else load
                for load in exported
            ]
            loads = [_checked(target, load) for load in loads]
            refuse_reported_twice(target, loads)
            refuse_another_grouping(target, loads)
            refuse_another_account(target, loads)
            keep_better_rows(target, loads)
            say_which_lines_stay(target, loads)
            target.write(loads, mark)
            warn_of_mixture(target.raw_tables(schemas.values()), mark)
            return [
                Landed(
                    *(str(load), load.staged.count(target.reader)),
                    load.staged.path.with_name(called(load.staged.path.name)),
                )
                for load in loads
            ]


def make_empty_tables(project: Project, source: str) -> None:
    """Make the raw tables of a source without a row, or leave them as they are."""
    schemas = [project.source_schema(name) for name in NAMES]
    schema = project.source_schema(source)
    with _open(warehouse_of(project)) as target:
        present = target.raw_tables(schemas)
        refuse_foreign(present, [schema], target.another)
        mark = SAMPLE if any(table.mark == SAMPLE for table in present) else LANDED
        loads = [
            Load(
                schema,
                table,
                stage_nothing(target.reader, table, Path(table.name)),
                keeps_others=True,
            )
            for table in tables().values()
            if table.source == source
        ]
        target.write(loads, mark)


@contextmanager
def _as_delivered() -> Iterator[dict[str, str]]:
    """What is said of an unpacked file names the file that was delivered."""
    with calling() as names:
        try:
            yield names
        except UserError as error:
            raise UserError(called(str(error))) from error


def _open(warehouse: Warehouse) -> AbstractContextManager[Target]:
    if isinstance(warehouse, DuckDBFile):
        return into_duckdb(warehouse)
    # psycopg2 comes with an extra: whoever has a warehouse that needs it has it
    from tokenmart.land.postgres import into_postgres
    from tokenmart.warehouse.ducklake import DuckLake
    from tokenmart.warehouse.postgres import PostgresDatabase

    if isinstance(warehouse, DuckLake):
        return into_ducklake(warehouse)
    assert isinstance(warehouse, PostgresDatabase)
    return into_postgres(warehouse)


def _guard(
    target: Target, schemas: dict[str, str], delivery: Delivery, mark: str, *, force: bool
) -> None:
    present = target.raw_tables(schemas.values())
    targets = [(schemas[table.source], table.name) for table in delivery.targets]
    refuse_views(present, (f"{schema}.{name}" for schema, name in targets))
    if not force:
        refuse_foreign(present, (schema for schema, _ in targets), target.another)
        refuse_mixture(present, mark, target.another)


def _checked(target: Target, load: Load) -> Load:
    staged = load.staged
    check(target.reader, staged)
    target.refuse_unstorable(load)
    rows = staged.count(target.reader)
    of_table = "" if staged.path.stem.lower() == staged.table else f" for {staged.table}"
    note(f"{staged.path.name}: {rows:,} row{'' if rows == 1 else 's'} read{of_table}")
    return load
