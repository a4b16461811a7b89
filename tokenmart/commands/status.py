"""``tokenmart status``: whether the nightly run did its work, for people and monitors."""

from dataclasses import asdict
from typing import Annotated

import typer

from tokenmart.commands.shape import Report
from tokenmart.commands.table import print_table, say_wrapped
from tokenmart.console import say
from tokenmart.project import Project
from tokenmart.relations import Relations
from tokenmart.status import Status, read_status
from tokenmart.warehouse import warehouse_of


def run(
    project: Project,
    max_age_hours: Annotated[
        float,
        typer.Option(min=0, help="The last build may have ended this many hours ago."),
    ] = 26,
) -> Report:
    """Show the last build, late sources and what to look at.

    Exits with 1 if there was no build, it failed or is too old, or a source is very late.
    """
    with warehouse_of(project).read() as session:
        status = read_status(project, session, Relations(project, session))
    problems = status.problems(max_age_hours)
    _print(status, problems)
    sources = [{**asdict(each), "state": each.state} for each in status.sources]
    report = {**asdict(status), "sources": sources, "problems": problems}
    return Report(report, has_failed=bool(problems))


def _print(status: Status, problems: list[str]) -> None:
    say(f"{len(problems) or 'No'} problem{'' if len(problems) == 1 else 's'}", style="bold")
    for problem in problems:
        say_wrapped(problem, "  ", "    ")
    say()
    if build := status.build:
        say(
            f"Last build    {build.outcome}, {build.ended_at:%Y-%m-%d %H:%M} UTC"
            f" ({build.age_hours:.1f} hours ago), {build.models_built} models"
        )
    share = status.unpriced_tokens / status.tokens if status.tokens else 0
    say(f"Unpriced      {share:.1%} of the tokens of 30 days")
    say(f"Unexplained   ${status.unexplained_usd:,.2f} between bill and price in 30 days")
    if status.last_day:
        say(
            f"Cost          ${status.cost_last_day_usd:,.2f} on {status.last_day}, "
            f"${status.cost_this_month_usd:,.2f} in {status.last_day:%B}"
        )
    say(f"Provisional   {status.provisional_days} days may still change")
    if status.newest_price:
        say(f"Price list    {status.price_list or 'your own'}, newest price {status.newest_price}")
    say()
    print_table(
        "Sources",
        ("source", "newest row (UTC)", "hours ago", "state"),
        [
            (
                each.source,
                f"{each.newest_at:%Y-%m-%d %H:%M}" if each.newest_at else "",
                f"{each.age_hours:,.0f}" if each.age_hours is not None else "",
                each.state,
            )
            for each in status.sources
        ],
    )
    say()
    print_table(
        "Rows first observed in the seven days to the last build (seven days before)",
        ("source", "rows in", "counted", "excluded", "quarantined"),
        [
            (
                each.source,
                *(
                    f"{getattr(each.this_week, name):,} ({getattr(each.week_before, name):,})"
                    for name in ("rows_in", "counted", "excluded", "quarantined")
                ),
            )
            for each in status.arrivals
        ],
    )
