"""What the text of a value means to ``tokenmart land``, type by type."""

import json
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from pathlib import Path
from uuid import UUID

import duckdb
import pytest
from conftest import uuid
from hypothesis import example, given
from hypothesis import strategies as st
from landing import EVENT, UUID_1, column_of, convert, query, write_events

from tokenmart.land import land
from tokenmart.project import Project


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
    assert convert(session, column_of("organizations", "max_employees"), text) == value


def test_the_tokens_of_a_busy_day_are_more_than_two_billion(
    session: duckdb.DuckDBPyConnection,
) -> None:
    for name in ("tokens_in", "tokens_out", "input_cached_tokens", "num_model_requests"):
        assert convert(session, column_of("usage_events", name), "98765432101") == 98765432101


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


def test_of_a_conversations_metadata_only_a_name_of_its_model_lands(
    project: Project, folder: Path
) -> None:
    """What is no string is no name, and may hold anything."""
    given = {
        '{"model": "a", "client_ip": "CANARY"}': "a",
        '{"model": "a", "model": "b"}': "b",
        '{"model": {"name": "CANARY"}}': None,
        '{"model": ["CANARY"]}': None,
        '{"model": null}': None,
        '{"other": 1}': None,
        '["model", "CANARY"]': None,
        '"CANARY"': None,
    }
    lines = [
        json.dumps({"id": uuid(number), "metadata": text}) for number, text in enumerate(given)
    ]
    (folder / "voice_conversations.jsonl").write_text("\n".join(lines), encoding="utf-8")
    land(project, folder)
    landed = query(project, "select metadata->>'model' from speech.voice_conversations order by id")
    assert [name for (name,) in landed] == [*given.values()]
    whole = query(
        project, "select string_agg(metadata::varchar, '') from speech.voice_conversations"
    )
    assert "CANARY" not in whole[0][0]
