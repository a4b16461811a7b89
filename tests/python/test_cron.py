"""orchestration/cron: what nightly.sh runs, that it runs once at a time, and how it ends.

About 40 CPU seconds: one run builds the voice sessions of a checkout.
"""

import configparser
import os
import shlex
import subprocess
from pathlib import Path

import pytest
from warehouses import BIN, ROOT

HOME = ROOT / "orchestration" / "cron"


def _run(project: Path, *arguments: str, program: Path) -> subprocess.CompletedProcess[str]:
    named = {"TOKENMART_PROJECT_DIR": str(project), "TOKENMART_PROGRAM": str(program)}
    return subprocess.run(
        [HOME / "nightly.sh", *arguments],
        cwd=project,
        env=os.environ | named,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder that is enough of a project for the script."""
    (tmp_path / "dbt_project.yml").touch()
    return tmp_path


def _program(folder: Path, script: str) -> Path:
    """In place of tokenmart, a script that notes its arguments first."""
    program = folder / "tokenmart_of_the_test"
    program.write_text(f'#!/bin/bash\necho "$@" >> {folder}/ran\n{script}\n')
    program.chmod(0o755)
    return program


def _ran(folder: Path) -> list[str]:
    return (folder / "ran").read_text().splitlines()


@pytest.mark.drawn(3, of="documents that are run as they are written")
def test_it_lands_builds_and_validates_and_a_violation_is_its_exit_status(deployed: Path) -> None:
    """The mart is damaged after the build, which would mend it."""
    damage = "import duckdb; duckdb.connect('tokenmart.duckdb').execute('delete from {}')"
    damage = damage.format("analytics.mart_cost_by_model_daily")
    program = _program(
        deployed,
        f'[ "$1" != validate ] || {BIN}/python -c "{damage}"\nexec {BIN}/tokenmart "$@"',
    )
    result = _run(deployed, "delivery", program=program)
    assert _ran(deployed) == [
        *(f"land {deployed}/delivery", "build --selector daily", "validate"),
    ]
    assert result.returncode == 1, result.stdout + result.stderr
    assert "raw_voice.voice_usage_metrics" in result.stdout
    assert "none is missing" in result.stdout
    last = result.stdout.splitlines()[-1]
    assert last.startswith("tokenmart nightly: validate failed with exit status 1 after ")


def test_without_a_folder_nothing_is_landed(project: Path) -> None:
    result = _run(project, program=_program(project, "exit 0"))
    assert _ran(project) == ["build --selector daily", "validate"]
    assert (result.returncode, result.stderr) == (0, "")
    (line,) = result.stdout.splitlines()
    assert line.startswith("tokenmart nightly: all is well after ")


def test_what_fails_ends_the_run(project: Path) -> None:
    result = _run(project, program=_program(project, '[ "$1" != build ] || exit 2'))
    assert _ran(project) == ["build --selector daily"]
    assert result.returncode == 2
    assert "build failed with exit status 2" in result.stdout


def test_a_source_that_is_down_is_built_without_and_alerted(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKENMART_VOICE_URL", "postgresql://h/d")
    (project / "alerts.yml").touch()
    result = _run(project, program=_program(project, '[ "$1" != extract ] || exit 2'))
    assert _ran(project) == [
        "extract",
        "build --selector daily",
        "validate",
        "alert --failed extract",
    ]
    assert result.returncode == 2
    assert "extract failed with exit status 2" in result.stdout


def test_what_fails_is_alerted(project: Path) -> None:
    (project / "alerts.yml").touch()
    result = _run(project, program=_program(project, '[ "$1" != build ] || exit 1'))
    assert _ran(project) == ["build --selector daily", "alert --failed build"]
    assert result.returncode == 1
    assert "build failed with exit status 1" in result.stdout


def test_a_second_run_at_the_same_time_does_nothing_and_says_so(project: Path) -> None:
    """The first waits in its build until the second is over."""
    program = _program(
        project, f'[ "$1" != build ] || {HOME}/nightly.sh > second 2>&1 || echo $? >> second'
    )
    result = _run(project, program=program)
    assert result.returncode == 0, result.stderr
    # of the second run there is no command
    assert _ran(project) == ["build --selector daily", "validate"]
    assert (project / "second").read_text().splitlines() == [
        f"tokenmart nightly: another run is under way in {project}; this one did nothing.",
        "75",
    ]
    assert _run(project, program=_program(project, "exit 0")).returncode == 0


def test_the_units_run_it_every_night() -> None:
    service, timer = (configparser.ConfigParser() for _ in range(2))
    for parser, name in ((service, "tokenmart.service"), (timer, "tokenmart.timer")):
        parser.optionxform = str  # type: ignore[assignment, method-assign]
        assert parser.read(HOME / name)
    checkout = service["Service"]["WorkingDirectory"]
    script = Path(service["Service"]["ExecStart"]).relative_to(checkout)
    assert (ROOT / script).is_file()
    assert os.access(ROOT / script, os.X_OK)
    assert timer["Timer"]["OnCalendar"] == "*-*-* 02:00:00"
    assert timer["Timer"]["Persistent"] == "true"


def test_the_command_of_the_readme_is_the_script() -> None:
    block = (HOME / "README.md").read_text("utf-8").split("```console\n")[1].split("```")[0]
    (program, *folders) = shlex.split(block)
    assert ROOT / program == HOME / "nightly.sh"
    assert len(folders) == 1
