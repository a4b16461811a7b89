"""``tokenmart demo``: sample data, all the way from the sources to the marts, in one go."""

from tokenmart.commands import build, report, summary, validate
from tokenmart.commands.shape import Report
from tokenmart.console import note
from tokenmart.land import land
from tokenmart.project import Project
from tokenmart.sample import write_sample
from tokenmart.warehouse import warehouse_of


def run(project: Project) -> Report:
    """Build a warehouse of sample data, and show what its usage cost.

    Makes sample sources in build/sample, lands them, builds, validates, summarizes, and writes the
    page build/report.html. The warehouse of the target must be empty, or hold sample data only.
    """
    warehouse_of(project).refuse_if_unusable()
    folder = project.root / "build" / "sample"
    note("1 of 4: make sample sources")
    rows = write_sample(folder)
    note(f"{sum(rows.values()):,} rows of {len(rows)} tables in {folder}")
    note("2 of 4: land them in the raw schemas")
    land(project, folder)
    note("3 of 4: build the warehouse")
    build.build(project)
    note("4 of 4: validate it")
    validation = validate.validate(project)
    note(validation.in_one_line)
    page = project.root / report.PAGE
    report.write(project, page)
    shown = summary.show(project, page)
    return Report(shown.data, has_failed=validation.has_failed)
