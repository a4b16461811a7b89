"""Nights in a row, by the script that cron runs, on which what can go wrong goes wrong.

About 90 CPU seconds, so in the long tier only: each fault alone has its own tests.
"""

import os
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from conftest import copy_of_repository
from draw import EVERYTHING
from postgres import PostgresWarehouse, Server
from warehouses import BIN

from tokenmart.warehouse.duckdb_file import connect

ALERTS = """
channels:
  phone: {command: [tee, --append, phone]}
rules:
  - {name: A step failed, measure: step_failed, above: 0, send_to: [phone]}
"""
KILLED = """#!/bin/bash
if [ "$1" != build ] || [ -e was_killed ]; then exec %(bin)s/tokenmart "$@"; fi
touch was_killed
before=$(wc -l < logs/dbt.log)
setsid %(bin)s/tokenmart "$@" &
until tail -n "+$before" logs/dbt.log | grep -q "START .*int_provider_usage_daily"; do
    kill -0 $! || exit 99
    sleep 0.1
done
pkill --signal KILL --session $!
wait $!
"""


class Nights:
    """A checkout whose script runs again and again, against a collector's database."""

    def __init__(self, folder: Path, source: PostgresWarehouse) -> None:
        self.folder = folder
        (folder / "alerts.yml").write_text(ALERTS)
        program = folder / "tokenmart_that_may_be_killed"
        program.write_text(KILLED % {"bin": BIN})
        program.chmod(0o755)
        host = source.server.environment()["PGHOST"]
        self.address = f"postgresql:///{source.database}?host={host}&user=postgres"

    def run(self, *, url: str | None = None, can_be_killed: bool = False) -> tuple[int, str]:
        """What a night ends with, and the line that says so."""
        program = "tokenmart_that_may_be_killed" if can_be_killed else f"{BIN}/tokenmart"
        names = dict.fromkeys(
            ("TOKENMART_PROVIDER_URL", "TOKENMART_BILLING_URL"), url or self.address
        )
        done = subprocess.run(
            [self.folder / "orchestration" / "cron" / "nightly.sh"],
            env=os.environ
            | names
            | {
                "TOKENMART_PROGRAM": str(self.folder / program) if can_be_killed else program,
                "TOKENMART_PROJECT_DIR": str(self.folder),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout.splitlines()[-1] + done.stderr[-1500:]

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with connect(self.folder / "tokenmart.duckdb", read_only=True) as connection:
            return connection.execute(sql).fetchall()

    @property
    def counted(self) -> list[tuple[Any, ...]]:
        return self.rows(
            "select sum(record_count), sum(total_tokens), sum(billed_cost_usd)"
            " from analytics.fct_provider_usage_daily"
        )

    @property
    def alerts(self) -> str:
        path = self.folder / "phone"
        return path.read_text(encoding="utf-8") if path.is_file() else ""


@pytest.mark.skipif(not EVERYTHING, reason="in the long tier")
def test_nights_with_faults_end_as_nights_without(
    tmp_path: Path, postgres_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TOKENMART_DUCKDB_PATH", "DBT_TARGET_PATH", "DBT_PROFILES_DIR"):
        monkeypatch.delenv(name, raising=False)
    source = PostgresWarehouse(tmp_path / "source", postgres_server)
    for name in ("provider", "billing"):
        source.create_sources(name, schema="public")
    source.insert("provider_keys", {"id": 1, "provider": "openai"}, schema="public")
    day = {"window_start": "2026-11-01", "window_end": "2026-11-02", "timestamp": "2026-11-01"}
    usage = {"key_id": 1, "model": "gpt-4.1", "tokens_in": 100, "tokens_out": 10, **day}
    for number, project in enumerate(("a", "b"), start=1):
        source.insert(
            "usage_events", {"id": number, "project_id": project, **usage}, schema="public"
        )
    nights = Nights(copy_of_repository(tmp_path / "checkout"), source)

    status, said = nights.run()
    assert (status, nights.counted) == (0, [(2, 220, None)]), said

    # the source is down: what was there is built again, and nothing is lost
    status, said = nights.run(url="postgresql://nobody@127.0.0.1:1/nothing")
    assert (status, nights.counted) == (2, [(2, 220, None)]), said
    assert "extract failed with exit status 2" in said
    assert nights.alerts.splitlines()[-1] == "A step failed (extract): 1 is above 0"

    # new usage, a bill that is late, and a build that is killed; someone hears of it
    source.insert("usage_events", {"id": 3, "project_id": "c", **usage}, schema="public")
    bill = {"usage_date": "2026-11-01", "provider": "openai", "line_item": "gpt-4.1, input"}
    source.insert("provider_costs", {**bill, "amount_usd": "0.30"}, schema="public")
    status, said = nights.run(can_be_killed=True)
    assert status == 137, said
    assert "build failed with exit status 137" in said
    assert "A step failed (build): 1 is above 0" in nights.alerts

    # a load that was doubled, and a row that was deleted
    source.execute("drop index if exists usage_events_window")
    for number, project in enumerate(("a", "b", "c"), start=11):
        source.insert(
            "usage_events", {"id": number, "project_id": project, **usage}, schema="public"
        )
    source.execute("delete from usage_events where id = 1")
    status, said = nights.run(can_be_killed=True)
    assert (status, nights.counted) == (0, [(3, 330, Decimal("0.30"))]), said
    assert nights.alerts.splitlines()[-1] == "Resolved: A step failed (build)"
    assert nights.rows(
        "select exclusion_reason, count(*) from analytics.excluded_usage_events group by 1"
    ) == [("repeated_window", 3)]

    status, said = nights.run()
    assert (status, nights.counted) == (0, [(3, 330, Decimal("0.30"))]), said
    postgres_server.drop_database(source.database)
