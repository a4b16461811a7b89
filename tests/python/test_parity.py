"""The same sources give the same rows, digit for digit, on DuckDB, DuckLake and a real Postgres.

TOKENMART_TEST_SEEDS and TOKENMART_TEST_POSTGRES_VERSIONS, such as 3,4,5 and 15,16, ask for more odd
sources, each on all of these servers, than every run of the tests compares.
"""

import json
import os
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest
from both_engines import assert_same, build_odd_sources, on_each
from draw import EVERYTHING, drawn
from lakes import CAN_OPEN, LakeWarehouse
from odd_sources import OddSources
from postgres import PostgresWarehouse, Server, can_serve
from warehouses import ROOT, Warehouse

from tokenmart.land import land
from tokenmart.project import Project
from tokenmart.trace import FileFormat, convert_traces

AS_OF = "2026-11-20 00:00:00"
SEEDS = os.environ.get("TOKENMART_TEST_SEEDS")
VERSIONS = os.environ.get("TOKENMART_TEST_POSTGRES_VERSIONS", "18")
OLDEST = "15" if can_serve(15) else "16"
ODD = (
    [*product(SEEDS.split(","), VERSIONS.split(","))]
    if SEEDS
    else drawn("odd sources", [("1", "18"), ("2", OLDEST), ("3", "18"), ("4", OLDEST)], 1)
)
"""Seeds of odd sources, and the version of Postgres to compare them on.

The long tier, and who asks for seeds, compare a DuckLake too, with its catalog on that server.
"""
WITH_LAKE = CAN_OPEN and (EVERYTHING or SEEDS)

TRACES = ROOT / os.environ.get("TOKENMART_TEST_DATA", "../shared/data") / "azure_llm_2023"


def test_every_model_holds_the_same_rows_on_both_engines(
    sample_build: Warehouse, postgres_warehouse: PostgresWarehouse, tmp_path: Path
) -> None:
    duckdb_side = Warehouse(tmp_path / "duckdb")
    duckdb_side.path.write_bytes(sample_build.path.read_bytes())
    duckdb_side.build("--full-refresh", as_of=AS_OF, reset_ledger="forget_everything")

    postgres_warehouse.create_sources(constraints=False)
    postgres_warehouse.copy_sources(duckdb_side)
    postgres_warehouse.build(unit_tests=True, as_of=AS_OF)
    assert_same(duckdb_side, postgres_warehouse)
    assert _lines_of_no_reconciliation(duckdb_side) == []
    ours, theirs = (_status(side) for side in (duckdb_side, postgres_warehouse))
    assert ours == theirs
    ours, theirs = (_page(side, tmp_path) for side in (duckdb_side, postgres_warehouse))
    assert ours == theirs


def _lines_of_no_reconciliation(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    """Rows of the reconciliation with another bill than the lines that name them."""
    return warehouse.rows(
        """
        select *
        from (
            select
                source_instance, usage_date_utc, provider,
                reconciled_project_id, reconciled_api_key_id,
                sum(billed_cost_usd) as billed_cost_usd
            from analytics.mart_bill_lines
            group by all
        ) as lines
        full join (
            select
                source_instance, usage_date_utc, provider, project_id as reconciled_project_id,
                openai_api_key_id as reconciled_api_key_id, billed_cost_usd as reconciled_usd
            from analytics.mart_cost_reconciliation_daily
            where line_count > 0
        ) as reconciled
            on lines.source_instance = reconciled.source_instance
            and lines.usage_date_utc = reconciled.usage_date_utc
            and lines.provider is not distinct from reconciled.provider
            and lines.reconciled_project_id is not distinct from reconciled.reconciled_project_id
            and lines.reconciled_api_key_id is not distinct from reconciled.reconciled_api_key_id
        where billed_cost_usd is distinct from reconciled_usd
        """
    )


def _page(warehouse: Warehouse, folder: Path) -> str:
    """What `tokenmart report` writes, but for when the warehouse was built."""
    path = folder / "report.html"
    result = warehouse.tokenmart("report", "--out", str(path))
    assert result.returncode == 0, result.stderr
    return re.sub(r"was built [\d :-]+ UTC", "", path.read_text(encoding="utf-8"))


def _status(warehouse: Warehouse) -> dict[str, Any]:
    """What a monitor is told, without the moments of each run."""
    told = json.loads(warehouse.tokenmart("status", "--json").stdout)
    assert told["build"]["outcome"] == "success"
    of_the_run = ("build", "problems")
    sources = [{**each, "age_hours": None} for each in told["sources"]]
    return {name: value for name, value in told.items() if name not in of_the_run} | {
        "sources": sources
    }


def _traces(folder: Path) -> list[Path]:
    """The real traces where they are, else a file that looks like them."""
    if TRACES.is_dir():
        return sorted(TRACES.glob("*.csv"))
    random = Random(1)
    moments = sorted(random.randrange(10 * 86_400 * 10**7) for _ in range(2000))
    start = datetime(2023, 11, 11)
    lines = [
        # of a second they keep seven digits
        f"{start + timedelta(seconds=moment // 10**7)}.{moment % 10**7:07},"
        f"{random.randrange(8000)},{random.randrange(1, 500)}"
        for moment in moments
    ]
    path = folder / "made.csv"
    path.write_text("\n".join(["TIMESTAMP,ContextTokens,GeneratedTokens", *lines]) + "\n")
    return [path]


def test_traces_give_the_same_rows_on_both_engines(
    postgres_warehouse: PostgresWarehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "usage"
    traces = convert_traces(
        _traces(tmp_path),
        out,
        model="gpt-5.4",
        provider="azure",
        file_format=FileFormat.parquet,
    )
    duckdb_side = Warehouse(tmp_path / "duckdb")
    for name, value in duckdb_side.environment.items():
        monkeypatch.setenv(name, value)
    duckdb_side.create_sources("agents", "voice", "billing")
    land(Project(ROOT), out)
    postgres_warehouse.create_sources(constraints=False)
    postgres_warehouse.copy_sources(duckdb_side)
    on_each(
        [duckdb_side, postgres_warehouse], "build", as_of=AS_OF, reporting_timezone="Asia/Tokyo"
    )
    assert_same(duckdb_side, postgres_warehouse)
    assert duckdb_side.rows(
        """
        select sum(record_count), sum(input_tokens), sum(output_tokens)
        from analytics.fct_cost_daily
        """
    ) == [
        (
            sum(trace.requests for trace in traces),
            sum(trace.tokens_in for trace in traces),
            sum(trace.tokens_out for trace in traces),
        )
    ]


@pytest.mark.parametrize(("seed", "version"), ODD)
def test_odd_sources_give_the_same_rows_on_every_engine_run_after_run(
    serve_postgres: Callable[[int], Server], tmp_path: Path, seed: str, version: str
) -> None:
    sources = OddSources(int(seed))
    server = serve_postgres(int(version))
    duckdb_side = Warehouse(tmp_path / "duckdb")
    postgres_side = PostgresWarehouse(tmp_path / "postgres", server)
    lake = LakeWarehouse(tmp_path / "ducklake", server) if WITH_LAKE else None
    build_odd_sources(duckdb_side, postgres_side, sources, lake)
    assert_same(duckdb_side, postgres_side)
    if lake:
        assert_same(duckdb_side, lake)
    assert _lines_of_no_reconciliation(duckdb_side) == []
    assert duckdb_side.rows(
        """
        select
            (select count(distinct quarantine_reasons) from analytics.quarantine_usage_records),
            (select sum(rows_counted) from analytics.audit_usage_conservation)
        """
    ) > [(10, 1000)]
