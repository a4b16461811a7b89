"""Writes docs/cli.md from the help of every command: python .ci/cli_reference.py

tests/python/test_cli.py compares the file with what this would write.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from typer.testing import CliRunner

from tokenmart.cli import app

PAGE = Path(__file__).parents[1] / "docs" / "cli.md"

HEAD = """\
# The command line

The help of every command, as `tokenmart COMMAND --help` prints it.

Three commands check a warehouse:

- `tokenmart validate` checks that sources, counted rows and marts keep their rules; it builds
  nothing, and writes Data Docs.
- `tokenmart audit` checks that no row was ever lost: over all history, every row, token and
  recorded dollar in the ledger is counted, excluded or quarantined.
- `dbt build --selector quality` rebuilds the audits from the warehouse as it is, and runs every dbt
  data test.

Every command exits with 0 if all is well, with 1 if it found something wrong in the data or the
prices, and with 2 and one sentence if it could not do what was asked. Results go to standard
output, progress and warnings to standard error. With `--json` the result is one JSON document;
fractions in it, such as money, are text, so that no reader rounds them.
"""


def reference() -> str:
    """The text of the page."""
    sections = [HEAD]
    for words in commands(typer.main.get_command(app)):
        help_text = CliRunner().invoke(
            app, [*words, "--help"], prog_name="tokenmart", terminal_width=80
        )
        name = " ".join(["tokenmart", *words])
        sections.append(f"## {name}\n\n```\n{help_text.output.rstrip()}\n```\n")
    return "\n".join(sections)


def commands(command: Any, *words: str) -> Iterator[tuple[str, ...]]:
    """The words that name a command, and each of those under it."""
    yield words
    for name, under in getattr(command, "commands", {}).items():
        yield from commands(under, *words, name)


if __name__ == "__main__":
    PAGE.write_text(reference(), encoding="utf-8")
