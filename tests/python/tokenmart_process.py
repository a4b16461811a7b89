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
    # what every command would read and import again
    import_module("tokenmart.schema").tables()
    import_module("tokenmart.land.postgres")
    main = import_module("tokenmart.cli").main

    def run(arguments: list[str], environment: dict[str, str]) -> int:
        if "TOKENMART_TEST_FILE_BYTES" in environment:
            _become_poor(int(environment["TOKENMART_TEST_FILE_BYTES"]))
        sys.argv = ["tokenmart", *arguments]
        try:
            main()
        except SystemExit as ended:
            return int(ended.code or 0)
        return 0

    return run


def _become_poor(file_bytes: int) -> None:
    """Write no file longer than this, and read none that is not allowed, even as root."""
    import ctypes
    import resource
    import struct

    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    # version 3 of the kernel's structure, this process, no capability
    ctypes.CDLL(None).capset(struct.pack("Ii", 0x20080522, 0), bytes(24))
