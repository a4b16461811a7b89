"""``tokenmart sample``: source tables full of made-up usage, to try the project on."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from tokenmart.commands.shape import Report
from tokenmart.commands.table import print_table
from tokenmart.sample import DAYS, END, ROWS_PER_DAY, SEED, write_sample


def run(
    out: Annotated[Path, typer.Option(help="The folder for the files; made if it does not exist.")],
    days: Annotated[int, typer.Option(help="How many days of usage.")] = DAYS,
    seed: Annotated[int, typer.Option(help="Another seed gives other rows.")] = SEED,
    rows_per_day: Annotated[
        int, typer.Option(help="About how many usage events a day.")
    ] = ROWS_PER_DAY,
    end: Annotated[
        datetime,
        typer.Option(formats=["%Y-%m-%d"], show_default=END.isoformat(), help="The last day."),
    ] = datetime(END.year, END.month, END.day),
    format: Annotated[
        Literal["parquet", "csv"], typer.Option(help="The format of the files.")
    ] = "parquet",
) -> Report:
    """Write sample source tables, with the flaws of real ones.

    The same options give the same files, byte for byte.
    """
    rows = write_sample(
        out, days=days, seed=seed, rows_per_day=rows_per_day, end=end.date(), format=format
    )
    print_table(f"Sample in {out}", ("table", "rows"), [*rows.items()])
    return Report({"folder": out, "rows": rows})
