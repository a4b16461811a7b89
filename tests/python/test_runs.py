"""Every run that ends leaves a row in audit_runs, and none is ever lost."""

import pytest
from conftest import uuid
from warehouses import Warehouse

RUNS = """
    select
        command, outcome, reads_sources, failure_count, failures,
        rows_in, rows_counted, rows_quarantined
    from analytics.audit_runs order by started_at
"""


@pytest.mark.drawn(1)
def test_each_run_is_kept_with_how_it_ended(either_warehouse: Warehouse) -> None:
    """About 20 CPU seconds: three runs."""
    warehouse = either_warehouse
    warehouse.create_sources("voice")
    warehouse.variables = {"sources_enabled": ["voice"]}
    metric = {"id": uuid(1), "timestamp": "2025-01-01", "input_tokens": 10}
    warehouse.insert("voice_usage_metrics", metric, metric | {"id": uuid(2), "input_tokens": -1})
    warehouse.build(as_of="2025-01-02")
    first = ("build", "success", True, 0, None, 2, 1, 1)
    assert warehouse.rows(RUNS) == [first]

    parents = ["audit_runs", "audit_voice_usage", "audit_usage_conservation"]
    again = warehouse.dbt("run", "--full-refresh", "--select", *parents, as_of="2025-01-02")
    assert again.returncode == 0, again.stdout
    warehouse.execute("drop view analytics_intermediate.int_voice_usage_attributed cascade")
    broken = warehouse.dbt("run", "--select", "audit_runs", "fct_voice_usage_daily+")
    assert broken.returncode == 1
    assert warehouse.rows(RUNS) == [
        first,
        ("run", "success", False, 0, None, 2, 1, 1),
        ("run", "failure", False, 1, "fct_voice_usage_daily", None, None, None),
    ]


def test_a_refused_run_and_one_of_tests_leave_none(copy_of_sample: Warehouse) -> None:
    before = copy_of_sample.rows(RUNS)
    assert before
    assert copy_of_sample.dbt("build", reporting_timezone="Nowhere").returncode != 0
    assert copy_of_sample.dbt("test", "--select", "audit_runs").returncode == 0
    assert copy_of_sample.rows(RUNS) == before
