"""Sample data: the source tables as their applications would have written them, habits and all.

The rows are made by the ``*.sql`` files beside this module. All chance comes from hashes of the
seed, so that the same arguments give the same bytes (with the same version of DuckDB).
"""

import json
from datetime import date
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import duckdb

from tokenmart.errors import UserError
from tokenmart.schema import SECRET_COLUMNS, Column, Table, tables
from tokenmart.sources import NAMES

FORMATS = {"parquet": "format parquet", "csv": "format csv, header"}
MARKER = "_sample.json"

DAYS, SEED, ROWS_PER_DAY, END = 60, 7, 400, date(2026, 10, 31)
"""What is made unless told otherwise."""

MAX_ROWS = 10_000_000
MAX_ROWS_PER_DAY = 100_000
"""Ten seconds of work; a day of ten times as many takes more than four minutes."""
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2098, 12, 31)
"""Usage before is quarantined, and a sample has some of 2099 that is meant to be in the future."""
MAX_SEED = 2**63 - 1


def write_sample(
    out: Path,
    *,
    days: int = DAYS,
    seed: int = SEED,
    rows_per_day: int = ROWS_PER_DAY,
    end: date = END,
    format: str = "parquet",
) -> dict[str, int]:
    """Write every source table into ``out`` and tell the rows of each.

    ``rows_per_day`` is about how many usage events there are a day, ``end`` is the last day.
    """
    _check(days, rows_per_day, seed, end, format)
    _clear(out)
    asked = {"days": days, "seed": seed, "rows_per_day": rows_per_day, "end": end.isoformat()}
    marker = json.dumps(asked | {"tokenmart": version("tokenmart")}, indent=2)
    (out / MARKER).write_text(f"{marker}\n", encoding="utf-8")
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        _generate(
            connection,
            {"days": days, "seed": seed, "rows_per_day": rows_per_day, "last_day": end},
        )
        return {
            table.name: _write(connection, table, out / f"{table.name}.{format}", FORMATS[format])
            for table in tables().values()
        }


def _check(days: int, rows_per_day: int, seed: int, end: date, format: str) -> None:
    if days < 1:
        raise UserError(f"A sample has at least one day, not {days}: set --days to 1 or more.")
    if rows_per_day < 1:
        raise UserError(
            f"A sample has at least one row a day, not {rows_per_day}: "
            "set --rows-per-day to 1 or more."
        )
    if rows_per_day > MAX_ROWS_PER_DAY:
        raise UserError(
            f"A sample has at most {MAX_ROWS_PER_DAY:,} usage events a day, not {rows_per_day:,}: "
            "set --rows-per-day to less."
        )
    if days * rows_per_day > MAX_ROWS:
        raise UserError(
            f"A sample has at most {MAX_ROWS:,} usage events, not {days:,} days of "
            f"{rows_per_day:,}: set --days or --rows-per-day to less."
        )
    if not FIRST_DAY <= end <= LAST_DAY or days > (end - FIRST_DAY).days + 1:
        raise UserError(
            f"A sample has no days before {FIRST_DAY} or after {LAST_DAY}: "
            "set --end and --days to some between them."
        )
    if not -MAX_SEED <= seed <= MAX_SEED:
        raise UserError(
            f"A seed is between {-MAX_SEED} and {MAX_SEED}: set --seed to one of these."
        )
    if format not in FORMATS:
        known = " or ".join(FORMATS)
        raise UserError(f"A sample cannot be written as {format}: set --format to {known}.")


def _clear(out: Path) -> None:
    """Make room for a sample; real exports may bear the same names, and only a sample may go."""
    if out.exists() and not out.is_dir():
        raise UserError(f"{out} is not a folder: name another one with --out.")
    out.mkdir(parents=True, exist_ok=True)
    names = {f"{table}.{format}" for table in tables() for format in FORMATS}
    present = sorted(path for path in out.iterdir() if path.name in names)
    if present and not (out / MARKER).is_file():
        raise UserError(
            f"{present[0]} exists already and is not a sample: name an empty folder with --out."
        )
    for path in present:
        path.unlink()


def _generate(connection: duckdb.DuckDBPyConnection, variables: dict[str, int | date]) -> None:
    for name, value in variables.items():
        connection.execute(f"set variable {name} = ?", [value])
    for script in ("common", *NAMES):
        connection.execute(files(__package__).joinpath(f"{script}.sql").read_text("utf-8"))


def _write(connection: duckdb.DuckDBPyConnection, table: Table, path: Path, options: str) -> int:
    """Write one generated table in the columns, types and order of the source."""
    made = connection.table(table.name).columns
    columns = ", ".join(_expression(table, column, made) for column in table.columns)
    order = "id" if "id" in made else "all"
    row = connection.execute(
        f"copy (select {columns} from {table.name} order by {order}) to $path ({options})",
        {"path": str(path)},
    ).fetchone()
    assert row is not None
    return int(row[0])


def _expression(table: Table, column: Column, made: list[str]) -> str:
    """The column as generated; a secret that the scripts leave out becomes an obvious fake."""
    type_ = column.sql_type("duckdb")
    if column.name in made:
        value = f'"{column.name}"'
    elif type_ == "json":
        value = "'{\"fake\": true}'"
    else:
        assert column.name in SECRET_COLUMNS[table.name]
        value = f"'enc_' || code('{column.name}', id)"
    return f'cast({value} as {type_}) as "{column.name}"'
