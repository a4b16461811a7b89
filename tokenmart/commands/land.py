"""``tokenmart land``: a folder of data files into the raw tables of the warehouse."""

from pathlib import Path
from typing import Annotated

import typer

from tokenmart.commands.shape import Report
from tokenmart.commands.table import print_table
from tokenmart.land import land
from tokenmart.project import Project


def run(
    project: Project,
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR",
            help="The folder of CSV, Parquet or JSON-lines files, each named after its table.",
        ),
    ],
    append: Annotated[
        bool,
        typer.Option(
            "--append", help="Add the rows to the tables; a row replaces one with the same key."
        ),
    ] = False,
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            help="Land even next to tables that tokenmart did not create, or sample next to real "
            "data.",
        ),
    ] = False,
) -> Report:
    """Load a folder of source tables into the raw schemas.

    All files of the folder are loaded, or none.
    """
    landed = land(project, folder, append=append, force=force)
    print_table(
        "Landed",
        ("table", "rows", "file"),
        [(each.table, each.rows, each.path.name) for each in landed],
    )
    return Report({"landed": landed})
