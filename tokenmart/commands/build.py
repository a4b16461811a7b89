"""``tokenmart build``: dbt build for a person who waits."""

from typing import Annotated

import typer

from tokenmart.commands.shape import Report
from tokenmart.commands.summary import print_outcomes
from tokenmart.dbt import run_dbt
from tokenmart.landed_sources import with_landed_sources
from tokenmart.project import Project
from tokenmart.relations import Relations
from tokenmart.summary.outcomes import read_outcomes
from tokenmart.warehouse import warehouse_of

OF_ALL_MODELS = {"--vars", "--full-refresh"}
"""Options of dbt that leave no model out."""


def run(
    project: Project,
    arguments: Annotated[
        list[str] | None,
        typer.Argument(metavar="[DBT OPTIONS]", help="Passed through, such as --vars or --select."),
    ] = None,
) -> Report:
    """Run `dbt build`, and say what became of every row.

    Unit tests are left out, and so are sources of which nothing was landed. Any further arguments
    are passed through to dbt.
    """
    project.refuse_misspelt_variables()
    warehouse = warehouse_of(project)
    # dbt itself would wrap a locked file or a refused password into a page of traceback
    warehouse.refuse_if_unusable()
    build(project, *with_landed_sources(project, warehouse, arguments or []))
    # of a part of the models there is no account to give
    if {word for word in arguments or [] if word.startswith("-")} - OF_ALL_MODELS:
        return Report({"sources": None})
    with warehouse.read() as session:
        sources = read_outcomes(session, Relations(project, session))
    print_outcomes(sources)
    return Report({"sources": sources})


def build(project: Project, *arguments: str) -> None:
    """Build the models; what dbt complains of is passed on."""
    run_dbt(project.root, "build", *arguments)
