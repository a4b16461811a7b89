import hashlib
import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tokenmart.commands.sample import run
from tokenmart.errors import UserError
from tokenmart.sample import write_sample
from tokenmart.schema import SECRET_COLUMNS, tables

END = date(2026, 10, 31)


def write(
    out: Path,
    *,
    days: int = 14,
    seed: int = 7,
    rows_per_day: int = 400,
    end: date = END,
    format: str = "parquet",
) -> dict[str, int]:
    return write_sample(
        out, days=days, seed=seed, rows_per_day=rows_per_day, end=end, format=format
    )


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """Fourteen days, one view a table."""
    folder = tmp_path_factory.mktemp("sample")
    write(folder)
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        for table in tables():
            connection.execute(f"create view {table} as from '{folder / table}.parquet'")
        yield connection


def count(sample: duckdb.DuckDBPyConnection, rows: str) -> int:
    row = sample.execute(f"select count(*) from {rows}").fetchone()
    assert row is not None
    return int(row[0])


HABITS = {
    "model names have dashes for dots": "usage_events where model = 'gpt-4-1-2025-04-14'",
    "models are operations": "usage_events where model = 'responses-create'",
    "models are unknown": "usage_events where model = 'unknown'",
    "windows are a day wide": """usage_events
        where window_end - window_start = interval 1 day and project_id <> ''""",
    "windows of a day have no groups": """usage_events
        where window_end - window_start = interval 1 day
        and project_id is null and num_model_requests > 0""",
    "windows are an hour wide": "usage_events where window_end - window_start = interval 1 hour",
    "windows are a minute wide": """usage_events
        where window_end - window_start = interval 1 minute""",
    "requests have no window": "usage_events where window_start is null",
    "requests are filed twice": """usage_events as e semi join usage_events as f
        on e.id < f.id and e.key_id = f.key_id and e.model = f.model and e.timestamp = f.timestamp
        and e.tokens_in = f.tokens_in and e.window_start is null and f.window_start is null""",
    "requests lie in a reported window": """usage_events as e semi join usage_events as f
        on e.window_start is null and e.key_id = f.key_id and e.model = f.model
        and f.window_start <= e.timestamp and e.timestamp < f.window_end""",
    "daily cost lines repeat the usage": """(
            select key_id, model, window_start::date as day, tokens_in, cost_estimate
            from usage_events
            where window_end - window_start = interval 1 day and num_model_requests is null
            and project_id is null and openai_user_id is null and openai_api_key_id is null
            and service_tier is null
        ) as line
        semi join (
            select key_id, model, window_start::date as day, sum(tokens_in) as tokens_in
            from usage_events where num_model_requests > 0 group by all
        ) as used using (key_id, model, day, tokens_in)""",
    "all-zero rows have blank ids": """usage_events
        where tokens_in = 0 and tokens_out = 0 and project_id = '' and openai_api_key_id = ''""",
    "the split into cached and uncached is given": """usage_events
        where input_cached_tokens > 0 and input_uncached_tokens > 0
        and input_cached_tokens + input_uncached_tokens = tokens_in""",
    "the split is null": """usage_events
        where window_start is not null and input_cached_tokens is null""",
    "the split is filled with zeros": """usage_events
        where tokens_in > 0 and input_cached_tokens = 0 and input_uncached_tokens = 0""",
    "parts are uncached tokens (A)": """usage_events
        where input_cached_audio_tokens > 0
        and input_text_tokens + input_audio_tokens = input_uncached_tokens
        and input_cached_text_tokens + input_cached_audio_tokens = input_cached_tokens""",
    "audio includes cached audio (B)": """usage_events
        where input_cached_audio_tokens > 0
        and input_text_tokens + input_cached_text_tokens + input_audio_tokens = tokens_in""",
    "audio stands beside the input (C)": """usage_events
        where input_audio_tokens > 0
        and input_text_tokens + input_cached_text_tokens = tokens_in""",
    "images are counted": "usage_events where input_image_tokens > 0 and output_image_tokens > 0",
    "parts are filled with zeros": "usage_events where tokens_in > 0 and input_text_tokens = 0",
    **{
        f"the tier is {tier}": f"usage_events where service_tier = '{tier}'"
        for tier in ("default", "flex", "priority", "batch", "incentivized-tier")
    },
    "there is no tier": "usage_events where service_tier is null",
    "the row is of a batch": "usage_events where batch",
    "the row is of no batch": "usage_events where not batch",
    "a batch is unknown": "usage_events where batch is null",
    "estimates price unknown models like an old one": """usage_events
        where model = 'unknown' and tokens_in > 0
        and abs(cost_estimate - (tokens_in * 30 + tokens_out * 60) / 1e6) < 1e-5""",
    "agents use tokens": """usage_records where resource_type = 'llm_tokens'
        and quantity = (metadata ->> 'input_tokens')::bigint
        + (metadata ->> 'output_tokens')::bigint and (metadata ->> 'model') = 'gpt-4.1'""",
    "agents call APIs": "usage_records where resource_type = 'api_calls'",
    "storage is measured over overlapping periods": """usage_records as e
        semi join usage_records as f on e.id <> f.id and e.org_id = f.org_id
        and e.resource_type = 'storage_mb' and f.resource_type = 'storage_mb'
        and e.period_start < f.period_start and f.period_start < e.period_end""",
    "periods last several days": "usage_records where period_end > period_start + interval 2 day",
    "periods end in the last second": "usage_records where period_end::time = '23:59:59'",
    "periods end in the last millisecond": "usage_records where period_end::time = '23:59:59.999'",
    "periods end at midnight": "usage_records where period_end::time = '00:00:00'",
    "periods are a moment": "usage_records where period_end = period_start",
    "tokens are the company's": "usage_records where token_source = 'company'",
    "tokens are the employee's own": "usage_records where token_source = 'personal'",
    "whose tokens is unknown": "usage_records where token_source is null",
    "deleted employees are blanked": """usage_records
        where employee_id is null and agent_config_id is null and resource_type = 'llm_tokens'""",
    "employees are only marked as deleted": """usage_records
        semi join (from employees where deleted_at is not null) as e on e.id = employee_id""",
    "metadata is empty": "usage_records where resource_type = 'llm_tokens' and metadata = '{}'",
    "resources are unknown": "usage_records where resource_type = 'gpu_minutes'",
    **{
        f"voice has {event}": f"voice_usage_metrics where event_type = '{event}'"
        for event in ("message", "response_complete", "error", "session_warmup")
    },
    "functions are called": """voice_usage_metrics
        where event_type = 'function_call' and function_calls = 1""",
    "latency is unknown": """voice_usage_metrics
        where event_type = 'response_complete' and latency_ms = 0""",
    "responses are written again": """voice_usage_metrics as e semi join voice_usage_metrics as f
        on e.id <> f.id and e.event_type = 'response_complete' and f.event_type = e.event_type
        and e.conversation_id = f.conversation_id and e.metadata = f.metadata
        and f.timestamp > e.timestamp and f.timestamp < e.timestamp + interval 5 second""",
    "metrics are of no conversation": "voice_usage_metrics where conversation_id is null",
    "images are shown": """voice_usage_metrics
        where (metadata -> 'input_token_details' ->> 'image_tokens')::int > 0""",
    "conversations name their model": """voice_conversations
        where (metadata ->> 'model') = 'gpt-realtime-2025-08-28'""",
    "conversations do not name their model": """voice_conversations
        where (metadata ->> 'model') is null and (metadata ->> 'client_ip') like '203.0.113.%'""",
    "conversations tell of their last response": """voice_conversations as c semi join (
            select conversation_id, sum(input_tokens) as input_tokens
            from voice_usage_metrics group by all
        ) as m on c.id = m.conversation_id and c.input_tokens < m.input_tokens""",
    "bills name a model": "provider_costs where line_item = 'gpt-4o-2024-08-06, cached input'",
    "bills name other things": "provider_costs where line_item = 'web search tool calls'",
    "bills join usage by key": """provider_costs
        semi join usage_events on api_key_id = openai_api_key_id""",
}

INVALID = {
    "keys are not known": """usage_events
        anti join provider_keys on provider_keys.id = usage_events.key_id""",
    "tokens are negative": "usage_events where tokens_in < 0",
    "cached tokens exceed the input": "usage_events where input_cached_tokens > tokens_in",
    "the split does not add up": """usage_events
        where input_cached_tokens + input_uncached_tokens
            + coalesce(input_cache_write_tokens, 0) <> tokens_in
        and input_cached_tokens > 0 and input_uncached_tokens > 0""",
    "windows end before they start": "usage_events where window_end < window_start",
    "windows are nine days wide": """usage_events
        where window_end - window_start > interval 8 day""",
    "usage lies in the future": "usage_events where year(timestamp) = 2099",
    "the token source is unknown": "usage_records where token_source = 'shared'",
    "periods end before they start": "usage_records where period_end < period_start",
    "periods are too long": "usage_records where period_end > period_start + interval 400 day",
    "quantities are negative": "usage_records where quantity < 0",
    "latency is negative": "voice_usage_metrics where latency_ms < 0",
    "audio is negative": "voice_usage_metrics where audio_duration_ms < 0",
    "cached tokens exceed the response's input": """voice_usage_metrics
        where (metadata -> 'input_token_details' ->> 'cached_tokens')::int > input_tokens""",
    "metrics lie in the future": "voice_usage_metrics where year(timestamp) = 2099",
}


@pytest.mark.parametrize("habit", HABITS)
def test_every_habit_of_the_sources_is_in_the_sample(
    sample: duckdb.DuckDBPyConnection, habit: str
) -> None:
    assert count(sample, HABITS[habit]) > 0


@pytest.mark.parametrize("kind", INVALID)
def test_every_kind_of_invalid_row_comes_at_least_twice(
    sample: duckdb.DuckDBPyConnection, kind: str
) -> None:
    assert count(sample, INVALID[kind]) >= 2


def test_invalid_rows_are_rare(sample: duckdb.DuckDBPyConnection) -> None:
    usage = ("usage_events", "usage_records", "voice_usage_metrics")
    rows = sum(count(sample, table) for table in usage)
    assert sum(count(sample, kind) for kind in INVALID.values()) < rows * 0.006


@pytest.mark.parametrize("format", ["parquet", "csv"])
def test_the_same_seed_writes_the_same_bytes(tmp_path: Path, format: str) -> None:
    write(tmp_path / "one", format=format)
    write(tmp_path / "two", format=format)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")


def test_another_seed_writes_other_rows(tmp_path: Path) -> None:
    write(tmp_path / "one", days=1)
    write(tmp_path / "two", days=1, seed=8)
    one, two = digests(tmp_path / "one"), digests(tmp_path / "two")
    alike = {name for name in one if one[name] == two[name]}
    assert alike == set()


def test_columns_and_types_are_those_of_the_source(sample: duckdb.DuckDBPyConnection) -> None:
    for table in tables().values():
        expected = ", ".join(
            f'cast(null as {column.sql_type("duckdb")}) as "{column.name}"'
            for column in table.columns
        )
        found = sample.table(table.name)
        assert found.columns == list(table.column_names)
        assert found.types == sample.sql(f"select {expected}").types


def test_csv_tells_an_empty_string_from_a_null(tmp_path: Path) -> None:
    write(tmp_path, format="csv")
    text = (tmp_path / "usage_events.csv").read_text(encoding="utf-8")
    assert ',"","","",' in text and ",,,," in text
    rows = duckdb.sql(
        f"""from read_csv('{tmp_path}/usage_events.csv', allow_quoted_nulls = false)
        where project_id = '' and tokens_in = 0"""
    )
    assert len(rows) > 0


def test_what_a_source_requires_is_there(sample: duckdb.DuckDBPyConnection) -> None:
    for table in tables().values():
        for column in table.columns:
            if column.is_required:
                assert count(sample, f'{table.name} where "{column.name}" is null') == 0
        if "id" in table.column_names:
            assert count(sample, f"(select distinct id from {table.name})") == count(
                sample, table.name
            )


@pytest.mark.parametrize(
    ("table", "column", "parent"),
    [
        ("teams", "org_id", "organizations"),
        ("employees", "org_id", "organizations"),
        ("employees", "team_id", "teams"),
        ("employee_agent_configs", "employee_id", "employees"),
        ("employee_agent_configs", "agent_id", "agents"),
        ("usage_records", "org_id", "organizations"),
        ("usage_records", "employee_id", "employees"),
        ("usage_records", "agent_config_id", "employee_agent_configs"),
        ("voice_usage_metrics", "conversation_id", "voice_conversations"),
    ],
)
def test_every_child_has_its_parent(
    sample: duckdb.DuckDBPyConnection, table: str, column: str, parent: str
) -> None:
    children = f"(from {table} where {column} is not null) as child"
    assert count(sample, f"{children} anti join {parent} on {column} = {parent}.id") == 0


def test_no_window_is_reported_twice(sample: duckdb.DuckDBPyConnection) -> None:
    window = """key_id, model, window_start, window_end, coalesce(project_id, ''),
        coalesce(openai_api_key_id, ''), coalesce(openai_user_id, ''),
        coalesce(service_tier, ''), coalesce(batch, false)"""
    windowed = "usage_events where window_start is not null"
    assert count(sample, f"(select distinct {window} from {windowed})") == count(sample, windowed)


def test_the_parts_of_a_response_add_up_to_its_input(sample: duckdb.DuckDBPyConnection) -> None:
    parts = " + ".join(
        f"(metadata -> 'input_token_details' ->> '{part}_tokens')::int"
        for part in ("text", "audio", "image")
    )
    responses = "voice_usage_metrics where event_type = 'response_complete'"
    assert count(sample, responses) == count(sample, f"{responses} and {parts} = input_tokens")


def test_secrets_are_obvious_fakes(sample: duckdb.DuckDBPyConnection) -> None:
    for table, columns in SECRET_COLUMNS.items():
        for column in columns - {"summary", "metadata"}:
            fake = f"{column}::varchar like 'enc_%' or {column}::varchar like '%fake%'"
            assert count(sample, f"{table} where not ({fake})") == 0


def test_usage_ends_with_the_last_day(sample: duckdb.DuckDBPyConnection) -> None:
    days = sample.sql(
        "select min(timestamp)::date, max(timestamp)::date from usage_events "
        "where year(timestamp) < 2099"
    ).fetchone()
    assert days == (date(2026, 10, 18), END)


def test_weekends_are_quiet(sample: duckdb.DuckDBPyConnection) -> None:
    weekend = count(sample, "usage_events where isodow(timestamp) >= 6") / 4
    weekday = count(sample, "usage_events where isodow(timestamp) < 6") / 10
    assert 0.15 < weekend / weekday < 0.4


def test_rows_a_day_are_about_as_many_as_asked_for(tmp_path: Path) -> None:
    rows = write(tmp_path, days=28, rows_per_day=1000)
    assert 0.8 < rows["usage_events"] / 28_000 < 1.25
    assert 0.2 < rows["usage_records"] / rows["usage_events"] < 0.3
    assert 0.4 < rows["voice_usage_metrics"] / rows["usage_events"] < 0.6


def test_a_single_row_a_day_is_a_sample_too(tmp_path: Path) -> None:
    assert write(tmp_path, days=1, rows_per_day=1).keys() == tables().keys()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"days": 0}, "A sample has at least one day, not 0: set --days to 1 or more."),
        ({"rows_per_day": 0}, "at least one row a day, not 0: set --rows-per-day to 1 or more."),
        ({"days": 9_999_999}, "at most 10,000,000 usage events, not 9,999,999 days of 400: set"),
        ({"rows_per_day": 10**20}, "at most 100,000 usage events a day, not 100,000,000,"),
        ({"days": 200, "rows_per_day": 100_000}, "not 200 days of 100,000: set --days or --rows-"),
        ({"days": 25_000, "rows_per_day": 1}, "no days before 1970-01-01 or after 2098-12-31: set"),
        ({"end": date(1970, 1, 13)}, "no days before 1970-01-01"),
        ({"end": date(2099, 1, 1)}, "or after 2098-12-31: set --end and --days"),
        ({"end": date(1, 1, 2)}, "no days before 1970-01-01"),
        ({"seed": 2**63}, "between -9223372036854775807 and 9223372036854775807: set --seed"),
        ({"seed": -(10**30)}, "A seed is between -9223372036854775807 and"),
        ({"format": "xlsx"}, "cannot be written as xlsx: set --format to parquet or csv."),
    ],
)
def test_what_cannot_be_made_is_refused_in_a_sentence(
    tmp_path: Path, wrong: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(UserError, match=sentence):
        write(tmp_path / "out", **wrong)
    assert not (tmp_path / "out").exists()


def test_files_that_are_no_sample_are_never_overwritten(tmp_path: Path) -> None:
    export = tmp_path / "usage_events.csv"
    export.write_text("a real export", encoding="utf-8")
    with pytest.raises(UserError, match="exists already and is not a sample"):
        write(tmp_path, days=1)
    assert export.read_text(encoding="utf-8") == "a real export"


def test_a_sample_replaces_an_earlier_one_in_another_format(tmp_path: Path) -> None:
    write(tmp_path, days=1, format="csv")
    write(tmp_path, days=1)
    names = {f"{table}.parquet" for table in tables()} | {"_sample.json"}
    assert {path.name for path in tmp_path.iterdir()} == names


def test_the_marker_tells_how_the_sample_was_made(tmp_path: Path) -> None:
    write(tmp_path, days=2, seed=3, rows_per_day=50)
    marker = json.loads((tmp_path / "_sample.json").read_text(encoding="utf-8"))
    assert marker.pop("tokenmart")
    assert marker == {"days": 2, "seed": 3, "rows_per_day": 50, "end": "2026-10-31"}


def test_the_command_tells_the_rows_of_each_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(tmp_path, days=1, end=datetime(2026, 1, 31))
    printed = capsys.readouterr().out
    assert all(table in printed for table in tables())
    assert (tmp_path / "_sample.json").is_file()
