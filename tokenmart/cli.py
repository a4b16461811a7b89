"""The command line: ``tokenmart COMMAND``, one small module a command."""

import os
import signal
import sys
from importlib import import_module

import typer

from tokenmart.console import err
from tokenmart.errors import UserError
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
    # what is open is closed, and what was written for a while removed
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        url.adopt(os.environ)
        app()
    except UserError as error:
        err.print(f"tokenmart: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(2)
    except OSError as error:
        err.print(f"tokenmart: {error.filename}: {error.strerror}", style="red", markup=False)
        sys.exit(2)
