"""`tokenmart build` in the middle of a run of dbt, at the cost of none."""

import signal
import subprocess
import sys
import time
from pathlib import Path

from warehouses import Warehouse

ENDLESS_DBT = """
import sys, time
from pathlib import Path
def cli(prog_name):
    Path(sys.argv[-1]).write_text(str(sys.orig_argv))
    time.sleep(600)
"""


def endless_build(warehouse: Warehouse, folder: Path) -> "subprocess.Popen[str]":
    """`tokenmart build` while a dbt runs that does not end; how it was called is in `called`."""
    (folder / "dbt" / "cli").mkdir(parents=True)
    (folder / "dbt" / "__init__.py").touch()
    (folder / "dbt" / "cli" / "main.py").write_text(ENDLESS_DBT)
    called = folder / "called"
    # named, so that none is looked for in a database that is not there
    sources = ("--vars", "{sources_enabled: [provider]}")
    running = subprocess.Popen(
        [Path(sys.executable).with_name("tokenmart"), "build", *sources, str(called)],
        env=warehouse.environment | {"PYTHONPATH": str(folder)},
        cwd=warehouse.project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # whoever runs the tests in the background, or in a process with Dagster, ignores them
        preexec_fn=_heed_signals,
    )
    while not called.exists() or not called.read_text():
        assert running.poll() is None, running.communicate()
        time.sleep(0.05)
    return running


def _heed_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
