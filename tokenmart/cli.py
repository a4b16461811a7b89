"""The command line: ``tokenmart COMMAND``, one small module a command."""

import os
import re
import signal
import sys
from importlib import import_module

import typer

from tokenmart.console import err
from tokenmart.errors import UserError, explained
from tokenmart.warehouse import url

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Daily facts and cost marts from the usage tables of AI applications.",
)

COMMANDS = ("sample", "trace", "land", "prices", "build", "validate", "audit", "summary", "demo")

for _name in COMMANDS:
    _module = import_module(f"tokenmart.commands.{_name}")
    if hasattr(_module, "app"):
        app.add_typer(_module.app, name=_name)
    else:
        app.command(_name, context_settings=getattr(_module, "CONTEXT", None))(_module.run)


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
        err.print(
            f"tokenmart: {sentence}", style="red", markup=False, highlight=False, soft_wrap=True
        )
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
