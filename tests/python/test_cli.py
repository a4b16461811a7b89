"""Every command has the same shape: options, help, JSON; docs/cli.md says what the help says."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from cli_reference import PAGE, commands, reference
from landing import write_events
from typer.testing import CliRunner
from warehouses import Warehouse

from tokenmart.cli import app
from tokenmart.commands.shape import Report, for_files
from tokenmart.project import Project

PROGRAM: Any = typer.main.get_command(app)
GROUPS = ((), ("focus",), ("prices",))
COMMANDS = [words for words in commands(PROGRAM) if words not in GROUPS]
WAREHOUSE = {"target", "profile", "profiles_dir"}


def _options(words: tuple[str, ...]) -> dict[str, Any]:
    command = PROGRAM
    for word in words:
        command = command.commands[word]
    return {option.name: option for option in command.params}


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_commands_help_has_an_example_and_the_common_options(words: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(app, [*words, "-h"], prog_name="tokenmart")
    assert shown.exit_code == 0
    example = shown.output.split("Example")[1]
    assert f"tokenmart {' '.join(words)}" in example
    options = _options(words)
    assert "as_json" in options
    if words[0] not in ("sample", "trace"):
        assert "project_dir" in options
    if words[0] not in ("sample", "trace", "prices"):
        assert options.keys() >= WAREHOUSE


@pytest.mark.parametrize("name", [*sorted(WAREHOUSE), "project_dir", "as_json"])
def test_an_option_is_the_same_wherever_it_is(name: str) -> None:
    seen = {
        (tuple(option.opts), option.help, str(option.default))
        for words in COMMANDS
        if (option := _options(words).get(name))
    }
    assert len(seen) == 1


def test_the_first_line_of_a_commands_help_is_not_cut() -> None:
    for words in GROUPS:
        assert "..." not in CliRunner().invoke(app, [*words, "--help"]).output.split("Commands:")[1]


def test_docs_cli_md_is_the_help_of_the_commands() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), "run: python .ci/cli_reference.py"


def test_the_version_is_that_of_the_package() -> None:
    assert CliRunner().invoke(app, ["--version"]).output.startswith("tokenmart 0.")


def test_a_result_as_json_is_all_that_standard_output_holds(
    sample_build: Warehouse, project: Project, folder: Path
) -> None:
    audit = json.loads(sample_build.tokenmart("audit", "--json").stdout)
    rows = audit["sources"]["provider"]
    assert rows["in"]["rows"] == sum(
        rows[outcome]["rows"] for outcome in ("counted", "excluded", "quarantined")
    )
    assert audit["differences"] == []
    write_events(folder, "1,7,gpt-4o,2024-05-01")
    runner = CliRunner()
    options = ["--project-dir", str(project.root), "--json"]
    landed = json.loads(runner.invoke(app, ["land", str(folder), *options]).stdout)
    assert landed == {
        "landed": [
            {
                "table": "raw_provider.usage_events",
                "rows": 1,
                "path": str(folder / "usage_events.csv"),
            }
        ]
    }
    (project.root / "seeds").mkdir()
    (project.root / "seeds" / "model_aliases.csv").write_text("provider,name\n")
    checked = runner.invoke(app, ["prices", "check", *options])
    assert checked.exit_code == 1
    assert json.loads(checked.stdout)["problems"][0]["file"].endswith("model_aliases.csv")


def test_a_command_fails_after_it_has_printed_its_json() -> None:
    failing = typer.Typer()
    failing.command()(for_files(lambda: Report({"sound": False}, has_failed=True)))
    result = CliRunner().invoke(failing, ["--json"])
    assert (result.exit_code, json.loads(result.stdout)) == (1, {"sound": False})


def test_options_choose_the_warehouse_that_a_command_looks_at(
    warehouse: Warehouse, folder: Path
) -> None:
    write_events(folder, "1,7,gpt-4o,2024-05-01")
    land = ["land", str(folder)]
    for command in (["audit"], ["summary"], ["validate"], land, ["demo"], ["build"]):
        result = warehouse.tokenmart(*command, "-t", "nowhere")
        assert result.returncode == 2
        assert "has no target nowhere" in result.stderr, command
