"""``tokenmart sample``: source tables full of made-up usage, to try the project on."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.table import Table

from tokenmart.console import out as console
from tokenmart.sample import write_sample

LAST_DAY = datetime(2026, 10, 31)


def run(
    out: Annotated[Path, typer.Option(help="Folder for the files; it is made if need be.")],
    days: Annotated[int, typer.Option(help="How many days of usage.")] = 60,
    seed: Annotated[int, typer.Option(help="Another seed gives other rows.")] = 7,
    rows_per_day: Annotated[int, typer.Option(help="About how many usage events a day.")] = 400,
    end: Annotated[
        datetime,
        typer.Option(formats=["%Y-%m-%d"], show_default=f"{LAST_DAY:%Y-%m-%d}", help="Last day."),
    ] = LAST_DAY,
    format: Annotated[
        Literal["parquet", "csv"], typer.Option(help="The format of the files.")
    ] = "parquet",
) -> None:
    """Write sample source tables: realistic traffic, with every bad habit of the real sources.

    The same options give the same files, byte for byte.
    """
    rows = write_sample(
        out, days=days, seed=seed, rows_per_day=rows_per_day, end=end.date(), format=format
    )
    table = Table("table", "rows", title=f"Sample in {out}")
    table.columns[1].justify = "right"
    for name, count in rows.items():
        table.add_row(name, f"{count:,}")
    console.print(table)
