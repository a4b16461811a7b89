"""``tokenmart build``: dbt build for a person who waits."""

import os
from pathlib import Path
from typing import Annotated

import typer

from tokenmart.commands import summary
from tokenmart.dbt import run_dbt
from tokenmart.project import Project
from tokenmart.warehouse import warehouse_of

CONTEXT = {"ignore_unknown_options": True}


def run(
    arguments: Annotated[
        list[str] | None,
        typer.Argument(metavar="[DBT OPTIONS]", help="Passed on, such as --vars or --select."),
    ] = None,
    target: Annotated[
        str | None, typer.Option("--target", "-t", help="The target in the profile.")
    ] = None,
    profile: Annotated[str | None, typer.Option(help="The profile.")] = None,
    profiles_dir: Annotated[Path | None, typer.Option(help="The folder of profiles.yml.")] = None,
    project_dir: Annotated[Path, typer.Option(help="The dbt project's folder.")] = Path(),
) -> None:
    """Run `dbt build` with one line of progress, then say what was counted and what was not."""
    # by the variables that dbt reads, so that the warehouse looked at is the one that dbt builds in
    if target:
        os.environ["DBT_TARGET"] = target
    if profile:
        os.environ["DBT_PROFILE"] = profile
    if profiles_dir:
        os.environ["DBT_PROFILES_DIR"] = str(profiles_dir.absolute())
    project = Project(project_dir)
    project.refuse_misspelt_variables()
    # dbt itself would wrap a locked file or a refused password into a page of traceback
    warehouse_of(project).refuse_if_unusable()
    run_dbt(project_dir, "build", *(arguments or []))
    # of a part of the models there is no account to give
    if {word for word in arguments or [] if word.startswith("-")} <= {"--vars", "--full-refresh"}:
        summary.print_accounting(project)
