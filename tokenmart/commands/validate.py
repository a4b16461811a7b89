"""``tokenmart validate``: run the data-quality checks."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from tokenmart.commands.shape import Report
from tokenmart.console import say, warn
from tokenmart.errors import UserError
from tokenmart.progress import progress
from tokenmart.project import Project
from tokenmart.warehouse import warehouse_of


class Layer(StrEnum):
    """A part of what can be checked."""

    SOURCES = "sources"
    VALIDATED = "validated"
    MARTS = "marts"


@dataclass(frozen=True)
class Validation:
    """What came of the checks, and where it is written."""

    data: dict[str, Any]
    complaints: list[str]
    in_one_line: str
    docs: Path
    file: Path

    @property
    def has_failed(self) -> bool:
        return not self.data["success"]


def run(
    project: Project,
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
) -> Report:
    """Check sources, counted rows and marts against their rules.

    Runs Great Expectations on the warehouse as it is, and builds nothing. To check that no row was
    ever lost, use `audit`; to rebuild the quarantine and the audits and run dbt's data tests, use
    `dbt build --selector quality`.

    Exit status: 0 if nothing worse than a warning was found, 1 on violations, 2 if the checks could
    not be run. Data Docs and the result of every check (summary.json) are written to
    target/quality.
    """
    validation = validate(project, only=only or (), fail_on=fail_on)
    for complaint in validation.complaints:
        say(complaint)
    say(validation.in_one_line)
    say(f"Data Docs: {validation.docs}")
    say(f"Summary:   {validation.file}")
    return Report(validation.data, has_failed=validation.has_failed)


def validate(
    project: Project,
    *,
    only: Collection[Layer] = (),
    fail_on: Literal["error", "warning"] = "error",
) -> Validation:
    """Run the checks, and write what came of them into the target folder."""
    # Great Expectations takes seconds to import, and is an extra: only validation pays for it.
    try:
        from tokenmart.quality.report import as_data, as_json, complaints, in_one_line
        from tokenmart.quality.run import run_checks
        from tokenmart.quality.suites import all_checks
        from tokenmart.relations import Relations
    except ModuleNotFoundError as error:
        raise UserError(
            f"validate needs {error.name}: install it with `pip install 'tokenmart[quality]'`."
        ) from error

    project.refuse_misspelt_variables()
    folder = project.target_path / "quality"
    # before the work, so that it is not done in vain
    folder.mkdir(parents=True, exist_ok=True)
    docs = folder / "data_docs"
    warehouse = warehouse_of(project)
    with warehouse.read() as session:
        relations = Relations(project, session)
        checks = all_checks(relations, [layer.value for layer in only])
    for database in sorted(relations.elsewhere):
        warn(f"the source tables in the database {database} are not checked as they came")
    with progress("validate") as shown:
        outcomes = run_checks(checks, warehouse, docs, shown)
    failed = any(
        outcome.is_error or (outcome.is_warning and fail_on == "warning") for outcome in outcomes
    )
    data = as_data(outcomes, success=not failed)
    file = folder / "summary.json"
    file.write_text(as_json(data), encoding="utf-8")
    return Validation(data, complaints(outcomes), in_one_line(outcomes), docs / "index.html", file)
