"""``tokenmart alert``: tell people what needs them, once."""

from pathlib import Path
from typing import Annotated

import typer

from tokenmart.alerts import State, alert
from tokenmart.alerts.rules import read_rules
from tokenmart.commands.shape import Report
from tokenmart.commands.table import say_wrapped
from tokenmart.console import say
from tokenmart.errors import UserError
from tokenmart.project import Project
from tokenmart.relations import Relations
from tokenmart.status import read_status
from tokenmart.warehouse import warehouse_of


def run(
    project: Project,
    rules: Annotated[
        Path | None, typer.Option(help="The file of rules; alerts.yml in the project's folder.")
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option(help="Where to keep what was sent; by default beside the rules."),
    ] = None,
    failed: Annotated[
        list[str] | None,
        typer.Option(
            metavar="STEP",
            help="A step of this run that failed, for rules about step_failed; may be repeated.",
        ),
    ] = None,
    is_dry: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be sent, and send nothing.")
    ] = False,
) -> Report:
    """Send alerts by the rules of alerts.yml.

    Each alert is sent when it begins and when it ends. Exits with 2 if a channel refused.
    """
    path = rules or project.root / "alerts.yml"
    found, channels = read_rules(path)
    kept = State(state or path.with_name(f"{path.stem}.state.json"))
    with warehouse_of(project).read() as session:
        relations = Relations(project, session)
        status = read_status(project, session, relations)
        outcome = alert(
            found, channels, kept, status, session, failed_steps=failed or (), is_dry=is_dry
        )
    number = len(outcome.firing)
    say(f"{number or 'No'} alert{'' if number == 1 else 's'}", style="bold")
    for each in outcome.firing:
        say_wrapped(str(each), "  ", "    ")
    for name, lines in outcome.sent.items():
        say(f"{'For' if is_dry else 'Sent to'} {name}", style="bold")
        for line in lines:
            say_wrapped(line, "  ", "    ")
    if outcome.refused:
        raise UserError(
            "Not sent to "
            + "; ".join(f"{name}: {reason}" for name, reason in outcome.refused.items())
            + ". The next run tries again."
        )
    return Report(
        {
            "firing": [{"alert": each.key, "value": each.value} for each in outcome.firing],
            "sent": outcome.sent,
        }
    )
