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
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH...",
            help="Exports of any known format, or CSV, Parquet and JSON-lines files named after "
            "their source tables; or folders of them. Each may be packed with gzip.",
        ),
    ],
    as_format: Annotated[
        str | None,
        typer.Option(
            "--as", metavar="FORMAT", help="Read every file as this format, not as recognized."
        ),
    ] = None,
    account: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Whose usage the exports report, where you have more than one account.",
        ),
    ] = None,
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
    """Load exports and source tables into the raw schemas.

    All files are loaded, or none. Of an export that is loaded again each row counts once.
    """
    landed = land(project, *paths, append=append, force=force, as_format=as_format, account=account)
    print_table(
        "Landed",
        ("table", "rows", "file"),
        [(each.table, each.rows, each.path.name) for each in landed],
    )
    return Report({"landed": landed})
