"""What the documentation says holds: its commands run, its lists are complete."""

import os
import re
import shutil
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from warehouses import BIN, ROOT

from tokenmart.sample import write_sample
from tokenmart.schema import SECRET_COLUMNS, tables


def _described() -> list[dict[str, Any]]:
    models = []
    for path in sorted((ROOT / "models").rglob("*.yml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        models += content.get("models", [])
    return models


def test_every_model_has_a_description_and_yaml_of_its_own() -> None:
    described = {model["name"]: model for model in _described()}
    models = sorted(path.stem for path in (ROOT / "models").rglob("*.sql"))
    assert sorted(described) == models
    for path in (ROOT / "models").rglob("*.sql"):
        assert path.with_suffix(".yml").is_file(), path
    for model in described.values():
        assert model["description"].strip(), model["name"]
        for column in model["columns"]:
            assert column["description"].strip(), (model["name"], column["name"])


def test_the_described_columns_are_those_that_are_built(sample_build) -> None:
    built: dict[str, list[str]] = {}
    for table, column in sample_build.rows(
        """
        select table_name, column_name from information_schema.columns
        where table_schema like 'analytics%' order by table_name, ordinal_position
        """
    ):
        built.setdefault(table, []).append(column)
    for model in _described():
        assert [column["name"] for column in model["columns"]] == built[model["name"]]


def test_the_types_that_marts_declare_are_those_that_are_built(sample_build) -> None:
    built = {
        (table, column): type_
        for table, column, type_ in sample_build.rows(
            """
            select table_name, column_name, lower(data_type) from information_schema.columns
            where table_schema = 'analytics'
            """
        )
    }
    declared = {
        (model["name"], column["name"]): column["data_type"]
        for model in _described()
        for column in model["columns"]
        if "data_type" in column and not model["name"].startswith("ledger_")
    }
    assert declared == built


def test_a_ledger_keeps_every_staged_column_as_a_type_that_it_names() -> None:
    described = {model["name"]: model["columns"] for model in _described()}
    for path in sorted((ROOT / "models" / "ledger").rglob("*.sql")):
        (staging,) = re.findall(r"ref\('(stg_\w+)'\)", path.read_text(encoding="utf-8"))
        names = [column["name"] for column in described[path.stem]]
        assert names[8:] == [column["name"] for column in described[staging]]
        untyped = [column["name"] for column in described[path.stem] if "data_type" not in column]
        # its type is the engine's own
        assert untyped == ["content_hash"]


def test_every_fact_and_mart_states_its_grain_guarantee_and_trap() -> None:
    for path in (ROOT / "models" / "marts").rglob("*.sql"):
        if path.name.startswith(("fct_", "mart_", "audit_")):
            header = path.read_text(encoding="utf-8").split("\nwith")[0]
            for word in ("Grain:", "Guarantee:", "Trap"):
                assert word in header, f"{path.name} does not state its {word}"


def test_the_list_of_source_columns_is_that_of_the_ddl() -> None:
    text = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    for table in tables().values():
        section = text.split(f"### `{table.name}`")[1].split("\n#")[0]
        listed = re.findall(r"^\| `(\w+)` \| ([^|]+) \| ([^|]*) \|", section, flags=re.MULTILINE)
        secret = SECRET_COLUMNS.get(table.name, set())
        assert [(name, type_, note.strip()) for name, type_, note in listed] == [
            (
                column.name,
                column.sql_type("postgres"),
                "required" if column.is_required else "secret" if column.name in secret else "",
            )
            for column in table.columns
        ]


def test_every_reason_for_quarantine_is_documented() -> None:
    documented = set(
        re.findall(
            r"^\| `(\w+)` \|",
            (ROOT / "docs" / "quarantine.md").read_text(encoding="utf-8"),
            flags=re.MULTILINE,
        )
    )
    used = {
        reason
        for path in (ROOT / "models" / "intermediate").rglob("*_checked.sql")
        for reason in re.findall(r"then '(\w+)'", path.read_text(encoding="utf-8"))
    }
    assert documented == used


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the repository's files, with this environment as its .venv."""
    files = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    folder = tmp_path / "checkout"
    for name in files:
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(BIN.parent)
    shutil.copy(folder / "profiles.yml.example", folder / "profiles.yml")
    return folder


def _console_blocks(path: Path, section: str) -> list[str]:
    text = path.read_text(encoding="utf-8").split(f"## {section}\n")[1].split("\n## ")[0]
    return re.findall(r"```console\n(.*?)```", text, flags=re.DOTALL)


def test_the_commands_for_your_own_tables_run_as_they_are_written(checkout: Path) -> None:
    write_sample(
        checkout / "exports",
        days=3,
        seed=1,
        rows_per_day=100,
        end=date(2026, 10, 31),
        format="csv",
    )
    (checkout / "exports" / "_sample.json").unlink()
    (checkout / "traces").mkdir()
    (checkout / "traces" / "code.csv").write_text(
        "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.9799600,4808,10\n"
    )
    commands = "\n".join(_console_blocks(checkout / "README.md", "Your own tables"))
    assert commands.count(".venv/bin/") == 8
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DBT_", "TOKENMART_"))
    }
    result = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=checkout,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    assert (checkout / "mine.duckdb").is_file()


def test_make_help_lists_the_targets_that_the_documents_name() -> None:
    listed = subprocess.run(
        ["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for document in ("README.md", "CONTRIBUTING.md"):
        for target in re.findall(r"^make (\w+)", (ROOT / document).read_text(), flags=re.MULTILINE):
            assert f"make {target} " in listed
