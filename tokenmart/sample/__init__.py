"""Sample data: source tables as their applications would have written them, good and bad habits.

The rows are made by the ``*.sql`` files beside this module, in the order of ``SCRIPTS``. All chance
comes from hashes of the seed, so the same arguments give the same bytes with the same DuckDB.
"""

import json
from datetime import date
from importlib.resources import files
from importlib.metadata import version
from pathlib import Path

import duckdb

from tokenmart.errors import UserError
from tokenmart.schema import Table, tables

FORMATS = ("parquet", "csv")
MARKER = "_sample.json"
SCRIPTS = ("common", "provider", "billing", "agents", "voice")


def write_sample(
    out: Path, *, days: int, seed: int, rows_per_day: int, end: date, format: str
) -> dict[str, int]:
    """Write every source table into ``out``; the numbers of rows by table.

    ``rows_per_day`` is about the number of usage events a day, ``end`` the last day.
    """
    _check(days, rows_per_day, format)
    _prepare(out)
    marker = {
        "days": days,
        "seed": seed,
        "rows_per_day": rows_per_day,
        "end": end.isoformat(),
        "tokenmart": version("tokenmart"),
    }
    (out / MARKER).write_text(json.dumps(marker, indent=2) + "\n", encoding="utf-8")
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(
            "set variable days = $days; set variable seed = $seed;"
        )
        return {
            table.name: _write(connection, table, out / f"{table.name}.{format}")
            for table in tables().values()
        }
