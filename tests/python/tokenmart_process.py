"""The command line for the tests, in forks of a process that has imported all that it needs.

`TOKENMART_TEST_DBT=plain` runs the installed program instead, as do the tests of the documents.
"""

import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from subprocess import CompletedProcess

from standby import Run, Standby, run_plainly


def run_tokenmart(
    arguments: list[str], folder: Path, environment: dict[str, str], *, plainly: bool
) -> CompletedProcess[str]:
    """Run a command in a folder, whatever comes of it."""
    if plainly:
        return run_plainly("tokenmart", arguments, folder, environment)
    return _imported(environment["COLUMNS"]).run(arguments, folder, environment)


@cache
def _imported(columns: str) -> Standby:
    return Standby(import_tokenmart, columns)


def import_tokenmart(columns: str) -> Run:
    import os

    # a console measures itself when it is made, which is when it is imported
    os.environ["COLUMNS"] = columns
    for module in ("report", "run", "suites"):
        import_module(f"tokenmart.quality.{module}")
    main = import_module("tokenmart.cli").main

    def run(arguments: list[str], _: dict[str, str]) -> int:
        sys.argv = ["tokenmart", *arguments]
        try:
            main()
        except SystemExit as ended:
            return int(ended.code or 0)
        return 0

    return run
