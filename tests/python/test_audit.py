"""tokenmart audit: a difference of one, anywhere in all history, is an exit status of 1."""

import pytest
from warehouses import Warehouse

DIFFERENCES = {
    "a token too many": (
        "update analytics.fct_voice_usage_daily set total_tokens = total_tokens + 1",
        "usage_key = (select min(usage_key) from analytics.fct_voice_usage_daily)",
        "tokens came in",
    ),
    "an excluded row too few": (
        "delete from analytics.excluded_usage_events",
        "row_key = (select min(row_key) from analytics.excluded_usage_events)",
        "rows came in",
    ),
    "a quarantined row too few": (
        "delete from analytics.quarantine_usage_records",
        "row_key = (select min(row_key) from analytics.quarantine_usage_records)",
        "rows came in",
    ),
    "a micro-dollar too few": (
        "update analytics.fct_agent_usage_daily"
        " set recorded_cost_usd = recorded_cost_usd - 0.000001",
        "usage_key = (select min(usage_key) from analytics.fct_agent_usage_daily)",
        "dollars came in",
    ),
    "a counted row on another day": (
        "update analytics.fct_voice_usage_daily set usage_date_utc = usage_date_utc - 1",
        "usage_key = (select min(usage_key) from analytics.fct_voice_usage_daily)",
        "rows came in",
    ),
    "a version that is not counted": (
        "update analytics_ledger.ledger_usage_events set input_tokens = input_tokens + 1",
        "row_key = (select min(row_key) from analytics_ledger.ledger_usage_events)",
        "tokens came in",
    ),
}


def test_a_sound_warehouse_is_accounted_for(sample_build: Warehouse) -> None:
    audit = sample_build.tokenmart("audit")
    assert audit.returncode == 0, audit.stderr
    for source, rows in sample_build.rows(
        "select source_system, sum(rows_in) from analytics.audit_usage_conservation group by 1"
    ):
        line = next(line for line in audit.stdout.splitlines() if line.strip().startswith(source))
        assert f"{rows:,}" in line


@pytest.mark.parametrize("difference", DIFFERENCES)
def test_a_difference_of_one_is_an_error(copy_of_sample: Warehouse, difference: str) -> None:
    change, where, said = DIFFERENCES[difference]
    copy_of_sample.execute(f"{change} where {where}")
    audit = copy_of_sample.tokenmart("audit")
    assert audit.returncode == 1
    assert said in audit.stderr
