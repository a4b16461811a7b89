"""``tokenmart land``: a folder of data files into the raw tables of the warehouse."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from tokenmart.console import out
from tokenmart.land import Landed, land
from tokenmart.project import Project


def run(
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
            "--append",
            help="Add the rows to the tables; a row whose key is there already takes its place.",
        ),
    ] = False,
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="Land even among tables of others, or sample beside real data."
        ),
    ] = False,
    project_dir: Annotated[
        Path, typer.Option("--project-dir", help="The folder of the dbt project.")
    ] = Path(),
) -> None:
    """Land a folder of source tables in the warehouse's raw schemas: all of it, or nothing."""
    _print(land(Project(project_dir), folder, append=append, force=force))


def _print(landed: list[Landed]) -> None:
    table = Table("table", "rows", "file")
    table.columns[1].justify = "right"
    for each in landed:
        table.add_row(each.table, f"{each.rows:,}", each.path.name)
    out.print(table)
