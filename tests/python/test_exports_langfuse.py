"""Langfuse's observations: what its kinds of usage count as, in each shape in which they come."""

import csv
import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from exported import usage, write_document, write_lines
from hypothesis import given
from hypothesis import strategies as st
from landing import query, write_parquet

from tokenmart.land import land
from tokenmart.land.exports.export import Rows
from tokenmart.land.exports.langfuse import EXPORT
from tokenmart.project import Project
from tokenmart.warehouse.duckdb_file import connect

CLASSES = (
    "tokens_in, tokens_out, input_cached_tokens, input_cache_write_tokens, "
    "input_cache_write_1h_tokens, input_uncached_tokens"
)
IN_API = {
    "trace_id": "traceId",
    "project_id": "projectId",
    "parent_observation_id": "parentObservationId",
    "start_time": "startTime",
    "provided_model_name": "model",
    "usage_details": "usageDetails",
    "total_cost": "calculatedTotalCost",
    "user_id": "userId",
    "session_id": "sessionId",
}


def observed(usage_details: Mapping[str, Any] | None = None, **members: Any) -> dict[str, Any]:
    """An observation as the export of blob storage has it."""
    row = {
        "id": "o1",
        "trace_id": "t1",
        "project_id": "shop",
        "environment": "production",
        "type": "GENERATION",
        "parent_observation_id": "",
        "start_time": "2026-03-01 23:30:00.125000",
        "end_time": None,
        "name": "answer",
        "level": "DEFAULT",
        "provided_model_name": "gpt-4o-2024-08-06",
        "usage_details": usage_details or {"input": 100, "output": 20, "total": 120},
        "cost_details": {"input": 0.00025},
        "total_cost": 0.00045,
        "user_id": "u7",
        "session_id": "",
        "tags": ["search"],
    }
    return {**row, **members}


def as_cell(value: Any) -> Any:
    """A value as a cell of a CSV file: of a list or an object its JSON."""
    return json.dumps(value) if isinstance(value, dict | list) else value


def complaints(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("details", "model", "expected"),
    [
        # kinds come on top of each other, and the total is their sum
        (
            {"input": 20, "input_cached_tokens": 80, "output": 5, "output_reasoning_tokens": 15},
            "gpt-5",
            (100, 20, 80, None, None, 20),
        ),
        (
            {
                **{"input": 2, "input_cached_tokens": 47105, "input_cache_creation": 0},
                **{"input_cache_creation_1h": 1076, "output": 714, "total": 48897},
            },
            "claude-opus-4-5",
            (48183, 714, 47105, 1076, 1076, 2),
        ),
        # the total says that a kind is a part
        (
            {"input": 100, "input_cached_tokens": 80, "output": 20, "total": 120},
            "gpt-4o",
            (100, 20, 80, None, None, 20),
        ),
        (
            {"input": 100, "output": 20, "reasoning_tokens": 15, "total": 120},
            "o3",
            (100, 20, None, None, None, None),
        ),
        (
            {"input": 9, "cache_read_input_tokens": 3, "output": 20, "reasoning": 4, "total": 32},
            "gpt-5",
            (12, 20, 3, None, None, 9),
        ),
        # Anthropic has no total: one that an application adds up says nothing
        (
            {"input": 10, "cache_read_input_tokens": 4, "output": 2, "total": 12},
            "claude-haiku-4-5",
            (14, 2, 4, None, None, 10),
        ),
        # the names of OpenAI beside Langfuse's own
        (
            {"input": 7, "prompt_tokens": 7, "output": 1, "completion_tokens": 1, "total": 8},
            "gpt-4o",
            (7, 1, None, None, None, None),
        ),
        ({"total": 50}, "text-embedding-3-small", (50, 0, None, None, None, None)),
        # numbers may be texts, and some missing
        ({"input": "6", "output": None, "total": "6"}, "gpt-4o", (6, 0, *[None] * 4)),
        # Gemini's names: what is cached is a part, and what is thought comes on top
        (
            {
                **{"promptTokenCount": 100, "candidatesTokenCount": 20, "totalTokenCount": 125},
                **{"cachedContentTokenCount": 80, "thoughtsTokenCount": 5},
            },
            "gemini-2.5-pro",
            (100, 25, 80, None, None, 20),
        ),
        ({"input": 2**53 + 1, "total": 2**53 + 1}, "gpt-4o", (2**53 + 1, 0, *[None] * 4)),
        # other units are no tokens
        ({"input": 3, "output": 4, "seconds": 900, "total": 907}, "gpt-4o", (3, 4, *[None] * 4)),
    ],
)
def test_kinds_of_usage(
    project: Project, folder: Path, details: dict[str, Any], model: str, expected: tuple[Any, ...]
) -> None:
    path = write_lines(folder / "o.jsonl", observed(details, provided_model_name=model))
    assert usage(project, CLASSES, path) == [expected]


def test_who_used_it_when_and_at_what_cost(project: Project, folder: Path) -> None:
    path = write_lines(folder / "o.jsonl", observed())
    columns = (
        'model, "timestamp"::varchar, cost_estimate, project_id, end_user_id, session_id, '
        "request_id, tags::varchar"
    )
    assert usage(project, columns, path) == [
        (
            *("gpt-4o-2024-08-06", "2026-03-01 23:30:00.125", Decimal("0.000450"), "shop", "u7"),
            *(None, "o1", '{"environment":"production","tags":["search"]}'),
        )
    ]
    assert query(project, "select provider from raw_provider.provider_keys") == [("openai",)]


def test_each_shape_lands_the_same(project: Project, folder: Path) -> None:
    rows = [
        observed({"input": 20, "input_cached_tokens": 80, "output": 5}),
        observed(id="o2", start_time="2026-03-02 00:00:00.000000"),
    ]
    lines = write_lines(folder / "o.jsonl", *rows)
    array = write_document(folder / "o.json", rows)
    answer = write_document(
        folder / "answer.json",
        {
            "data": [{IN_API.get(name, name): row[name] for name in row} for row in rows],
            "meta": {"page": 1, "limit": 50, "totalItems": 2, "totalPages": 1},
        },
    )
    table = folder / "o.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(rows[0])
        writer.writerows(map(as_cell, row.values()) for row in rows)
    parquet = folder / "o.parquet"
    write_parquet(
        parquet,
        "select * replace (usage_details::json::map(varchar, bigint) as usage_details)"
        f" from read_json('{lines}', columns = {{id: 'varchar', trace_id: 'varchar',"
        " project_id: 'varchar', environment: 'varchar', type: 'varchar',"
        " parent_observation_id: 'varchar', start_time: 'timestamp',"
        " provided_model_name: 'varchar', usage_details: 'json', total_cost: 'double',"
        " user_id: 'varchar', session_id: 'varchar', tags: 'varchar[]'})",
    )
    found = {
        path.name: usage(project, "* exclude (id, key_id)", path)
        for path in (lines, array, answer, table, parquet)
    }
    assert len(found["o.jsonl"]) == 2
    for name, landed in found.items():
        assert landed == found["o.jsonl"], name
    # all of them are the same two rows
    assert query(project, "select count(*) from raw_provider.usage_events") == [(2,)]


def test_of_calls_inside_each_other_the_inner_one_counts(
    project: Project, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_lines(
        folder / "o.jsonl",
        observed(id="outer"),
        # between the two is one without usage
        observed({"input": 0}, id="chain", type="CHAIN", parent_observation_id="outer"),
        observed(id="inner", parent_observation_id="chain"),
        observed(id="inner", trace_id="t2", parent_observation_id="outer"),
        observed(id="broken") | {"usage_details": []},
    )
    assert usage(project, "request_id", path) == [("inner",), ("inner",)]
    said = complaints(capsys)
    assert "1 row left out: these calls contain another one, which counts" in said
    assert "2 rows left out: these observations have no usage of tokens" in said


def test_calls_that_are_in_each_other_count(project: Project, folder: Path) -> None:
    path = write_lines(
        folder / "o.jsonl",
        observed(id="own", parent_observation_id="own"),
        observed(id="a", parent_observation_id="b"),
        observed(id="b", parent_observation_id="a"),
        observed(id="c", parent_observation_id="a"),
    )
    assert usage(project, "request_id", path) == [("c",), ("own",)]


def test_what_is_embedded_within_a_call_is_another_one(project: Project, folder: Path) -> None:
    path = write_lines(
        folder / "o.jsonl",
        observed(id="outer"),
        observed({"input": 5}, id="inner", type="EMBEDDING", parent_observation_id="outer"),
    )
    assert usage(project, "request_id, tokens_in", path) == [("inner", 5), ("outer", 100)]


def test_usage_that_cannot_be_read_is_said_to_be_so(
    project: Project, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_lines(
        folder / "o.jsonl",
        observed(),
        observed(id="o2") | {"usage_details": "{'input': 6}"},
        observed(id="o3") | {"usage_details": [["input", 6]]},
        observed(id="o4") | {"usage": {"input": 500, "unit": "CHARACTERS"}},
        observed(id="o5") | {"usage_details": {}},
    )
    assert usage(project, "request_id", path) == [("o1",)]
    said = complaints(capsys)
    assert "2 rows left out: what they used cannot be read: it is no JSON object" in said
    assert "1 row left out: what they used is counted in another unit" in said
    assert "1 row left out: these observations have no usage of tokens" in said


def test_an_older_answer_has_its_usage_elsewhere(project: Project, folder: Path) -> None:
    older = {"usageDetails": {}, "usage": {"input": 5, "output": 1, "unit": "TOKENS"}}
    names = {"providedModelName": None, "totalCost": None, "calculatedTotalCost": 0.5}
    row = {IN_API.get(name, name): value for name, value in observed().items()}
    path = write_document(folder / "a.json", {"data": [row | older | names]})
    assert usage(project, "model, tokens_in, tokens_out, cost_estimate", path) == [
        ("gpt-4o-2024-08-06", 5, 1, Decimal("0.5"))
    ]


def test_tokens_of_kinds_that_are_not_known_are_told(project: Project, folder: Path) -> None:
    path = write_lines(folder / "o.jsonl", observed({"input": 10, "speech": 40, "total": 50}))
    assert usage(project, "tokens_in, (tags ->> 'not_counted')::int", path) == [(10, 40)]


def test_a_model_that_is_named_later_makes_no_second_row(project: Project, folder: Path) -> None:
    begun = observed({"input": 100}, provided_model_name="")
    land(project, write_lines(folder / "a.jsonl", begun))
    land(project, write_lines(folder / "b.jsonl", observed()))
    assert usage(project, "model, tokens_in, tokens_out") == [("gpt-4o-2024-08-06", 100, 20)]


def test_an_observation_counts_once_however_often_it_is_exported(
    project: Project, folder: Path
) -> None:
    begun = write_lines(folder / "a.jsonl", observed({"input": 100}))
    ended = write_lines(folder / "b.jsonl", observed())
    for path in (begun, ended, begun):
        land(project, path)
    assert usage(project, "tokens_in, tokens_out") == [(100, 20)]


@given(
    details=st.dictionaries(
        st.sampled_from(
            [
                *("input", "input_cached_tokens", "input_cache_creation", "input_audio_tokens"),
                *("input_cache_creation_5m", "output", "output_reasoning_tokens", "output_audio"),
            ]
        ),
        st.integers(0, 10**9),
        min_size=1,
    )
)
def test_every_token_of_disjoint_kinds_counts_once(details: dict[str, int]) -> None:
    total = sum(details.values())
    row = {**observed(), "usage_details": {**details, "total": total}}
    assert isinstance(EXPORT.records, Rows)
    columns = (*EXPORT.records.columns, *EXPORT.records.optional)
    with connect(Path(":memory:")) as session:
        record = ", ".join(f"?::varchar as {name}" for name in columns)
        session.execute(
            f"create table records as select {record}",
            [as_cell(row.get(name)) for name in columns],
        )
        counted = session.execute(f"select tokens_in, tokens_out from ({EXPORT.usage})").fetchall()
    of_input = sum(count for kind, count in details.items() if kind.startswith("input"))
    assert counted == ([(of_input, total - of_input)] if total else [])
