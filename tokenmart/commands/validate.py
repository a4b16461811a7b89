"""``tokenmart validate``: run the data-quality checks."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn

from tokenmart.console import err, out
from tokenmart.errors import UserError
from tokenmart.project import Project
from tokenmart.warehouse import warehouse_of


def run(
    project_dir: Annotated[Path, typer.Option(help="The dbt project's folder.")] = Path(),
) -> None:
    """Check sources, checked rows, facts and marts with Great Expectations, in the warehouse.

    Exit status: 0 if nothing worse than a warning was found, 1 on violations, 2 if the checks could
    not be run. Data Docs and a JSON summary are written to target/quality.
    """
    # Great Expectations takes seconds to import, and is an extra: only this command pays for it.
    try:
        from tokenmart.quality.report import print_report, write_json
        from tokenmart.quality.run import run_checks
        from tokenmart.quality.suites import all_checks
        from tokenmart.relations import Relations
    except ModuleNotFoundError as error:
        raise UserError(
            f"validate needs {error.name}: install it with `pip install 'tokenmart[quality]'`."
        ) from error

    project = Project(project_dir)
    folder = project.target_path / "quality"
    warehouse = warehouse_of(project)
    with warehouse.read() as session:
        relations = Relations(project, session)
        checks = all_checks(relations)
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
    write_json(outcomes, folder / "summary.json")
    print_report(outcomes)
    out.print(f"Data Docs: {folder / 'data_docs' / 'index.html'}", highlight=False, soft_wrap=True)
    out.print(f"Summary:   {folder / 'summary.json'}", highlight=False, soft_wrap=True)
    if any(outcome.is_error for outcome in outcomes):
        raise typer.Exit(1)
