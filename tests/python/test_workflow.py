"""The workflow of the project's CI runs what there is."""

import os
import shlex
import subprocess
from typing import Any

import pytest
import typer
import yaml
from warehouses import ROOT

from tokenmart.cli import app

JOBS: dict[str, Any] = {
    name: job
    for path in (ROOT / ".github" / "workflows").glob("*.yml")
    for name, job in yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].items()
}


def _commands(job: str) -> list[list[str]]:
    lines = [step["run"].split(" | ")[0] for step in JOBS[job]["steps"] if "run" in step]
    return [shlex.split(line) for line in lines]


def test_what_it_runs_is_what_a_contributor_runs() -> None:
    assert _commands("test") == [[".ci/run"]]
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    ((program, target),) = _commands("test-long")
    subprocess.run([program, "-n", target], cwd=ROOT, check=True, capture_output=True)


def _parsed(arguments: list[str]) -> str:
    """The name of a command of tokenmart, whose options exist."""
    name, *options = arguments
    cli = typer.main.get_command(app)
    command = cli.get_command(cli.make_context("tokenmart", [name]), name)  # type: ignore[attr-defined]
    assert command is not None, name
    command.make_context(name, options)
    return name


def test_the_commands_and_options_of_its_gate_exist() -> None:
    ran = []
    for program, *arguments in _commands("gate"):
        if program == "make":
            subprocess.run(["make", "-n", *arguments], cwd=ROOT, check=True, capture_output=True)
        elif program == ".venv/bin/tokenmart":
            ran.append(_parsed(arguments))
    assert ran == ["sample", "land", "build", "validate"]


def test_the_commands_and_options_of_its_container_exist() -> None:
    build, version, *runs = _commands("container")
    assert build[:2] == ["docker", "build"]
    assert (ROOT / build[build.index("--file") + 1]).is_file()
    assert version == ["docker", "run", "--rm", "tokenmart", "--version"]
    ran = [_parsed(words[words.index("tokenmart") + 1 :]) for words in runs]
    assert ran == ["sample", "land", "build", "validate", "report"]


# the image has its own
@pytest.mark.parametrize("job", sorted({*JOBS} - {"container"}))
def test_its_python_is_one_that_the_project_supports(job: str) -> None:
    (version,) = (
        step["with"]["python-version"]
        for step in JOBS[job]["steps"]
        if "setup-python" in step.get("uses", "")
    )
    assert version == "3.11"
