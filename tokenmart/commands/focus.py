"""``tokenmart focus``: the charges of a month for FinOps tools."""

from pathlib import Path
from typing import Annotated

import typer

from tokenmart.commands.shape import Report
from tokenmart.console import say
from tokenmart.focus import export_month
from tokenmart.project import Project
from tokenmart.relations import Relations
from tokenmart.warehouse import warehouse_of


def export(
    project: Project,
    month: Annotated[
        str, typer.Option(metavar="YYYY-MM", help="The month to write, by the day in UTC.")
    ],
    folder: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder to write into.")],
) -> Report:
    """Write the charges of a month as CSV and Parquet.

    Reads mart_focus_cost_and_usage as the last build left it. Files of an earlier export of the
    month are replaced.
    """
    with warehouse_of(project).read() as session:
        written = export_month(session, Relations(project, session), month, folder)
    for path in written.files:
        say(f"Wrote {path}")
    say(
        f"{written.charges:,} charges of {written.month:%B %Y}: effective cost "
        f"${written.effective_cost_usd:,.2f}, billed cost ${written.billed_cost_usd:,.2f}"
    )
    if written.personal_cost_usd:
        say(
            f"Employees paid another ${written.personal_cost_usd:,.2f}, "
            "which is in x_PersonalCost alone."
        )
    if written.tokens_without_cost:
        say(
            f"{written.tokens_without_cost:,} tokens without a known cost are no charge; "
            "mart_unpriced_usage lists them."
        )
    if written.provisional_charges:
        say(f"{written.provisional_charges:,} charges may still change: export the month again.")
    return Report(written)
