"""JSON lines and Parquet, with their own ideas of a value."""

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from landing import UUID_1, query, write_events, write_parquet

from tokenmart.errors import UserError
from tokenmart.land import land
from tokenmart.project import Project


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
        '{"amount_usd": 1e-6, "quantity": 98765432109876543210, "usage_date": null}',
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
        (
            b'{"id": 1, "key_id": 1, "model": "m", "timestamp": "2024-05-01",'
            b' "cost_estimate": 1.2345678901234567, "x": [1,]}\n',
            "line 1 is not valid JSON",
        ),
    ],
)
def test_a_malformed_json_lines_file_is_refused_in_one_sentence(
    project: Project, folder: Path, content: bytes, sentence: str
) -> None:
    (folder / "usage_events.jsonl").write_bytes(content)
    with pytest.raises(UserError, match=rf"usage_events\.jsonl.*{sentence}"):
        land(project, folder)


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
    write_lines(folder, "provider_costs", '{"usage_date": "2025-01-01", "amount_usd": 1}')
    land(project, folder)
    assert query(project, "select key_id from raw_provider.usage_events") == [(7,)]
    assert query(project, "select user_id from raw_provider.provider_keys") == [("x",)]
