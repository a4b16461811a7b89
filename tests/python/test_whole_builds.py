"""The promises of test_histories, kept by whole builds of dbt, marts, tests and all."""

from random import Random

import pytest
from draw import drawn
from histories import Account
from replay import Engine
from test_histories import KINDS, expected, told
from warehouses import Warehouse

MARTS = """
    select table_schema || '.' || table_name from information_schema.tables
    where table_schema = 'analytics' and table_name <> 'audit_runs'
        or table_schema = 'analytics_intermediate' and table_name like 'int_%_daily'
    order by 1
"""
"""All that a build makes of the whole ledger, and not of what is new."""


def _marts(warehouse: Warehouse) -> dict[str, list[str]]:
    return {
        table: sorted(map(str, warehouse.rows(f"select * from {table}")))
        for (table,) in warehouse.rows(MARTS)
    }


@pytest.mark.parametrize("seed", drawn("whole builds", range(5), 1))
def test_whole_builds_count_what_was_observed(either_warehouse: Warehouse, seed: int) -> None:
    """Empty, full, one more day, late and corrected rows; then as if it were the first build."""
    random = Random(seed)
    either_warehouse.create_sources(constraints=False)
    engine = Engine(either_warehouse, either_warehouse.execute, either_warehouse.rows, [])
    histories = {source: kind(seed, random) for source, kind in KINDS.items()}
    accounts = {source: Account() for source in histories}
    # one history in full, the others a part of it
    steps = ["empty", "full", "one more", "late"] if seed == 0 else ["full", "late"]
    for day, step in enumerate(steps, start=1):
        for source, history in histories.items():
            for _ in range({"empty": 0, "full": 5}.get(step, 1)):
                history.step(deletes=step == "late")
            accounts[source].look(*history.sources)
            for table in history.sources:
                engine.fill(table.table, [*table.rows.values()])
        either_warehouse.build(as_of=f"2025-06-{day:02}")
    for source, account in accounts.items():
        assert told(engine, source) == expected(source, account), (seed, histories[source].log)

    if seed == 0:
        marts = _marts(either_warehouse)
        either_warehouse.build("--full-refresh", as_of=f"2025-06-{day:02}")
        assert _marts(either_warehouse) == marts
