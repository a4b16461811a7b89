"""Which files and columns ``tokenmart land`` takes."""

from datetime import datetime
from pathlib import Path

import pytest
from landing import EVENT, UUID_1, query, write_events

from tokenmart.errors import UserError
from tokenmart.land import land
from tokenmart.project import Project
from tokenmart.schema import tables


def test_a_csv_file_lands_in_the_table_that_it_is_named_after(
    project: Project, folder: Path
) -> None:
    write_events(folder, "1,7,gpt-4o,2024-05-01 10:00:00")
    (landed,) = land(project, folder)
    assert (landed.table, landed.rows) == ("raw_provider.usage_events", 1)
    assert query(project, f"select {EVENT} from raw_provider.usage_events") == [
        (1, 7, "gpt-4o", datetime(2024, 5, 1, 10))
    ]


def test_a_raw_schema_is_named_by_the_project(project: Project, folder: Path) -> None:
    (folder / "voice_usage_metrics.csv").write_text(f"id\n{UUID_1}\n")
    (landed,) = land(project, folder)
    assert landed.table == "speech.voice_usage_metrics"


def test_a_data_file_without_a_source_table_is_named_and_left_out(
    project: Project, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_events(folder)
    (folder / "events.csv").write_text("a\n1\n")
    (folder / "usage_records.sql").write_bytes(b"")
    (folder / "agents-notes.csv").write_text("a\n1\n")
    (folder / "README.md").write_text("")
    land(project, folder)
    warnings = capsys.readouterr().err
    assert "events.csv is not landed: there is no source table events" in warnings
    assert "usage_records.sql is not landed" in warnings
    assert "agents-notes.csv is not landed" in warnings
    assert "README" not in warnings


def test_columns_match_whatever_their_case_order_and_surrounding_spaces(
    project: Project, folder: Path
) -> None:
    write_events(folder, "gpt-4o,2024-05-01,7,1", header="\ufeffModel, TIMESTAMP ,KEY_ID,id ")
    land(project, folder)
    assert query(project, f"select {EVENT} from raw_provider.usage_events") == [
        (1, 7, "gpt-4o", datetime(2024, 5, 1))
    ]


def test_raw_tables_have_the_columns_and_types_of_the_source(
    project: Project, folder: Path
) -> None:
    for name, table in tables().items():
        (folder / f"{name}.csv").write_text(",".join(table.column_names) + "\n")
    land(project, folder)
    for name, table in tables().items():
        schema = project.source_schema(table.source)
        landed = query(project, f"describe {schema}.{name}")
        assert [row[0] for row in landed] == list(table.column_names)
        assert all(row[2] == "YES" for row in landed)
    types = dict(row[:2] for row in query(project, "describe raw_provider.usage_events"))
    assert types["id"] == "BIGINT"
    assert types["cost_estimate"] == "DECIMAL(10,6)"
    assert types["timestamp"] == "TIMESTAMP"
    assert types["batch"] == "BOOLEAN"
    types = dict(row[:2] for row in query(project, "describe raw_agents.usage_records"))
    assert (types["id"], types["quantity"], types["metadata"]) == ("UUID", "BIGINT", "JSON")
    types = dict(row[:2] for row in query(project, "describe speech.voice_usage_metrics"))
    assert types["timestamp"] == "TIMESTAMP WITH TIME ZONE"
    types = dict(row[:2] for row in query(project, "describe raw_billing.provider_costs"))
    assert (types["usage_date"], types["quantity"]) == ("DATE", "DECIMAL(38,9)")


def test_a_missing_optional_column_is_null_and_an_unknown_one_is_named(
    project: Project, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_events(folder, "1,7,gpt-4o,2024-05-01,x", header=f"{EVENT},colour")
    land(project, folder)
    assert query(project, "select tokens_in, batch from raw_provider.usage_events") == [
        (None, None)
    ]
    assert "usage_events.csv: unknown column colour; left out." in capsys.readouterr().err


def test_a_missing_required_column_is_refused(project: Project, folder: Path) -> None:
    write_events(folder, "1,gpt-4o,x", header="id,model,time")
    with pytest.raises(UserError) as refusal:
        land(project, folder)
    assert str(refusal.value) == (
        "usage_events.csv lacks the required columns key_id, timestamp. "
        "It has columns that are not known: time."
    )


@pytest.mark.parametrize("header", [f"{EVENT},id", f"{EVENT}, Model "])
def test_a_column_that_is_there_twice_is_refused(
    project: Project, folder: Path, header: str
) -> None:
    write_events(folder, "1,7,gpt-4o,2024-05-01,2", header=header)
    with pytest.raises(UserError, match=r"usage_events\.csv has the column (id|model) twice"):
        land(project, folder)


def test_a_null_in_a_required_column_lands_for_the_build_to_quarantine(
    project: Project, folder: Path
) -> None:
    write_events(folder, "1,,gpt-4o,", ",7,,2024-05-01")
    land(project, folder)
    assert query(project, f"select {EVENT} from raw_provider.usage_events") == [
        (1, None, "gpt-4o", None),
        (None, 7, None, datetime(2024, 5, 1)),
    ]


def test_of_many_unknown_columns_the_first_are_named(
    project: Project, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unknown = ["x" * 500, *map("c{}".format, range(1, 1000))]
    write_events(folder, "1,7,m,2024-05-01" + ",1" * 1000, header=",".join([EVENT, *unknown]))
    land(project, folder)
    said = capsys.readouterr().err
    assert f"unknown columns {'x' * 80}…, c1, c2, c3, c4, c5, c6, c7, c8, c9 and 990 more;" in said
    assert len(said) < 400
