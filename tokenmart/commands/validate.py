"""``tokenmart validate``: run the data-quality checks."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn

from tokenmart.console import err, out
from tokenmart.errors import UserError
from tokenmart.project import Project
from tokenmart.warehouse import warehouse_of


class Layer(StrEnum):
    """A part of what can be checked."""

    SOURCES = "sources"
    CHECKED = "checked"
    MARTS = "marts"


def run(
    project_dir: Annotated[Path, typer.Option(help="The dbt project's folder.")] = Path(),
    only: Annotated[
        list[Layer] | None,
        typer.Option(
            help="Check only the sources as they came, the ledger and the rows that are counted, "
            "or the facts, dimensions and marts. May be given twice."
        ),
    ] = None,
    fail_on: Annotated[
        Literal["error", "warning"],
        typer.Option(help="The least violation that makes the exit status 1."),
    ] = "error",
    json_file: Annotated[
        Path | None,
        typer.Option(
            "--json",
            dir_okay=False,
            allow_dash=True,
            help="Write the JSON summary here too; - is standard output.",
        ),
    ] = None,
) -> None:
    """Check sources, checked rows, facts and marts with Great Expectations, in the warehouse.

    Exit status: 0 if nothing worse than a warning was found, 1 on violations, 2 if the checks could
    not be run. Data Docs and a JSON summary are written to target/quality.
    """
    # Great Expectations takes seconds to import, and is an extra: only this command pays for it.
    try:
        from tokenmart.quality.report import as_json, print_report
        from tokenmart.quality.run import run_checks
        from tokenmart.quality.suites import all_checks
        from tokenmart.relations import Relations
    except ModuleNotFoundError as error:
        raise UserError(
            f"validate needs {error.name}: install it with `pip install 'tokenmart[quality]'`."
        ) from error

    to_output = json_file == Path("-")
    if json_file and not to_output:
        # before the work, so that it is not done in vain
        json_file.parent.mkdir(parents=True, exist_ok=True)
    project = Project(project_dir)
    project.refuse_misspelt_variables()
    folder = project.target_path / "quality"
    warehouse = warehouse_of(project)
    with warehouse.read() as session:
        relations = Relations(project, session)
        checks = all_checks(relations, [layer.value for layer in only or ()])
    for database in sorted(relations.elsewhere):
        err.print(f"warning: source tables in the database {database} are not checked as they came")
    columns = (SpinnerColumn(), TextColumn("{task.completed}/{task.total} {task.description}"))
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task("", total=len(checks))
        outcomes = run_checks(
            checks,
            warehouse,
            folder / "data_docs",
            lambda check: progress.update(task, advance=1, description=check.name),
        )
    failed = any(
        outcome.is_error or (outcome.is_warning and fail_on == "warning") for outcome in outcomes
    )
    summary = as_json(outcomes, success=not failed)
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / "summary.json"]
    if to_output:
        print(summary, end="")
    elif json_file:
        files.append(json_file)
    for path in files:
        path.write_text(summary, encoding="utf-8")
    # standard output is the summary's alone if it was asked for there
    console = err if to_output else out
    print_report(outcomes, console)
    console.print(
        f"Data Docs: {folder / 'data_docs' / 'index.html'}", highlight=False, soft_wrap=True
    )
    console.print(f"Summary:   {files[-1]}", highlight=False, soft_wrap=True)
    if failed:
        raise typer.Exit(1)
