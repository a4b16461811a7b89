"""The command line: ``tokenmart COMMAND``, one module a command."""

import os
import re
import signal
import sys
from collections.abc import Callable
from importlib.metadata import version
from typing import Annotated

import typer

from tokenmart.commands import (
    alert,
    audit,
    build,
    demo,
    extract,
    focus,
    land,
    prices,
    report,
    sample,
    status,
    summary,
    trace,
    validate,
)
from tokenmart.commands.shape import for_files, for_project, for_warehouse
from tokenmart.console import complain
from tokenmart.errors import UserError, explained
from tokenmart.warehouse import url

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    # plain text, which reads the same in a terminal, a pipe and docs/cli.md
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Daily facts and cost marts from the usage tables of AI applications.",
)
prices_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Make, check and compare the price list.",
)
focus_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Costs in the columns of FOCUS, for FinOps tools.",
)


def _add(
    group: typer.Typer,
    name: str,
    run: Callable[..., None],
    *examples: str,
    passes_options_on: bool = False,
) -> None:
    """Register a command; its help ends with the examples."""
    group.command(
        name,
        # the first line keeps the line breaks
        epilog="\n".join(["\b", f"Example{'s' * (len(examples) > 1)}:", *examples]),
        context_settings={"ignore_unknown_options": passes_options_on},
    )(run)


_add(app, "demo", for_warehouse(demo.run), "tokenmart demo")
_add(
    app,
    "sample",
    for_files(sample.run),
    "tokenmart sample --out build/sample --days 14 --format csv",
)
_add(
    app,
    "trace",
    for_files(trace.run),
    "tokenmart trace traces/code.csv --model gpt-4o --out build/traces",
)
_add(
    app,
    "land",
    for_warehouse(land.run),
    "tokenmart land exports",
    "tokenmart land ~/Downloads/usage.csv ~/.claude/projects",
    "tokenmart land exports/today --append",
)
_add(
    app,
    "extract",
    for_warehouse(extract.run),
    "tokenmart extract",
    "tokenmart extract provider --days 30",
)
_add(
    app,
    "build",
    for_warehouse(build.run),
    "tokenmart build",
    "tokenmart build --vars '{sources_enabled: [provider]}'",
    passes_options_on=True,
)
_add(
    app,
    "validate",
    for_warehouse(validate.run),
    "tokenmart validate",
    "tokenmart validate --only marts --fail-on warning",
)
_add(app, "audit", for_warehouse(audit.run), "tokenmart audit", "tokenmart audit --json")
_add(
    app,
    "summary",
    for_warehouse(summary.run),
    "tokenmart summary",
    "tokenmart summary --target postgres --json",
)
_add(
    app,
    "report",
    for_warehouse(report.run),
    "tokenmart report",
    "tokenmart report --since 2026-09-01 --out october.html",
    "tokenmart report --each-org --out build/reports",
    "tokenmart report --serve",
)
_add(
    app,
    "status",
    for_warehouse(status.run),
    "tokenmart status",
    "tokenmart status --max-age-hours 26 --json",
)
_add(
    app,
    "alert",
    for_warehouse(alert.run),
    "tokenmart alert",
    "tokenmart alert --rules alerts.yml --dry-run",
)
_add(
    focus_app,
    "export",
    for_warehouse(focus.export),
    "tokenmart focus export --month 2026-10 --out build/focus",
)
app.add_typer(focus_app, name="focus")
_add(
    prices_app,
    "refresh",
    for_project(prices.refresh),
    "tokenmart prices refresh",
    "tokenmart prices refresh --check",
)
_add(prices_app, "check", for_project(prices.check), "tokenmart prices check")
_add(
    prices_app,
    "compare",
    for_project(prices.compare),
    "tokenmart prices compare model_prices_and_context_window.json --on 2026-11-01",
)
_add(
    prices_app,
    "add",
    for_project(prices.add),
    "tokenmart prices add gpt-4o-audio --catalog prices.json --source 'litellm 2026-11-01'",
)
app.add_typer(prices_app, name="prices")


def _show_version(is_asked_for: bool) -> None:
    if is_asked_for:
        print(f"tokenmart {version('tokenmart')}")
        raise typer.Exit()


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_show_version, help="Show the version."),
    ] = False,
) -> None:
    """What the program itself can be asked."""


def main() -> None:
    """Run the command line; a refusal is one sentence and exit status 2, never a traceback."""
    try:
        _refuse_empty(sys.argv[1:])
        url.adopt(os.environ)
        app()
    except Exception as error:
        # DuckDB's word for an interrupt that came while it worked
        if str(error) == "Query interrupted":
            sys.exit(128 + signal.SIGINT)
        sentence = str(error) if isinstance(error, UserError) else explained(error)
        if sentence is None:
            raise
        complain(f"tokenmart: {sentence}")
        sys.exit(2)


def _refuse_empty(arguments: list[str]) -> None:
    """Refuse an empty argument: as a path it would be the current folder."""
    for before, argument in zip(["", *arguments], arguments, strict=False):
        if not argument or re.fullmatch(r"--[a-z-]+=", argument):
            place = argument or before or "tokenmart"
            raise UserError(
                f"The value after {place} is empty: give one, or leave it out. "
                "Perhaps a variable of the shell is not set."
            )
