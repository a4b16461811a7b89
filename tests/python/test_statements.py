"""What a build with nothing new asks of dbt and DuckDB: counts, the same on every machine."""

import json
import subprocess
import sys
from typing import Any

from warehouses import Warehouse

DAILY = ("build", "--selector", "daily")


def _results(warehouse: Warehouse) -> dict[str, Any]:
    """What dbt says of each node of the last run, by its name."""
    results = json.loads((warehouse.folder / "target" / "run_results.json").read_text())["results"]
    return {result["unique_id"].split(".")[2]: result["message"] for result in results}


def test_a_build_with_nothing_new_has_few_nodes_and_statements(copy_of_sample: Warehouse) -> None:
    result = copy_of_sample.dbt("--log-level", "debug", "--log-format", "json", *DAILY)
    assert result.returncode == 0, result.stdout[-3000:]
    events = [json.loads(line)["info"] for line in result.stdout.splitlines()]
    statements = sum(event["name"] == "SQLQuery" for event in events)
    assert 500 < statements <= 925
    assert 150 < len(_results(copy_of_sample)) <= 217


def test_a_view_is_made_again_only_if_it_would_be_another(copy_of_sample: Warehouse) -> None:
    def views_made() -> set[str]:
        copy_of_sample.build()
        views = {
            name
            for (name,) in copy_of_sample.rows(
                "select view_name from duckdb_views() where schema_name like 'analytics%'"
            )
        }
        assert len(views) > 20
        return {name for name in views if _results(copy_of_sample)[name] != "unchanged"}

    # whether a day is provisional is told by the clock
    by_the_clock = views_made()
    assert by_the_clock == {
        *("fct_cost_daily", "int_agents_usage_attributed"),
        *("int_provider_usage_attributed", "int_voice_usage_attributed"),
    }
    ledger = "analytics_ledger.ledger_usage_records"
    copy_of_sample.execute(f"alter table {ledger} add column spare text")
    assert views_made() == by_the_clock | {"int_agents_usage_validated"}


VIEW = "analytics_intermediate.int_agents_usage_validated"
RUN_TWICE = f"""
from dbt.cli.main import dbtRunner
manifest = dbtRunner().invoke(["parse"]).result
changed = "drop view {VIEW}; create view {VIEW} as select 1 as a;"
changed += " comment on view {VIEW} is 'Made by tokenmart'"
for arguments in (
    ["run", "--select", "int_agents_usage_validated"],
    ["run-operation", "run_query", "--args", str(dict(sql=changed))],
    ["run", "--select", "int_agents_usage_validated"],
):
    assert dbtRunner(manifest=manifest).invoke(arguments).success
"""


def test_a_second_run_of_a_process_reads_the_catalogue_again(copy_of_sample: Warehouse) -> None:
    """As orchestrators run dbt from Python, with one manifest; its parse takes four CPU seconds."""
    ran = subprocess.run(
        [sys.executable, "-c", RUN_TWICE],
        cwd=copy_of_sample.project,
        env=copy_of_sample.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]
    assert copy_of_sample.value(f"select count(quarantine_reasons) from {VIEW}")
