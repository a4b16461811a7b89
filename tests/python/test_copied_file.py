"""A DuckDB file may be copied, renamed and attached: its catalog is called by the file."""

import shutil
from pathlib import Path

import duckdb
import pytest
from refusals import refusal
from warehouses import Warehouse

VIEWS = """
    select schema_name || '.' || view_name from duckdb_views()
    where database_name = current_database() and schema_name like 'analytics%'
    order by 1
"""


@pytest.mark.drawn(1, of="installations and copies")
def test_a_renamed_file_is_built_and_its_copies_are_read_apart(
    copy_of_sample: Warehouse, tmp_path: Path
) -> None:
    warehouse = copy_of_sample
    warehouse.path = warehouse.path.rename(warehouse.folder / "renamed.duckdb")
    warehouse.build()
    validated = warehouse.tokenmart("validate")
    assert validated.returncode == 0, validated.stdout + validated.stderr

    views = [view for (view,) in warehouse.rows(VIEWS)]
    assert len(views) > 20
    rows = {view: warehouse.value(f"select count(*) from {view}") for view in views}
    shutil.copy(warehouse.path, tmp_path / "other.duckdb")
    warehouse.execute("delete from analytics.fct_voice_usage_daily")
    with duckdb.connect() as session:
        session.execute(f"attach '{tmp_path}/other.duckdb'; attach '{warehouse.path}' as first")
        for view in views:
            ((number,),) = session.sql(f"select count(*) from other.{view}").fetchall()
            assert number == rows[view], view
        ((number,),) = session.sql("select count(*) from first.analytics.fct_cost_daily").fetchall()
        assert number < rows["analytics.fct_cost_daily"]


@pytest.mark.parametrize("name", ["analytics", "Raw_Provider", "analytics_ledger", "main"])
def test_a_file_called_like_a_schema_is_refused(sources: Warehouse, name: str) -> None:
    sources.path = sources.path.rename(sources.folder / f"{name}.duckdb")
    expected = f"has the same name as its schema {name.lower()}"
    for command in ("build", "summary"):
        assert expected in refusal(sources.tokenmart(command))
    if name != "main":
        # which DuckDB itself calls otherwise, so that dbt does not find it
        assert expected in refusal(sources.dbt("build"))
