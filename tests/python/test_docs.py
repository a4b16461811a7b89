"""What the documentation says holds: its commands run, its lists are complete."""

import json
import os
import re
import shlex
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import typer
from dbt.cli.main import cli as dbt_cli
from warehouses import ROOT, Warehouse

from tokenmart.cli import app
from tokenmart.sample import write_sample
from tokenmart.schema import SECRET_COLUMNS, tables
from tokenmart.sources import USAGE


@pytest.fixture(scope="module")
def models(sample_build: Warehouse) -> list[dict[str, Any]]:
    """The models as dbt read them; one that has versions is there once for each."""
    manifest = json.loads((sample_build.folder / "target" / "manifest.json").read_text())
    return [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]


def test_every_model_has_a_description_and_yaml_of_its_own(models: list[dict[str, Any]]) -> None:
    files = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "models").rglob("*.sql"))
    assert sorted(model["original_file_path"] for model in models) == files
    for model in models:
        beside = Path(model["original_file_path"]).with_name(f"{model['name']}.yml")
        assert model["patch_path"] == f"tokenmart://{beside.as_posix()}"
        assert model["description"].strip(), model["name"]
        for column in model["columns"].values():
            assert column["description"].strip(), (model["name"], column["name"])


def test_every_column_that_is_built_is_described_once(
    sample_build: Warehouse, models: list[dict[str, Any]]
) -> None:
    """With all others where a table is public or a ledger; else once, by its name."""
    built: dict[str, list[str]] = {}
    for table, column in sample_build.rows(
        """
        select table_name, column_name from information_schema.columns
        where table_schema like 'analytics%' order by table_name, ordinal_position
        """
    ):
        built.setdefault(table, []).append(column)
    words = set(re.findall(r"{% docs (\w+) %}", (ROOT / "models" / "columns.md").read_text()))
    words |= {column for model in models for column in model["columns"]}
    # `<class>_usd` in a model's description stands for a column a class
    families = tuple(
        family for model in models for family in re.findall(r"`<\w+>(_\w+)`", model["description"])
    )
    for model in models:
        if model["config"]["materialized"] == "ephemeral":
            continue  # its columns are those of the models that hold it
        described, columns = list(model["columns"]), built[model["alias"]]
        if model["contract"]["enforced"] or model["name"].startswith("ledger_"):
            assert described == columns
        else:
            assert not {*described} - {*columns}, model["name"]
            unknown = {
                each for each in columns if each not in words and not each.endswith(families)
            }
            assert not unknown, model["name"]


def test_descriptions_of_public_columns_are_comments_in_the_database(
    sample_build: Warehouse, models: list[dict[str, Any]]
) -> None:
    """On Postgres, too: test_source_deletes.py."""
    comments = {
        (table, column): comment
        for table, column, comment in sample_build.rows(
            "select table_name, column_name, comment from duckdb_columns()"
            " where schema_name = 'analytics'"
        )
    }
    described = {
        (model["alias"], column["name"]): column["description"].strip()
        for model in models
        if model["access"] == "public" and model["config"]["contract"]["enforced"]
        for column in model["columns"].values()
    }
    assert described == comments


def test_no_build_warns_that_views_do_not_enforce_constraints(models: list[dict[str, Any]]) -> None:
    for model in models:
        if model["config"]["materialized"] == "view":
            for column in model["columns"].values():
                for constraint in column["constraints"]:
                    assert not constraint["warn_unsupported"], (model["name"], column["name"])


def test_the_types_that_contracts_declare_are_those_that_are_built(
    sample_build: Warehouse, models: list[dict[str, Any]]
) -> None:
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
        (model["alias"], column["name"]): column["data_type"]
        for model in models
        for column in model["columns"].values()
        if column["data_type"] and not model["name"].startswith("ledger_")
    }
    assert declared == built


def test_a_ledger_keeps_every_staged_column_as_a_type_that_it_names(
    sample_build: Warehouse, models: list[dict[str, Any]]
) -> None:
    described = {model["name"]: model["columns"] for model in models}
    for path in sorted((ROOT / "models" / "ledger").rglob("*.sql")):
        (staging,) = re.findall(r"ledger\(\s*'(stg_\w+)'", path.read_text(encoding="utf-8"))
        columns = described[path.stem]
        # below those that the ledger adds
        kept = list(columns)[list(columns).index("source_instance") :]
        staged = sample_build.rows(
            "select column_name from information_schema.columns"
            f" where table_name = '{staging}' order by ordinal_position"
        )
        assert kept == [name for (name,) in staged]
        # its type is the engine's own
        assert [name for name in columns if not columns[name]["data_type"]] == ["content_hash"]


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
                "required"
                if column.is_required
                else "needed"
                if column.is_needed
                else "secret"
                if column.name in secret
                else "",
            )
            for column in table.columns
        ]


def _reasons(page: str, row: str) -> dict[str, set[str]]:
    """The reasons that a page lists, by the file that it names for the rules of their table."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    files = {
        table: path.removeprefix("../")
        for table, path in re.findall(
            r"^\| (\w+) \| \[.*?\]\((\S+?)\) \|", text, flags=re.MULTILINE
        )
    }
    reasons: dict[str, set[str]] = {path: set() for path in files.values()}
    for reason, of in re.findall(row, text, flags=re.MULTILINE):
        for table in files if of == "all three" else of.split(", "):
            reasons[files[table]].add(reason)
    return reasons


def test_each_reason_for_quarantine_is_documented_with_the_file_of_its_rule() -> None:
    documented = _reasons("quarantine.md", r"^\| `(\w+)` \| ([\w ,]+) \|")
    assert len(documented) == 3
    for path, reasons in documented.items():
        rules = (ROOT / path).read_text(encoding="utf-8")
        assert reasons == {*re.findall(r"then '(\w+)'", rules)} - {*NO_REASONS}, path


NO_REASONS = (
    *("unsplit", "unknown", "parts_exclude_cached", "parts_include_cached"),
    *("text_only_total", "total_excludes_cached"),
)
"""The token conventions, which the same files name."""


def test_each_reason_for_exclusion_is_documented_with_the_files_of_its_rule() -> None:
    text = (ROOT / "docs" / "counting.md").read_text(encoding="utf-8")
    documented = re.findall(r"^\| \d \| `(\w+)` \|", text, flags=re.MULTILINE)
    assert {*documented} == {
        reason for usage in USAGE.values() for reason in usage.exclusion_reasons
    }
    named: dict[str, set[str]] = {}
    for path, reasons in re.findall(
        r"^\| \[.*?\]\(\.\./(\S+?)\) \| (.*) \|$", text, flags=re.MULTILINE
    ):
        named[path] = {*re.findall(r"`(\w+)`", reasons)}
    used = {
        path.relative_to(ROOT).as_posix(): reasons
        for path in (ROOT / "models").rglob("*.sql")
        if (
            reasons := {
                reason
                for expression in re.findall(
                    r"(.*) as exclusion_reason", path.read_text(encoding="utf-8")
                )
                for reason in re.findall(r"'(\w+)'", expression)
            }
        )
    }
    assert named == used


PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "DECISIONS.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "orchestration").rglob("*.md")),
]


def _blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text("utf-8"), flags=re.DOTALL)


def _prose(page: Path) -> str:
    return re.sub(r"^ *```.*?^ *```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)


def test_the_readme_is_a_door() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 150


def test_no_paragraph_is_longer_than_six_lines() -> None:
    for page in PAGES:
        for block in _prose(page).split("\n\n"):
            # each point of a list is a paragraph; a row of a table is a line
            for paragraph in re.split(r"\n(?= *(?:- |\d+\. |\|))", block):
                lines = paragraph.strip().splitlines()
                assert len(lines) <= 6, (page.name, lines)


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", _prose(page), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_link_leads_somewhere() -> None:
    for page in PAGES:
        for link in re.findall(r"\]\(([^)\s]+)\)", _prose(page)):
            if not link.startswith(("http:", "https:")):
                name, _, anchor = link.partition("#")
                target = page.parent / name if name else page
                assert target.exists(), (page.name, link)
                assert not anchor or anchor in _anchors(target), (page.name, link)


def test_the_steps_that_the_documents_show_are_the_folders() -> None:
    folders = sorted(path.name for path in (ROOT / "models" / "intermediate").iterdir())
    page = (ROOT / "docs" / "how-it-works.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\d_\w+)` \|", page, flags=re.MULTILINE) == folders
    picture = next(each for each in _blocks(ROOT / "README.md", "mermaid") if "ledger" in each)
    steps = re.findall(r'"(\d) (\w+)', picture)
    assert [f"{number}_{word}" for number, word in steps] == folders


def test_the_tables_that_the_readme_names_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    answers = text.split("## Find the answer")[1].split("\n## ")[0]
    names = re.findall(r"`(\w+\*?)`", answers)
    assert len(names) > 10
    for name in names:
        assert [*(ROOT / "models" / "marts").rglob(f"{name}.sql")], name


def test_every_document_is_linked_from_the_readme() -> None:
    linked = (ROOT / "README.md").read_text(encoding="utf-8")
    for page in (ROOT / "docs").glob("*.md"):
        assert f"(docs/{page.name})" in linked
    for page in (ROOT / "docs" / "decisions").glob("*.md"):
        assert f"(docs/decisions/{page.name})" in (ROOT / "DECISIONS.md").read_text("utf-8")


def test_every_path_in_contributing_exists() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    files = {
        *subprocess.run(
            ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.splitlines()
    }
    names = {Path(file).name for file in files}
    of_a_tree = re.findall(r"^((?:[\w.<>]+/)+[\w.]*|[\w.]+\.yml)(?=  )", text, flags=re.MULTILINE)
    in_words = re.findall(
        r"`((?:[\w.<>…]+/)+[\w.<>…]*|[\w<>…]+\.(?:md|py|sql|yml|txt|json|csv))`", text
    )
    assert len(of_a_tree) > 30
    assert len(in_words) > 50
    for path in (*of_a_tree, *in_words):
        if path.startswith(NOT_OF_THE_REPOSITORY):
            continue
        pattern = re.escape(path).replace("<source>", r"\w+").replace("…", r"\w+")
        pattern = pattern.replace("<model>", r"\w+").replace("<table>", r"\w+")
        if path.endswith("/"):
            assert any(re.match(pattern, file) for file in files), path
        elif "/" in path:
            assert any(re.fullmatch(pattern, file) for file in files), path
        else:
            assert any(re.fullmatch(pattern, name) for name in names), path


NOT_OF_THE_REPOSITORY = ("/tmp/", "build/", ".venv/", "../", "target/", "<model>_v2.sql")
"""Paths of the machine, of what is built and of examples."""


def test_every_command_has_the_options_that_the_documents_give_it() -> None:
    """They are parsed as the programs would; which of them also run, other tests say."""
    programs = {"tokenmart": typer.main.get_command(app), "dbt": dbt_cli}
    seen = 0
    for page in PAGES:
        if page.name == "cli.md":
            continue
        for line in "".join(_blocks(page, "console")).splitlines():
            words = shlex.split(line, comments=True)
            name = words[0].removeprefix(".venv/bin/") if words else ""
            if name in programs:
                _parse(programs[name], words[1:])
                seen += 1
    assert seen > 15


def _parse(command: Any, words: list[str]) -> None:
    """Fails with the program's own sentence if a command or an option is none."""
    while hasattr(command, "commands"):
        command, *words = command.commands[words[0]], *words[1:]
    context = command.context_class(command, **command.context_settings)
    command.make_parser(context).parse_args(words)


@pytest.mark.parametrize(
    "page", ["README.md", *(f"docs/{name}.md" for name in ("showback", "counting", "quarantine"))]
)
def test_every_query_of_the_documents_finds_something(page: str, sample_build: Warehouse) -> None:
    queries = [sql for sql in _blocks(ROOT / page, "sql") if sql.startswith("select")]
    assert queries
    for sql in queries:
        assert sample_build.rows(sql), sql


@pytest.mark.drawn(3, of="documents that are run as they are written")
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
    lines = "".join(_blocks(checkout / "docs" / "your-own-tables.md", "console")).splitlines()
    # in their order, and each one once
    commands = "\n".join(dict.fromkeys(lines))
    assert commands.count(".venv/bin/") == 6
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


@pytest.mark.drawn(3, of="documents that are run as they are written")
def test_make_docs_writes_one_file_that_needs_neither_network_nor_warehouse(
    checkout: Path,
) -> None:
    result = subprocess.run(
        ["make", "--assume-old=.venv/ready", "docs"],
        cwd=checkout,
        env=os.environ | {"TOKENMART_DUCKDB_PATH": "missing.duckdb", "TOKENMART_TARGET": "duckdb"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "There is no warehouse at missing.duckdb" in result.stdout
    assert not (checkout / "missing.duckdb").exists()
    page = checkout / "build" / "docs" / "static_index.html"
    assert f"Open {page} in a browser." in result.stdout
    html = page.read_text(encoding="utf-8")
    assert "fct_cost_daily" in html
    assert not re.search(r"<(?:script|link|img)[^>]+(?:src|href)=.?(?:https?:)?//", html)


def test_make_help_lists_the_targets_that_the_documents_name() -> None:
    listed = subprocess.run(
        ["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for page in PAGES:
        commands = "".join(_blocks(page, "console"))
        for target in re.findall(r"^make ([a-z-]+)", commands, flags=re.MULTILINE):
            assert f"make {target} " in listed
