"""``tokenmart demo``: sample data, the whole way from the sources to the marts, in one go."""

from pathlib import Path
from typing import Annotated

import typer

from tokenmart.commands import land, sample, summary, validate
from tokenmart.console import out
from tokenmart.dbt import run_dbt
from tokenmart.project import Project
from tokenmart.warehouse import warehouse_of


def run(
    project_dir: Annotated[Path, typer.Option(help="The dbt project's folder.")] = Path(),
) -> None:
    """Make sample sources, land them, build the warehouse, validate it and show what it holds."""
    project = Project(project_dir)
    warehouse_of(project).refuse_if_unusable()
    folder = project_dir / "build" / "sample"
    out.rule("1 of 5: sample sources", align="left")
    sample.run(out=folder)
    out.rule("2 of 5: land them in the raw schemas", align="left")
    land.run(folder, project_dir=project_dir)
    out.rule("3 of 5: dbt build", align="left")
    run_dbt(project_dir, "build")
    out.rule("4 of 5: validate", align="left")
    validate.run(project_dir=project_dir)
    out.rule("5 of 5: what the warehouse holds", align="left")
    summary.run(project_dir=project_dir)
