"""``tokenmart land``: files become raw tables of the right types, all of them or none."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import pytest
import typer
from hypothesis import example, given
from hypothesis import strategies as st
from typer.testing import CliRunner

from tokenmart.commands import land as command
from tokenmart.errors import UserError
from tokenmart.land import land
from tokenmart.land.convert import conversion
from tokenmart.project import Project
from tokenmart.schema import Column, tables
from tokenmart.warehouse import connect

EVENT = "id,key_id,model,timestamp"
UUID_1 = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "dbt_project.yml").write_text("profile: tokenmart\nvars: {voice_schema: speech}\n")
    (tmp_path / "profiles.yml").write_text(
        "tokenmart: {target: dev, outputs: {dev: {type: duckdb, path: warehouse.duckdb}}}\n"
    )
    return Project(tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "delivery"
    path.mkdir()
    return path


def write_events(folder: Path, *rows: str, header: str = EVENT) -> Path:
    path = folder / "usage_events.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def write_parquet(path: Path, query: str) -> None:
    duckdb.connect().execute(f"copy ({query}) to '{path}' (format parquet)")


def query(project: Project, sql: str) -> list[tuple[Any, ...]]:
    with connect(project.duckdb_path, read_only=True) as connection:
        return connection.execute(sql).fetchall()


def column_of(table: str, name: str) -> Column:
    return tables()[table].column(name)


@pytest.fixture(scope="module")
def session() -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(Path(":memory:")) as connection:
        yield connection


def convert(session: duckdb.DuckDBPyConnection, column: Column, text: str) -> Any:
    """The value of ``text``, or the complaint about it."""
    its = conversion(column, "text")
    row = session.execute(
        f"select {its.value}, {its.is_refused}, {its.complaint} from (select ?::varchar as text)",
        [text],
    ).fetchone()
    assert row is not None
    value, is_refused, complaint = row
    return complaint if is_refused else value


# Which file is which table


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
    (folder / "usage_records.csv.gz").write_bytes(b"")
    (folder / "README.md").write_text("")
    land(project, folder)
    warnings = capsys.readouterr().err
    assert "events.csv is not landed: there is no source table events" in warnings
    assert "usage_records.csv.gz is not landed" in warnings
    assert "README" not in warnings


def test_a_folder_without_data_is_refused(project: Project, folder: Path) -> None:
    (folder / "README.md").write_text("")
    with pytest.raises(UserError, match=r"no data file in .*usage_events"):
        land(project, folder)


def test_a_missing_folder_is_refused(project: Project, folder: Path) -> None:
    with pytest.raises(UserError, match=r"There is no folder .*missing"):
        land(project, folder / "missing")


def test_two_files_for_one_table_are_refused(project: Project, folder: Path) -> None:
    write_events(folder)
    (folder / "usage_events.ndjson").write_text("")
    with pytest.raises(UserError, match=r"usage_events\.csv and usage_events\.ndjson"):
        land(project, folder)


# Columns


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
    assert types["id"] == "INTEGER"
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


def test_a_file_with_none_of_its_columns_is_refused(project: Project, folder: Path) -> None:
    (folder / "provider_costs.csv").write_text("usage_date;amount_usd\n2024-05-01;1\n")
    with pytest.raises(
        UserError, match=r"provider_costs\.csv has none of the columns of its table"
    ):
        land(project, folder)


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


# What a text means


def test_an_unquoted_empty_csv_field_is_null_and_a_quoted_one_is_empty_text(
    project: Project, folder: Path
) -> None:
    write_events(
        folder,
        '1,7,gpt-4o,2024-05-01,,""',
        '2,7,gpt-4o,2024-05-01,"",',
        header=f"{EVENT},project_id,tokens_in",
    )
    land(project, folder)
    assert query(project, "select project_id, tokens_in from raw_provider.usage_events") == [
        (None, None),
        ("", None),
    ]


def test_text_lands_as_it_is(project: Project, folder: Path) -> None:
    write_events(folder, '1,7,"a ""b""\n, é ",2024-05-01', "2,7, NULL ,2024-05-01")
    land(project, folder)
    assert query(project, "select model from raw_provider.usage_events") == [
        ('a "b"\n, é ',),
        (" NULL ",),
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("-12.0", -12),
        (" +7. ", 7),
        ("2147483647", 2147483647),
        ("", None),
        ("12.5", "is not an integer"),
        ("1e3", "is not an integer"),
        ("abc", "is not an integer"),
        ("0x10", "is not an integer"),
        ("1_000", "is not an integer"),
        ("1,000", "is not an integer"),
        ("nan", "is not an integer"),
        ("true", "is not an integer"),
        ("2147483648", "is out of range for int"),
        ("-99999999999999999999", "is out of range for int"),
    ],
)
def test_an_integer_is_a_whole_number_in_range(
    session: duckdb.DuckDBPyConnection, text: str, value: object
) -> None:
    assert convert(session, column_of("usage_events", "tokens_in"), text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.000125", Decimal("0.000125")),
        ("-9999.999999", Decimal("-9999.999999")),
        ("1.25e-4", Decimal("0.000125")),
        ("5E+1", Decimal(50)),
        (".5", Decimal("0.5")),
        ("0.0000005", Decimal("0.000001")),
        ("-0.0000005", Decimal("-0.000001")),
        ("0.00000049999", Decimal(0)),
        ("9999.9999995", "is out of range for decimal(10, 6)"),
        ("10.4954909e3", "is out of range for decimal(10, 6)"),
        ("1e999", "is out of range for decimal(10, 6)"),
        ("NaN", "is not a decimal number"),
        ("inf", "is not a decimal number"),
        ("Infinity", "is not a decimal number"),
        ("1e", "is not a decimal number"),
        (".", "is not a decimal number"),
        ("$1", "is not a decimal number"),
        ("1,5", "is not a decimal number"),
    ],
)
def test_a_decimal_is_exact_and_in_range(
    session: duckdb.DuckDBPyConnection, text: str, value: object
) -> None:
    assert convert(session, column_of("usage_events", "cost_estimate"), text) == value


@given(
    sign=st.sampled_from(["", "-", "+"]),
    whole=st.text("0123456789", min_size=1, max_size=16),
    part=st.text("0459", max_size=16),
    exponent=st.none() | st.integers(-12, 12),
)
@example(sign="-", whole="94", part="550099", exponent=-12)
@example(sign="", whole="46953", part="", exponent=-4)
def test_a_decimal_rounds_like_exact_arithmetic(
    session: duckdb.DuckDBPyConnection, sign: str, whole: str, part: str, exponent: int | None
) -> None:
    text = f"{sign}{whole}.{part}" + ("" if exponent is None else f"e{exponent}")
    exact = Decimal(text).quantize(
        Decimal("0.000001"), rounding=ROUND_HALF_UP, context=Context(prec=100)
    )
    fits = abs(exact) < 10**12
    value = convert(session, column_of("provider_costs", "amount_usd"), text)
    assert value == (exact if fits else "is out of range for decimal(18, 6)")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2023-11-16 23:59:59.9999999", "2023-11-16 23:59:59.999999"),
        ("2023-11-16T23:59:59.99999999999999Z", "2023-11-16 23:59:59.999999"),
        ("2023-11-16 18:17:03.5", "2023-11-16 18:17:03.500000"),
        ("2023-11-16 01:00:00+02", "2023-11-15 23:00:00"),
        ("2023-11-16T01:00:00.25+02:00", "2023-11-15 23:00:00.250000"),
        ("2023-11-16 01:00:00-0530", "2023-11-16 06:30:00"),
        ("2023-11-16 01:00:00 UTC", "2023-11-16 01:00:00"),
        ("2023-11-16 18:17", "2023-11-16 18:17:00"),
        ("2023-11-16", "2023-11-16 00:00:00"),
    ],
)
def test_a_timestamp_is_utc_to_the_microsecond_and_never_rounded(
    session: duckdb.DuckDBPyConnection, text: str, value: str
) -> None:
    moment = datetime.fromisoformat(value)
    assert convert(session, column_of("usage_events", "timestamp"), text) == moment
    zoned = convert(session, column_of("voice_usage_metrics", "timestamp"), text)
    assert zoned.astimezone(UTC) == moment.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "1700000000",
        "20231116",
        "infinity",
        "epoch",
        "now",
        "16.11.2023",
        "11/16/2023",
        "0000-01-01",
        "2023-11-16 10",
        "2023-11-16 10:00:00+25",
        "2023-11-16 10:00:00 Europe/Berlin",
        "2023-11-16 10:00:00 (BC)",
    ],
)
def test_what_is_not_an_iso_timestamp_is_refused(
    session: duckdb.DuckDBPyConnection, text: str
) -> None:
    complaint = "is not a timestamp (YYYY-MM-DD HH:MM:SS)"
    assert convert(session, column_of("usage_events", "timestamp"), text) == complaint


@pytest.mark.parametrize("text", ["2023-02-30", "2023-13-01 00:00:00", "2023-01-01 25:00:00"])
def test_a_timestamp_that_no_calendar_has_is_refused(
    session: duckdb.DuckDBPyConnection, text: str
) -> None:
    complaint = "is out of range for timestamp"
    assert convert(session, column_of("usage_events", "timestamp"), text) == complaint


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2024-02-29", date(2024, 2, 29)),
        ("2024-02-29 00:00:00", date(2024, 2, 29)),
        ("2023-02-29", "is out of range for date"),
        ("2024-02-29 10:00:00", "is not a date (YYYY-MM-DD)"),
        ("45351", "is not a date (YYYY-MM-DD)"),
    ],
)
def test_a_date_is_a_day(session: duckdb.DuckDBPyConnection, text: str, value: object) -> None:
    assert convert(session, column_of("provider_costs", "usage_date"), text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("T", True), ("1", True), ("False", False), ("f", False), ("0", False)],
)
def test_a_boolean_is_read_in_any_case(
    session: duckdb.DuckDBPyConnection, text: str, value: bool
) -> None:
    assert convert(session, column_of("usage_events", "batch"), text) is value


@pytest.mark.parametrize("text", ["yes", "2", "tru", "-1"])
def test_other_words_are_no_boolean(session: duckdb.DuckDBPyConnection, text: str) -> None:
    complaint = "is not a boolean (true, false, t, f, 1 or 0)"
    assert convert(session, column_of("usage_events", "batch"), text) == complaint


def test_a_uuid_is_read_in_any_case(session: duckdb.DuckDBPyConnection) -> None:
    column = column_of("usage_records", "id")
    assert convert(session, column, UUID_1.upper()) == UUID(UUID_1)
    assert convert(session, column, UUID_1[:-1]) == "is not a UUID"


@pytest.mark.parametrize("text", ['{"a": [1, "NaN, ]"]}', "null", '"x"', "1.10"])
def test_json_lands_as_it_is_written(session: duckdb.DuckDBPyConnection, text: str) -> None:
    assert convert(session, column_of("usage_records", "metadata"), text) == text


@pytest.mark.parametrize(
    "text", ["{", "{'a': 1}", '{"a": NaN}', "-Infinity", "[1, ]", '{"a": 1,}', "hello", "{} {}"]
)
def test_what_postgres_would_not_take_as_json_is_refused(
    session: duckdb.DuckDBPyConnection, text: str
) -> None:
    assert convert(session, column_of("usage_records", "metadata"), text) == "is not valid JSON"


def test_a_text_longer_than_its_column_is_refused(session: duckdb.DuckDBPyConnection) -> None:
    column = column_of("usage_records", "token_source")
    assert convert(session, column, "é" * 20) == "é" * 20
    assert convert(session, column, "é" * 21) == "is longer than 20 characters"


def test_rounded_decimals_are_counted(
    project: Project, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        f"{i},7,m,2024-05-01,{cost}" for i, cost in enumerate(["1.0000005", "1e-7", "1.10000000"])
    ]
    write_events(folder, *rows, header=f"{EVENT},cost_estimate")
    land(project, folder)
    assert query(project, "select cost_estimate from raw_provider.usage_events") == [
        (Decimal("1.000001"),),
        (Decimal(0),),
        (Decimal("1.1"),),
    ]
    assert "usage_events.csv, column cost_estimate: 2 values have more" in capsys.readouterr().err


# Refusals


def test_the_first_value_that_is_not_of_its_type_is_named_for_each_column(
    project: Project, folder: Path
) -> None:
    write_events(
        folder,
        "1,7,gpt-4o,2024-05-01,5",
        "2,7,gpt-4o,yesterday,5",
        "3,7,gpt-4o,today,abc",
        header=f"{EVENT},tokens_in",
    )
    with pytest.raises(UserError) as refusal:
        land(project, folder)
    assert str(refusal.value).splitlines() == [
        "usage_events.csv, row 3, column tokens_in: 'abc' is not an integer",
        "usage_events.csv, row 2, column timestamp: 'yesterday' is not a timestamp "
        "(YYYY-MM-DD HH:MM:SS) (2 such values in this column)",
    ]


def test_at_most_ten_columns_are_complained_of(project: Project, folder: Path) -> None:
    names = [c.name for c in tables()["usage_events"].columns if c.sql_type("duckdb") == "int"]
    write_events(
        folder,
        ",".join("x" * len(names)) + ",a,2024-05-01,1",
        header=",".join([*names, "model", "timestamp", "id"]),
    )
    with pytest.raises(UserError) as refusal:
        land(project, folder)
    lines = str(refusal.value).splitlines()
    assert len(lines) == 11
    assert lines[-1] == f"… and so in {len(names) - 10} more columns"


def test_a_long_value_is_shortened_and_control_characters_are_not_printed(
    project: Project, folder: Path
) -> None:
    write_events(folder, f"1,7,gpt-4o,\x1b[31m{'9' * 200}")
    with pytest.raises(UserError) as refusal:
        land(project, folder)
    assert f"'\\x1b[31m{'9' * 75}…'" in str(refusal.value)


def test_a_secret_value_is_not_shown(project: Project, folder: Path) -> None:
    (folder / "organizations.csv").write_text(f"id,settings\n{UUID_1},hunter2\n")
    with pytest.raises(UserError) as refusal:
        land(project, folder)
    assert str(refusal.value) == (
        "organizations.csv, row 1, column settings: the value (secret, not shown) is not valid JSON"
    )


def test_the_row_is_right_in_a_file_that_is_read_by_several_threads(
    project: Project, folder: Path
) -> None:
    rows = [f"{i},7,{'m' * 200},2024-05-01" for i in range(1, 400_001)]
    rows[399_998] = "x,7,m,2024-05-01"
    write_events(folder, *rows)
    with pytest.raises(UserError, match="row 399999, column id: 'x' is not an integer"):
        land(project, folder)


UNREADABLE = {
    "ragged": (b"id,key_id,model,timestamp\n1,2,m,2024-05-01\n1,2\n", "line 3 has 2 values under"),
    "too wide": (b"id,key_id,model,timestamp\n1,2,m,2024-05-01,5,6\n", "line 2 has . values under"),
    "quote": (b'id,key_id,model,timestamp\n1,2,"m,2024-05-01\n', "line 2 has a quoted value"),
    "latin 1": (b"id,key_id,model,timestamp\n1,2,\xe9,2024-05-01\n", "not UTF-8"),
    "latin 1 later": (
        b"id,key_id,model,timestamp\n" + b"1,2,m,2024-05-01\n" * 9999 + b"1,2,\xe9,2024-05-01\n",
        "line 10001 has text that is not UTF-8",
    ),
    "utf 16": ("id,key_id,model,timestamp\n".encode("utf-16"), "not UTF-8"),
    "two line ends": (
        b"id,key_id,model,timestamp\n1,2,m,2024-05-01\r\n1,2,m,2024-05-01\n",
        "two ways",
    ),
    "empty": (b"", "has no header"),
    "blank header": (b"\nid,key_id,model,timestamp\n", "has no header"),
    "binary": (b"\x00\x01\x02\x00\n\x00", "lacks the required columns"),
    "huge row": (b"id,key_id,model,timestamp\n1,2," + b"x" * 3_000_000 + b",\n", "of more than"),
}


@pytest.mark.parametrize(("content", "sentence"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_malformed_csv_file_is_refused_in_one_sentence(
    project: Project, folder: Path, content: bytes, sentence: str
) -> None:
    (folder / "usage_events.csv").write_bytes(content)
    with pytest.raises(UserError, match=rf"usage_events\.csv .*{sentence}") as refusal:
        land(project, folder)
    assert len(str(refusal.value)) < 200
    assert not project.duckdb_path.exists()


def test_a_nul_character_in_a_text_lands(project: Project, folder: Path) -> None:
    write_events(folder, "1,7,a\x00b,2024-05-01")
    land(project, folder)
    assert query(project, "select model from raw_provider.usage_events") == [("a\x00b",)]


# JSON lines


def write_lines(folder: Path, name: str, *lines: str) -> None:
    (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def record(**members: object) -> str:
    required = {
        "id": UUID_1,
        "org_id": UUID_1,
        "resource_type": "llm_tokens",
        "quantity": 1,
        "cost_usd": 0,
        "period_start": "2024-05-01",
        "period_end": "2024-05-02",
        "created_at": "2024-05-03T10:00:00Z",
    }
    return json.dumps(required | members)


def test_json_lines_land_with_nested_values_as_their_json(project: Project, folder: Path) -> None:
    write_lines(
        folder,
        "usage_records",
        record(metadata={"model": "m", "input_tokens": 12}, token_source=None, cost_usd=1.5),
        "",
        record(metadata='{"model": "m"}', employee_id=None, token_source=""),
        record(quantity="7"),
    )
    land(project, folder)
    columns = "quantity, cost_usd, metadata, token_source, created_at"
    moment = datetime(2024, 5, 3, 10)
    assert query(project, f"select {columns} from raw_agents.usage_records") == [
        (1, Decimal("1.5"), '{"model":"m","input_tokens":12}', None, moment),
        (1, Decimal(0), '{"model": "m"}', "", moment),
        (7, Decimal(0), None, None, moment),
    ]


def test_a_json_number_keeps_every_digit(project: Project, folder: Path) -> None:
    write_lines(
        folder,
        "provider_costs",
        '{"amount_usd": 123456789012.345678, "quantity": 12345678901234567890123456789.123456789}',
        '{"amount_usd": 0.30000000000000004, "line_item": "a 12345678901234567890.5"}',
        '{"amount_usd": 1e-6, "quantity": 98765432109876543210}',
    )
    land(project, folder)
    columns = "amount_usd, quantity, line_item"
    assert query(project, f"select {columns} from raw_billing.provider_costs") == [
        (Decimal("123456789012.345678"), Decimal("12345678901234567890123456789.123456789"), None),
        (Decimal("0.3"), None, "a 12345678901234567890.5"),
        (Decimal("0.000001"), Decimal(98765432109876543210), None),
    ]


def test_long_numbers_do_not_change_what_else_the_object_holds(
    project: Project, folder: Path
) -> None:
    metadata = {"cost": 0.25, "tokens": 123456789012345678, "text": 'é "q"', "list": [1, None]}
    write_lines(folder, "usage_records", record(metadata=metadata, cost_usd=0.30000000000000004))
    land(project, folder)
    ((landed,),) = query(project, "select metadata from raw_agents.usage_records")
    assert json.loads(landed) == metadata


def test_an_empty_json_lines_file_is_an_empty_table(project: Project, folder: Path) -> None:
    (folder / "usage_events.jsonl").write_text("")
    assert [landed.rows for landed in land(project, folder)] == [0]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'{"id": 1}\n{"id":\n', "line 2 is not valid JSON"),
        (b'{"id": 1}\n\nhello\n', "line 3 is not valid JSON"),
        (b'{"id": "\xe9"}\n', "line 1 is not valid JSON"),
        (b'{"id": "a\x00"}\n', "line 1 is not valid JSON"),
        (b'{"id": "\\ud800"}\n', "low surrogate"),
        (b'[{"id": 1}]\n', "row 1 is not a JSON object"),
        (b'{"id": 1}\n\n7\n', "row 2 is not a JSON object"),
        (b'{"id": 1, "id": 2}\n', "two members id"),
        (b'{"id": 1}\n{"ID": 2}\n', "column id twice"),
        (b'{"id": 1}\n', "lacks the required columns key_id, model, timestamp"),
        (b"{}\n", "row 1 is not a JSON object with members"),
        (b'{"id": 1.2345678901234567, "x": [1,]}\n', "not valid JSON"),
    ],
)
def test_a_malformed_json_lines_file_is_refused_in_one_sentence(
    project: Project, folder: Path, content: bytes, sentence: str
) -> None:
    (folder / "usage_events.jsonl").write_bytes(content)
    with pytest.raises(UserError, match=rf"usage_events\.jsonl.*{sentence}"):
        land(project, folder)


# Parquet


def test_typed_parquet_columns_land_exactly(project: Project, folder: Path) -> None:
    write_parquet(
        folder / "usage_records.parquet",
        f"""
        select
            '{UUID_1}'::uuid as id, '{UUID_1}' as org_id, 'llm_tokens'::blob as resource_type,
            12::double as quantity, 0.1::double as cost_usd,
            '2023-11-16 23:59:59.999999999'::timestamp_ns as period_start,
            '2023-11-16 23:59:59+02'::timestamptz as period_end,
            date '2024-05-01' as created_at,
            {{'model': 'm', 'tokens': [1, 2]}} as metadata, null::integer as token_source
        """,
    )
    land(project, folder)
    ((row),) = query(
        project, "select * exclude (employee_id, agent_config_id) from raw_agents.usage_records"
    )
    assert row == (
        UUID(UUID_1),
        UUID(UUID_1),
        "llm_tokens",
        12,
        Decimal("0.1"),
        datetime(2023, 11, 16, 23, 59, 59, 999999),
        datetime(2023, 11, 16, 21, 59, 59),
        '{"model":"m","tokens":[1,2]}',
        None,
        datetime(2024, 5, 1),
    )


def test_parquet_json_decimals_and_booleans_land(project: Project, folder: Path) -> None:
    write_parquet(
        folder / "usage_events.parquet",
        "select 1::hugeint as id, 7::utinyint as key_id, 'm' as model, now() as timestamp,"
        " 1.5000004::decimal(38, 10) as cost_estimate, true as batch, '[1]'::json as project_id",
    )
    land(project, folder)
    columns = "id, key_id, cost_estimate, batch, project_id"
    assert query(project, f"select {columns} from raw_provider.usage_events") == [
        (1, 7, Decimal("1.5"), True, "[1]")
    ]


def test_a_parquet_number_that_is_none_is_refused(project: Project, folder: Path) -> None:
    write_parquet(
        folder / "usage_events.parquet",
        "select 1 as id, 7 as key_id, 'm' as model, date '2024-05-01' as timestamp,"
        " unnest(['0', 'nan', 'inf'])::double as cost_estimate, 12.5::double as tokens_in",
    )
    with pytest.raises(UserError) as refusal:
        land(project, folder)
    assert "row 1, column tokens_in: '12.5' is not an integer (3 such" in str(refusal.value)
    assert "row 2, column cost_estimate: 'nan' is not a decimal number (2 such" in str(
        refusal.value
    )


def test_a_parquet_column_that_is_there_twice_is_refused(project: Project, folder: Path) -> None:
    path = folder / "usage_events.parquet"
    write_parquet(path, "select {'a': 1, 'b': 2} as s, 1 as tokens_in, 2 as tokens_iN2")
    path.write_bytes(path.read_bytes().replace(b"tokens_iN2", b"tokens_in "))
    with pytest.raises(UserError, match=r"usage_events\.parquet has the column tokens_in twice"):
        land(project, folder)


@pytest.mark.parametrize("content", [b"", b"hello", b"hello" * 100, b"PAR1" + b"x" * 99 + b"PAR1"])
def test_a_file_that_is_not_parquet_is_refused(
    project: Project, folder: Path, content: bytes
) -> None:
    (folder / "usage_events.parquet").write_bytes(content)
    with pytest.raises(UserError, match=r"usage_events\.parquet cannot be read as Parquet: .*\.$"):
        land(project, folder)


def test_a_folder_may_have_any_name(project: Project, tmp_path: Path) -> None:
    folder = tmp_path / "key_id=9" / "it's [a] *?"
    folder.mkdir(parents=True)
    write_events(folder, "1,7,gpt-4o,2024-05-01")
    write_parquet(tmp_path / "keys.parquet", "select 7 as id, 'x' as user_id")
    (tmp_path / "keys.parquet").rename(folder / "provider_keys.parquet")
    write_lines(folder, "provider_costs", '{"provider": "openai"}')
    land(project, folder)
    assert query(project, "select key_id from raw_provider.usage_events") == [(7,)]
    assert query(project, "select user_id from raw_provider.provider_keys") == [("x",)]


# All or nothing


def test_a_refused_folder_leaves_no_database_behind(project: Project, folder: Path) -> None:
    write_events(folder, "x,7,gpt-4o,2024-05-01")
    with pytest.raises(UserError):
        land(project, folder)
    assert not project.duckdb_path.exists()


def test_a_refused_folder_leaves_the_database_as_it_was(project: Project, folder: Path) -> None:
    keys = folder / "provider_keys.csv"
    keys.write_text("id\n7\n")
    write_events(folder, "1,7,gpt-4o,2024-05-01")
    land(project, folder)
    keys.write_text("id\n8\n")
    write_events(folder, "x,8,gpt-4o,2024-05-01")
    with pytest.raises(UserError):
        land(project, folder)
    assert query(project, "select id from raw_provider.provider_keys") == [(7,)]
    assert query(project, "select id from raw_provider.usage_events") == [(1,)]


def test_a_landing_that_fails_while_it_writes_leaves_the_database_as_it_was(
    project: Project, folder: Path
) -> None:
    keys = folder / "provider_keys.csv"
    keys.write_text("id\n7\n")
    land(project, folder)
    with connect(project.duckdb_path) as connection:
        connection.execute("create table raw_provider.usage_events (id int)")
    write_events(folder, "1,7,gpt-4o,2024-05-01")
    with pytest.raises(UserError, match="columns are not those of the source table usage_events"):
        land(project, folder, append=True, force=True)
    assert query(project, "select id from raw_provider.provider_keys") == [(7,)]


def test_landing_again_replaces_the_tables_of_the_folder_only(
    project: Project, folder: Path
) -> None:
    keys = folder / "provider_keys.csv"
    keys.write_text("id\n7\n")
    write_events(folder, "1,7,gpt-4o,2024-05-01")
    land(project, folder)
    keys.unlink()
    write_events(folder, "2,7,gpt-4o,2024-05-01")
    land(project, folder)
    assert query(project, "select id from raw_provider.provider_keys") == [(7,)]
    assert query(project, "select id from raw_provider.usage_events") == [(2,)]


def test_append_adds_rows_and_creates_what_is_missing(project: Project, folder: Path) -> None:
    write_events(folder, "1,7,gpt-4o,2024-05-01")
    land(project, folder, append=True)
    write_events(folder, "2,7,gpt-4o,2024-05-01")
    (landed,) = land(project, folder, append=True)
    assert landed.rows == 1
    assert query(project, "select id from raw_provider.usage_events order by id") == [(1,), (2,)]


# Guards


def marks(project: Project) -> dict[str, str]:
    return dict(query(project, "select table_name, comment from duckdb_tables()"))


def test_a_landed_table_is_marked(project: Project, folder: Path) -> None:
    write_events(folder)
    land(project, folder)
    assert marks(project) == {"usage_events": "landed by tokenmart"}


def test_a_table_of_sample_data_is_marked_as_such(project: Project, folder: Path) -> None:
    write_events(folder)
    (folder / "_sample.json").write_text("{}")
    land(project, folder)
    assert marks(project) == {"usage_events": "sample data by tokenmart"}


@pytest.mark.parametrize("kind", ["table", "view"])
def test_a_raw_schema_with_a_table_of_somebody_else_is_not_touched(
    project: Project, folder: Path, kind: str
) -> None:
    with connect(project.duckdb_path) as connection:
        connection.execute("create schema raw_provider")
        connection.execute(f"create {kind} raw_provider.theirs as select 1 as id")
    write_events(folder)
    with pytest.raises(UserError, match=r"did not make raw_provider\.theirs.*--force"):
        land(project, folder)
    land(project, folder, force=True)
    assert query(project, "select id from raw_provider.theirs") == [(1,)]


def test_a_table_of_somebody_else_in_another_schema_does_not_matter(
    project: Project, folder: Path
) -> None:
    with connect(project.duckdb_path) as connection:
        connection.execute("create schema raw_agents")
        connection.execute("create table raw_agents.usage_records (id int)")
    write_events(folder)
    land(project, folder)


def test_a_view_in_place_of_a_raw_table_is_never_replaced(project: Project, folder: Path) -> None:
    with connect(project.duckdb_path) as connection:
        connection.execute("create schema raw_provider")
        connection.execute("create view raw_provider.usage_events as select 1 as id")
    write_events(folder)
    with pytest.raises(UserError, match=r"raw_provider\.usage_events cannot be landed over a view"):
        land(project, folder, force=True)


@pytest.mark.parametrize("first_is_sample", [True, False])
def test_sample_and_real_data_do_not_mix(
    project: Project,
    tmp_path: Path,
    first_is_sample: bool,
    capsys: pytest.CaptureFixture[str],
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for path in (first, second):
        path.mkdir()
    (first / "organizations.csv").write_text(f"id\n{UUID_1}\n")
    write_events(second)
    ((first if first_is_sample else second) / "_sample.json").write_text("{}")
    there, comes = ("sample", "real") if first_is_sample else ("real", "sample")
    land(project, first)
    with pytest.raises(UserError) as refusal:
        land(project, second)
    assert f"holds {comes} data, but raw_agents.organizations holds {there} data" in str(
        refusal.value
    )
    assert "TOKENMART_DUCKDB_PATH=" in str(refusal.value)
    assert "--vars '{reset_ledger: true}'" in str(refusal.value)
    land(project, second, force=True)
    assert f"still {there} data in raw_agents.organizations" in capsys.readouterr().err


# The command


def run(*arguments: str) -> Any:
    app = typer.Typer()
    app.command()(command.run)
    return CliRunner().invoke(app, list(arguments))


def test_the_command_prints_what_it_landed(
    project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_events(folder, "1,7,gpt-4o,2024-05-01")
    result = run(str(folder), "--append", "--project-dir", str(project.root))
    assert result.exit_code == 0, result.output
    assert "raw_provider.usage_events" in result.stdout
    assert "usage_events.csv: 1 row read" in result.stderr


def test_a_database_that_another_process_holds_is_named(project: Project, folder: Path) -> None:
    write_events(folder, "1,7,gpt-4o,2024-05-01")
    land(project, folder)
    script = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); input()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(project.duckdb_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"open\n"
        with pytest.raises(UserError, match="in use by another process"):
            land(project, folder)
    finally:
        holder.communicate(b"\n")


def test_an_appended_row_takes_the_place_of_the_one_with_its_id(
    project: Project, folder: Path
) -> None:
    keys = folder / "provider_keys.csv"
    keys.write_text("id,provider\n7,openai\n8,openai\n")
    land(project, folder)
    keys.write_text("id,provider\n8,azure\n9,azure\n")
    land(project, folder, append=True)
    land(project, folder, append=True)
    with connect(project.duckdb_path) as connection:
        assert connection.execute(
            "select id, provider from raw_provider.provider_keys order by id"
        ).fetchall() == [(7, "openai"), (8, "azure"), (9, "azure")]


def test_secrets_are_not_landed(project: Project, folder: Path) -> None:
    (folder / "provider_keys.csv").write_text("id,provider,encrypted_key\n7,openai,SECRET\n")
    (folder / "voice_conversations.jsonl").write_text(
        '{"id": "00000000-0000-0000-0000-000000000001", "summary": "SECRET",'
        ' "metadata": {"model": "gpt-realtime", "client_ip": "SECRET"}}\n'
        '{"id": "00000000-0000-0000-0000-000000000002", "metadata": {"client_ip": "SECRET"}}\n'
    )
    land(project, folder)
    with connect(project.duckdb_path) as connection:
        assert connection.execute(
            "select provider, encrypted_key from raw_provider.provider_keys"
        ).fetchall() == [("openai", None)]
        assert connection.execute(
            "select summary, metadata::varchar "
            f"from {project.source_schema('voice')}.voice_conversations order by id"
        ).fetchall() == [(None, '{"model":"gpt-realtime"}'), (None, None)]
    assert b"SECRET" not in project.duckdb_path.read_bytes()


def test_a_database_file_may_be_called_like_a_raw_schema(project: Project, folder: Path) -> None:
    profile = project.root / "profiles.yml"
    profile.write_text(profile.read_text().replace("warehouse.duckdb", "raw_provider.duckdb"))
    (folder / "provider_keys.csv").write_text("id\n7\n")
    assert land(project, folder)[0].rows == 1
    assert land(project, folder, append=True)[0].rows == 1
