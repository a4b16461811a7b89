"""Runs dbt as a subprocess, and shows how far it has come in place of a line for every node."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tokenmart.console import err
from tokenmart.errors import UserError
from tokenmart.progress import progress

DEFAULTS = {
    # they look at tokenmart's rules, and not at the rows of the warehouse
    "DBT_EXCLUDE_RESOURCE_TYPES": "unit_test",
    # of a package's flags dbt takes none
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
}
"""What the environment may say otherwise."""

_TOLD = {"RunResultWarning", "NoNodesForSelectionCriteria"}
"""Of dbt's warnings those that are passed on: of tests, and of models that are not there."""


def run_dbt(project: Path, *arguments: str) -> None:
    """Run ``dbt ARGUMENTS`` in the project; only dbt's own complaints are passed on."""
    command = [
        sys.executable,
        # not what the project's folder calls tokenmart
        *("-P", "-m", "tokenmart.dbt_child"),
        "--log-format",
        "json",
        "--no-use-colors",
        *arguments,
    ]
    with (
        subprocess.Popen(
            command,
            cwd=project,
            env=DEFAULTS | os.environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process,
        _ended_with_us(process),
        progress(f"dbt {arguments[0]}") as shown,
    ):
        is_undecoded = False
        assert process.stdout is not None
        for line in process.stdout:
            try:
                event = json.loads(line)
                data, info = event["data"], event["info"]
            except (KeyError, TypeError, ValueError):
                # a Python traceback, or a warning of a library
                err.print(line.rstrip(), markup=False, highlight=False, soft_wrap=True)
                continue
            if info["msg"] and (info["level"] == "error" or info["name"] in _TOLD):
                # of what it did not foresee dbt prints the traceback, which its log has too
                said = info["msg"].split("Traceback (most recent call last)")[0].rstrip()
                if said:
                    err.print(said, markup=False, highlight=False, soft_wrap=True)
                is_undecoded = is_undecoded or "codec can't decode" in said
            elif info["name"] == "JinjaLogInfo":
                err.print(info["msg"], markup=False, highlight=False, soft_wrap=True)
            node = data.get("node_info", {})
            # hooks are counted by themselves
            is_counted = "total" in data and node.get("resource_type") != "operation"
            if is_counted and node.get("node_status") == "started":
                shown.begin(node["node_name"], data["index"], data["total"])
    if is_undecoded and (path := _not_utf8(project)):
        raise UserError(f"{path} is not UTF-8 text: save it as UTF-8.")
    if process.returncode:
        raise UserError(
            f"`dbt {' '.join(arguments)}` failed; see dbt's messages above or logs/dbt.log."
        )


@contextmanager
def _ended_with_us(process: subprocess.Popen[str]) -> Iterator[None]:
    """Wait for dbt to end if this process is interrupted; killed, it could not."""
    try:
        yield
    except BaseException:
        process.communicate()
        raise


def _not_utf8(project: Path) -> Path | None:
    """The first file that dbt cannot decode, which it does not name."""
    for folder in ("models", "seeds", "macros", "tests"):
        for path in sorted((project / folder).rglob("*.*")):
            if path.suffix in (".sql", ".csv", ".yml", ".yaml", ".md") and path.is_file():
                try:
                    path.read_text(encoding="utf-8")
                except UnicodeDecodeError:
                    return path
    return None
