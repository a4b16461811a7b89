"""The dbt of the tests does what dbt does: the long tier compares them."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from both_engines import NOT_COMPARED
from conftest import ORG, uuid
from dbt_process import UNSEEN, run_dbt
from draw import EVERYTHING
from postgres import PostgresWarehouse
from test_variables import OTHER_VALUES
from warehouses import ROOT, Warehouse

pytestmark = pytest.mark.skipif(not EVERYTHING, reason="of the long tier")

AS_OF = "2025-06-01 00:00:00"


def _manifest(warehouse: Warehouse) -> Any:
    """What dbt wrote of the project, without when and for which database."""
    text = (warehouse.folder / "target" / "manifest.json").read_text(encoding="utf-8")
    if isinstance(warehouse, PostgresWarehouse):
        text = text.replace(warehouse.database, "warehouse")
    found = json.loads(text)
    del found["metadata"]
    for node in found["nodes"].values():
        # the variables say how often a model is asked for, and which macros are called
        if "refs" in node:
            node["refs"] = sorted({json.dumps(ref) for ref in node["refs"]})
        # a run adds those of tests
        node["depends_on"].pop("macros", None)
    for name in ("child_map", "group_map", "parent_map"):
        found[name] = {key: sorted(ids) for key, ids in found[name].items()}
    return _undated(found)


def _undated(value: Any) -> Any:
    if isinstance(value, dict):
        # the order of tags is that of a set, and compiled SQL is compared as files
        ignored = {"created_at", "tags", "build_path", "compiled", "compiled_code", "compiled_path"}
        # a run numbers the hooks
        ignored |= {"extra_ctes", "extra_ctes_injected", "index"}
        return {key: _undated(each) for key, each in value.items() if key not in ignored}
    return [_undated(each) for each in value] if isinstance(value, list) else value


RUN_ID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def _compiled(warehouse: Warehouse) -> dict[str, str]:
    folder = warehouse.folder / "target" / "compiled"
    name = warehouse.database if isinstance(warehouse, PostgresWarehouse) else "warehouse"
    texts = {path: path.read_text("utf-8") for path in folder.rglob("*.sql")}
    given = {path.stem for part in ("models", "seeds") for path in (ROOT / part).rglob("*.*")}
    return {
        # each run has an id of its own
        str(path.relative_to(folder)): re.sub(RUN_ID, "", text.replace(name, "warehouse"))
        for path, text in texts.items()
        # several unit tests write one file of the rows that a model is given, in any order; each
        # test's own file has them, too
        if not (path.parent.suffix == ".yml" and path.stem in given)
        # what is kept of a run has its times
        and path.name != "tokenmart-on-run-end-2.sql"
    }


def _rows(warehouse: Warehouse) -> dict[str, list[str]]:
    found = {}
    for schema, table, columns in warehouse.rows(
        "select table_schema, table_name, string_agg(column_name, ',' order by column_name) "
        "from information_schema.columns"
        " where table_schema like 'analytics%' and table_name <> 'audit_runs' group by 1, 2"
    ):
        names = ", ".join(f'"{name}"' for name in columns.split(",") if name not in NOT_COMPARED)
        found[f"{schema}.{table}"] = sorted(
            map(str, warehouse.rows(f"select {names} from {schema}.{table}"))
        )
    return found


def _said(output: str) -> list[str]:
    """Its lines in any order, without times, places and what is said of a parse."""
    of_parse = r"\[WARNING\]: Constraint types.*?ignore\s+this\s+warning\."
    output = re.sub(of_parse, "", output, flags=re.DOTALL)
    timeless = re.sub(r"\d\d:\d\d:\d\d|\d+\.\d+ ?s\w*|\d+ of \d+|in \d+ hours.*|/\S+", "", output)
    lines = (line.strip() for line in timeless.splitlines() if "partial pars" not in line)
    return sorted(line for line in lines if line)


def test_a_fork_says_and_writes_what_dbt_does(
    either_warehouse: Warehouse, tmp_path: Path, event: Any, record: Any
) -> None:
    if isinstance(either_warehouse, PostgresWarehouse):
        other: Warehouse = PostgresWarehouse(tmp_path / "other", either_warehouse.server)
    else:
        other = Warehouse(tmp_path / "other")
    both = (either_warehouse, other)
    for warehouse in both:
        warehouse.keeps_compiled = True
        warehouse.create_sources()
        warehouse.insert("provider_keys", {"id": 1, "provider": "openai"})
        warehouse.insert("organizations", {"id": ORG, "name": "Acme"})
        warehouse.insert("usage_events", event(1), event(2, tokens_in=-1), event(3))
        warehouse.insert("usage_records", record(1), record(2, quantity=-1))
        metric = {"id": uuid(1), "timestamp": "2025-01-01 10:00:00+00", "input_tokens": 5}
        warehouse.insert("voice_usage_metrics", metric | {"event_type": "response_complete"})
    days = {"start_date": "2025-01-01", "max_quantity": 50, "as_of": AS_OF}
    for command in (
        ["build", "--vars", json.dumps({"as_of": AS_OF})],
        ["build", "--selector", "daily", "--vars", json.dumps({"as_of": AS_OF})],
        ["run", "--select", "dim_date", "--vars", json.dumps({"reporting_timezone": "Mars"})],
        ["build", "--vars", json.dumps({"reporting_timezone": "Asia/Tokyo", "as_of": AS_OF})],
        ["build", "--full-refresh", "--vars", json.dumps({"max_quantity": 50, "as_of": AS_OF})],
        ["run", "--vars", json.dumps(days)],
    ):
        forked, plain = (
            run_dbt(
                ["--no-use-colors", *command, "--threads", "1"],
                ROOT,
                warehouse.environment,
                plainly=warehouse is other,
            )
            for warehouse in both
        )
        assert forked.returncode == plain.returncode
        assert _said(forked.stdout) == _said(plain.stdout)
        assert _manifest(either_warehouse) == _manifest(other)
        assert _compiled(either_warehouse) == _compiled(other)
        assert _rows(either_warehouse) == _rows(other)


def test_parsing_does_not_see_the_variables_that_share_a_parse(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    others = Warehouse(tmp_path / "others")
    warehouse.dbt("parse")
    others.dbt("parse", **{name: OTHER_VALUES[name] for name in UNSEEN})
    assert _manifest(warehouse) == _manifest(others)
