"""Two installations in one warehouse: each is what it would be alone."""

from decimal import Decimal

import pytest
from refusals import refusal
from warehouses import Warehouse

from tokenmart.schema import tables
from tokenmart.sources import NAMES

FIGURES = """
    select
        table_schema || '.' || table_name,
        list(column_name) filter (
            where column_name <> 'batch_id'
            and regexp_matches(data_type, '^(DECIMAL|(HUGE|BIG|U?)INT)')
        )
    from information_schema.columns
    where table_schema in ('analytics', 'analytics_ledger') and table_name <> 'audit_runs'
    group by 1
    having bool_or(column_name = 'source_instance')
"""
"""The tables that tell of every installation, whichever is built, and their columns of numbers."""


def _figures(warehouse: Warehouse, instance: str) -> dict[str, Decimal]:
    """Rows of each table, and what each of its columns adds up to."""
    figures = {}
    for table, columns in warehouse.rows(FIGURES):
        sums = [f"sum({name})" for name in columns or []]
        ((rows, *totals),) = warehouse.rows(
            f"select {', '.join(['count(*)', *sums])} from {table}"
            f" where source_instance = '{instance}'"
        )
        figures[table] = Decimal(rows)
        figures |= {
            f"{table}.{name}": Decimal(total or 0)
            for name, total in zip(columns or [], totals, strict=True)
        }
    return figures


@pytest.mark.drawn(1, of="installations and copies")
def test_a_copied_installation_is_counted_beside_the_other_where_that_is_meant(
    copy_of_sample: Warehouse,
) -> None:
    warehouse = copy_of_sample
    alone = _figures(warehouse, "main")
    assert alone["analytics.fct_cost_daily.billed_cost_usd"] > 100
    warehouse.execute("create schema second")
    for name, table in tables().items():
        warehouse.execute(f"create table second.{name} as from raw_{table.source}.{name}")
    # with the tests of all keys
    schemas = {f"{source}_schema": "second" for source in NAMES}
    under_another_name = {"source_instance": "eu", **schemas}
    said = refusal(warehouse.dbt("build", **under_another_name))
    assert "are already recorded for the installation 'main'" in said
    assert "keep its old name (source_instance: main)" in said
    assert _figures(warehouse, "main") == alone
    warehouse.build(**under_another_name, allow_copied_installation=True)
    assert _figures(warehouse, "main") == alone
    # which usage has the last digit of a bill's line depends on its key; so does what is expected
    assert _figures(warehouse, "eu") == pytest.approx(alone, abs=Decimal("0.0001"))
    validated = warehouse.tokenmart("validate")
    assert validated.returncode == 0, validated.stdout + validated.stderr

    # the way of docs/your-own-tables.md to forget a name that was given by mistake
    for (ledger,) in warehouse.rows(
        "select table_name from information_schema.tables where table_schema = 'analytics_ledger'"
    ):
        warehouse.execute(f"delete from analytics_ledger.{ledger} where source_instance = 'eu'")
    assert warehouse.dbt("run", "--full-refresh").returncode == 0
    assert _figures(warehouse, "main") == alone
    assert {*_figures(warehouse, "eu").values()} == {0}
