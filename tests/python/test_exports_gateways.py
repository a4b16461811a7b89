"""The exports of gateways: each trap of LiteLLM's tables and of OpenRouter's file."""

import gzip
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from exported import bill, rows_of, usage, write_csv, write_document, write_lines
from landing import query

from tokenmart.errors import UserError
from tokenmart.land import land
from tokenmart.project import Project
from tokenmart.warehouse.duckdb_file import connect

CLASSES = "tokens_in, input_uncached_tokens, input_cached_tokens, input_cache_write_tokens"


def complaints(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().err.split())


def spent(**members: Any) -> dict[str, Any]:
    """A row of the spend logs, as the proxy writes it for a request to OpenAI."""
    row = {
        "request_id": "chatcmpl-a1",
        "call_type": "acompletion",
        "api_key": "88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b",
        "spend": 0.0042,
        "total_tokens": 1200,
        "prompt_tokens": 1000,
        "completion_tokens": 200,
        "startTime": "2025-12-01T10:00:00.250Z",
        "endTime": "2025-12-01T10:00:02.000Z",
        "model": "openai/gpt-4o",
        "model_group": "our-default",
        "custom_llm_provider": "openai",
        "user": "ines",
        "metadata": {},
        "cache_hit": "None",
        "request_tags": ["team:search", "nightly"],
        "team_id": "t1",
        "organization_id": None,
        "end_user": "",
        "session_id": "s1",
        "status": "success",
    }
    return {**row, **members}


def cached_usage(**members: Any) -> dict[str, Any]:
    """What LiteLLM keeps of an Anthropic response in the metadata."""
    details = {
        "cached_tokens": 600,
        "cache_creation_tokens": 100,
        "cache_creation_token_details": {
            "ephemeral_5m_input_tokens": 70,
            "ephemeral_1h_input_tokens": 30,
        },
    }
    return {"prompt_tokens": 1000, "prompt_tokens_details": details, **members}


def test_rows_in_one_array_land_like_rows_in_lines(project: Project, folder: Path) -> None:
    rows = [spent(), spent(request_id="b", spend=0.1234567890123456789, startTime="2025-12-02")]
    path = write_document(folder / "logs.json", rows)
    columns = "request_id, cost_estimate, tokens_in"
    expected = [("b", Decimal("0.123457"), 1000), ("chatcmpl-a1", Decimal("0.004200"), 1000)]
    assert usage(project, columns, path) == expected
    land(project, write_lines(folder / "logs.jsonl", *rows))
    assert usage(project, columns, path) == expected


def test_rows_in_an_answer_of_the_api_land_like_rows_in_lines(
    project: Project, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As of `/spend/logs/v2`: in one document, one page a line, or one after another."""
    rows = [[spent()], [spent(request_id="b", spend=0.1234567890123456789)], []]
    pages = [
        {"data": data, "total": 2, "page": number, "page_size": 1, "total_pages": 3}
        for number, data in enumerate(rows, start=1)
    ]
    columns = "request_id, cost_estimate, tokens_in"
    expected = [("b", Decimal("0.123457"), 1000), ("chatcmpl-a1", Decimal("0.004200"), 1000)]
    assert usage(project, columns, write_lines(folder / "pages.jsonl", *pages)) == expected
    after_each_other = folder / "pages.json"
    after_each_other.write_text("\n".join(json.dumps(page, indent=2) for page in pages))
    assert usage(project, columns, after_each_other) == expected
    assert "pages;" not in complaints(capsys)
    land(project, write_document(folder / "first.json", pages[0]))
    said = complaints(capsys)
    assert "first.json: it has 1 of 3 pages; land the others, too, unless they are in" in said
    assert "first.jsonl" not in said


@pytest.mark.parametrize(
    ("about", "said"),
    [
        *(({"meta": about}, None) for about in ("x", [1], None, {"page": 1, "totalPages": 1})),
        *(({"total_pages": number}, None) for number in ("many", 2.0, {"a": 1}, 1e400, -1)),
        ({"page": 2, "total_pages": 3.0}, "it has 1 of 3 pages"),
        ({"meta": {"cursor": "abc"}}, "its last page says that more follow"),
        ({"has_more": True}, "its last page says that more follow"),
    ],
    ids=str,
)
def test_what_an_answer_says_of_its_pages(
    project: Project,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    about: dict[str, Any],
    said: str | None,
) -> None:
    path = write_document(folder / "a.json", {"data": [spent()], **about})
    assert usage(project, "request_id", path) == [("chatcmpl-a1",)]
    told = complaints(capsys)
    assert said in told if said else "warning" not in told


def test_a_page_that_is_there_twice_is_one(
    project: Project, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = {"data": [spent()], "page": 1, "total_pages": 2}
    land(project, write_document(folder / "a.json", [page, page]))
    assert "it has 1 of 2 pages" in complaints(capsys)


def test_what_is_said_names_the_file_that_was_delivered(
    project: Project, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = json.dumps({"data": [spent()], "has_more": True})
    with gzip.open(folder / "my-p.json.gz", "wt") as file:
        file.write(page)
    write_lines(folder / "p.jsonl", spent(request_id="other"))
    land(project, folder)
    told = complaints(capsys)
    assert "warning: my-p.json.gz: its last page says" in told
    assert ".jsonl" not in told.replace(" p.jsonl", "")
    write_document(folder / "p.json", {"data": [spent(request_id="c", startTime="soon")]})
    with pytest.raises(UserError, match=r"^p\.json, row 1, column startTime"):
        land(project, folder / "p.json", folder / "p.jsonl")


def test_a_request_keeps_who_made_it(project: Project, folder: Path) -> None:
    path = write_lines(folder / "LiteLLM_SpendLogs.jsonl", spent())
    columns = (
        'model, tokens_in, tokens_out, cost_estimate, "timestamp"::varchar, request_id, '
        "openai_user_id, end_user_id, team_id, session_id, tags::varchar"
    )
    assert usage(project, columns, path) == [
        (
            *("gpt-4o", 1000, 200, Decimal("0.004200"), "2025-12-01 10:00:00.25", "chatcmpl-a1"),
            *("ines", None, "t1", "s1", '{"request_tags":["team:search","nightly"]}'),
        )
    ]
    assert [row[2] for row in rows_of(project, "raw_provider.provider_keys")] == ["openai"]


@pytest.mark.parametrize("as_text", [False, True])
@pytest.mark.parametrize("where", ["usage_object", "additional_usage_values"])
def test_what_was_cached_is_part_of_the_prompt(
    project: Project, folder: Path, where: str, as_text: bool
) -> None:
    metadata: Any = {where: cached_usage()}
    metadata = json.dumps(metadata) if as_text else metadata
    path = write_lines(folder / "logs.jsonl", spent(metadata=metadata))
    by_life = "input_cache_write_5m_tokens, input_cache_write_1h_tokens"
    assert usage(project, f"{CLASSES}, {by_life}", path) == [(1000, 300, 600, 100, 70, 30)]


@pytest.mark.parametrize(
    "row",
    [
        # more was cached than the prompt has
        {"prompt_tokens": 300, "total_tokens": 500},
        # the total says that it comes on top
        {"prompt_tokens": 900, "total_tokens": 1800},
    ],
)
def test_what_was_cached_comes_on_top_in_rows_that_show_it(
    project: Project, folder: Path, row: dict[str, int]
) -> None:
    path = write_lines(
        folder / "logs.jsonl", spent(**row, metadata={"usage_object": cached_usage()})
    )
    total = row["prompt_tokens"] + 700
    assert usage(project, CLASSES, path) == [(total, row["prompt_tokens"], 600, 100)]


def test_a_replayed_response_used_no_tokens(
    project: Project, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    replayed = spent(request_id="chatcmpl-a1_cache_hit1764583200.5", cache_hit="True", spend=0.0)
    path = write_lines(folder / "logs.jsonl", spent(cache_hit="False"), replayed)
    assert usage(project, "request_id", path) == [("chatcmpl-a1",)]
    assert (
        "litellm-spend-logs: 1 row left out: LiteLLM replayed these responses from its cache"
        in complaints(capsys)
    )


def test_a_failure_counts_if_it_used_tokens(
    project: Project, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nothing = {"prompt_tokens": 0, "completion_tokens": 0, "spend": 0}
    path = write_lines(
        folder / "logs.jsonl",
        spent(request_id="f1", status="failure", **nothing),
        spent(request_id="f2", status=None, metadata={"status": "failure"}, **nothing),
        spent(request_id="f3", status="failure"),
    )
    assert usage(project, "request_id", path) == [("f3",)]
    assert "2 rows left out: these requests failed without tokens" in complaints(capsys)


def test_of_a_request_that_comes_twice_the_later_row_counts(project: Project, folder: Path) -> None:
    path = write_lines(folder / "logs.jsonl", spent(), spent(completion_tokens=250))
    assert usage(project, "tokens_out", path) == [(250,)]
    write_lines(path, spent(completion_tokens=260))
    assert usage(project, "tokens_out", path) == [(260,)]


@pytest.mark.parametrize(
    ("model", "named", "expected"),
    [
        ("gpt-4o", "openai", ("gpt-4o", "openai")),
        ("openai/gpt-4o", None, ("gpt-4o", "openai")),
        ("azure/eu/gpt-4o", "azure", ("eu/gpt-4o", "azure")),
        ("gemini-2.5-pro", "vertex_ai_beta", ("gemini-2.5-pro", "vertex_ai")),
        ("groq/openai/gpt-oss-20b", "groq", ("openai/gpt-oss-20b", "groq")),
        (
            "openrouter/anthropic/claude-sonnet-4.5",
            "openrouter",
            ("claude-sonnet-4.5", "openrouter"),
        ),
        ("", "", ("our-default", "litellm")),
    ],
)
def test_the_provider_may_be_in_front_of_the_model(
    project: Project, folder: Path, model: str, named: str | None, expected: tuple[str, str]
) -> None:
    path = write_lines(folder / "logs.jsonl", spent(model=model, custom_llm_provider=named))
    assert usage(project, "model", path) == [expected[:1]]
    assert [row[2] for row in rows_of(project, "raw_provider.provider_keys")] == [expected[1]]


def test_the_table_lands_from_csv_and_parquet(project: Project, folder: Path) -> None:
    lines = write_lines(
        folder / "logs.jsonl",
        spent(metadata=json.dumps({"usage_object": cached_usage()}), request_tags='["a"]'),
    )
    expected = usage(project, f"id, {CLASSES}, tags::varchar, cost_estimate", lines)
    lines.rename(folder.parent / "logs.jsonl")
    source = f"read_json('{folder.parent}/logs.jsonl', format = 'newline_delimited')"
    for ending in ("csv", "parquet"):
        path = folder / f"logs.{ending}"
        duckdb.sql(f"copy (from {source}) to '{path}'")
        assert usage(project, f"id, {CLASSES}, tags::varchar, cost_estimate", path) == expected
        path.unlink()


def test_audio_is_a_part_of_the_prompt(project: Project, folder: Path) -> None:
    details = {"prompt_tokens_details": {"audio_tokens": 400, "text_tokens": 600}}
    path = write_lines(folder / "logs.jsonl", spent(metadata={"usage_object": details}))
    assert usage(project, "tokens_in, input_audio_tokens", path) == [(1000, 400)]


DAILY = (
    "id,{},date,api_key,model,model_group,custom_llm_provider,mcp_namespaced_tool_name,endpoint,"
    "prompt_tokens,completion_tokens,cache_read_input_tokens,cache_creation_input_tokens,spend,"
    "api_requests,successful_requests,failed_requests,created_at,updated_at"
)


def daily(folder: Path, dimension: str, *rows: str) -> Path:
    return write_csv(folder / f"{dimension}.csv", DAILY.format(dimension), *rows)


def day(who: str, *, date: str = "2025-12-01", endpoint: str = "/chat/completions") -> str:
    return (
        f"7f0c,{who},{date},88dc,anthropic/claude-sonnet-4-5,sonnet,anthropic,,{endpoint},"
        "1000,200,600,100,0.0123,12,11,1,2025-12-01T10:00:00Z,2025-12-01T23:00:00Z"
    )


def test_the_provider_of_bedrock_is_named_as_on_its_bill_and_rows_keep_their_ids(
    project: Project, folder: Path
) -> None:
    """Rows that were landed under another name are moved, and do not count again."""
    path = write_lines(
        folder / "logs.jsonl",
        spent(custom_llm_provider="bedrock"),
        spent(request_id="b", custom_llm_provider="bedrock_converse"),
    )
    land(project, path)
    ((key, provider),) = query(project, "select id, provider from raw_provider.provider_keys")
    assert provider == "aws"
    assert usage(project, "id, key_id", path) == [
        (266078558326906957, key),
        (911452839622995712, key),
    ]
    with connect(project.duckdb_path) as connection:
        connection.execute("update raw_provider.provider_keys set provider = 'bedrock'")
    with pytest.raises(UserError, match="the usage of aws on 2025-12-01 would count twice"):
        land(project, daily(folder, "user_id", day("ines").replace(",anthropic,", ",bedrock,")))


def test_a_daily_row_is_the_window_of_its_day(project: Project, folder: Path) -> None:
    path = daily(folder, "user_id", day("ines"))
    columns = "window_start::varchar, window_end::varchar, openai_user_id, num_model_requests"
    assert usage(project, f"{columns}, {CLASSES}, cost_estimate", path) == [
        (
            *("2025-12-01 00:00:00", "2025-12-02 00:00:00", "ines", 12, 1000, 300, 600, 100),
            Decimal("0.012300"),
        )
    ]


def test_endpoints_are_rows_of_their_own_and_the_later_of_one_counts(
    project: Project, folder: Path
) -> None:
    messages = day("ines", endpoint="/v1/messages")
    later = messages.replace(",1000,", ",2000,").replace("0.0123", "1.23e-05")
    path = daily(folder, "user_id", day("ines"), messages, later)
    columns = f"tags ->> 'endpoint', {CLASSES}, num_model_requests, cost_estimate"
    assert usage(project, columns, path) == [
        ("/chat/completions", 1000, 300, 600, 100, 12, Decimal("0.012300")),
        ("/v1/messages", 2000, 1300, 600, 100, 12, Decimal("0.000012")),
    ]


def test_rows_of_a_day_in_parts_add_up_however_they_are_landed(
    project: Project, folder: Path
) -> None:
    rows = [
        day("ines"),
        day("ines", endpoint="/v1/messages"),
        day("ines").replace("sonnet,anthropic,,", "sonnet,anthropic,github-search,"),
        # of one model in two spellings
        day("ines").replace("anthropic/claude", "claude"),
    ]
    first = daily(folder, "user_id", *rows[:3])
    second = write_csv(folder / "second.csv", DAILY.format("user_id"), *rows[1:])
    columns = "tokens_in, tags"
    assert len(usage(project, columns, first)) == 3
    whole = usage(project, columns, second)
    assert len(whole) == len({tags for _, tags in whole}) == 4
    for paths in ((first,), (second, first), (folder,)):
        assert usage(project, columns, *paths) == whole


@pytest.mark.parametrize("is_later", [True, False])
def test_a_row_of_a_day_that_was_exported_earlier_is_smaller_and_does_not_count(
    project: Project, folder: Path, is_later: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [day("ines").replace(",12,11,1,", ",5,5,0,").replace(",1000,", ",700,"), day("ines")]
    for row in rows if is_later else reversed(rows):
        land(project, daily(folder, "user_id", row))
    assert usage(project, "tokens_in, num_model_requests") == [(1000, 12)]
    said = "litellm-daily-user: 1 row is left out: what was landed of them before is more complete"
    assert (said in complaints(capsys)) is not is_later


@pytest.mark.parametrize(
    ("dimension", "column"),
    [
        ("team_id", "team_id"),
        ("organization_id", "tags ->> 'organization_id'"),
        ("end_user_id", "end_user_id"),
        ("agent_id", "tags ->> 'agent_id'"),
    ],
)
def test_each_view_lands_with_what_it_is_by(
    project: Project, folder: Path, dimension: str, column: str
) -> None:
    path = daily(folder, dimension, day("a"), day("b"), day(""))
    assert usage(project, column, path) == [("a",), ("b",), (None,)]


def test_two_views_of_one_day_are_refused(project: Project, folder: Path) -> None:
    land(project, daily(folder, "user_id", day("ines")))
    by_team = daily(folder, "team_id", day("t1"))
    with pytest.raises(UserError, match=r"twice, from litellm-daily-team and from litellm-daily-u"):
        land(project, by_team)
    with pytest.raises(UserError, match=r"twice, from litellm-daily-team and from litellm-daily-u"):
        land(project, folder)
    logs = write_lines(folder / "logs.jsonl", spent(custom_llm_provider="anthropic"))
    with pytest.raises(UserError, match=r"from litellm-spend-logs and from litellm-daily-user"):
        land(project, logs)
    assert usage(project, "tokens_in", daily(folder, "team_id", day("t1", date="2025-12-02"))) == [
        (1000,),
        (1000,),
    ]


def test_the_view_by_tag_multiplies_a_request_and_is_left_out(
    project: Project, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    header = DAILY.format("request_id,tag,team_id")
    path = write_csv(folder / "tags.csv", header, day("chatcmpl-a1,nightly,t1"))
    assert usage(project, "id", path) == []
    told = complaints(capsys)
    assert "litellm-daily-tag: 1 row left out: the view by tag counts a request" in told
    assert "no rows land" not in told


ACTIVITY = (
    "generation_id,created_at,cost_total,cost_web_search,cost_cache,cost_file_processing,"
    "byok_usage_inference,tokens_prompt,tokens_completion,tokens_reasoning,tokens_cached,"
    "model_permaslug,provider_name,variant,cancelled,streamed,user,finish_reason_raw,"
    "finish_reason_normalized,generation_time_ms,time_to_first_token_ms,api_key_name,app_name"
)


def generation(
    name: str, at: str = "2025-12-01 18:54:30.040", cost: str = "0.0012", byok: str = "0"
) -> str:
    return (
        f"{name},{at},{cost},0,-0.0004,0,{byok},1000,300,250,600,"
        "anthropic/claude-4.5-sonnet-20250929,Amazon Bedrock,standard,false,true,u1,stop,stop,"
        "1810,420,main key,our app"
    )


def test_an_activity_is_usage_and_bill(project: Project, folder: Path) -> None:
    path = write_csv(
        folder / "openrouter_activity_2025-12-01.csv",
        ACTIVITY,
        generation("gen-1"),
        generation("gen-2", "2025-12-01 23:59:59.999", cost="1.1e-7"),
        generation("gen-3", "2025-12-02 00:00:00.000", byok="0.5"),
        generation("gen-4", "2025-12-02 00:00:01", cost="0", byok="0"),
    )
    columns = (
        "request_id, model, tokens_in, input_cached_tokens, tokens_out, openai_api_key_id, "
        "end_user_id, tags ->> 'provider', tags ->> 'byok_usd'"
    )
    counted = ("claude-sonnet-4.5-20250929", 1000, 600, 300, "main key", "u1", "Amazon Bedrock")
    assert usage(project, columns, path) == [
        ("gen-1", *counted, None),
        ("gen-2", *counted, None),
        ("gen-3", *counted, "0.5"),
        ("gen-4", *counted, None),
    ]
    line = ("openrouter", "main key", "anthropic/claude-4.5-sonnet-20250929")
    billed = "usage_date::varchar, provider, api_key_id, line_item, amount_usd"
    assert bill(project, billed, path) == [
        ("2025-12-01", *line, Decimal("0.000000")),
        ("2025-12-01", *line, Decimal("0.001200")),
        ("2025-12-02", *line, Decimal("0.000000")),
        ("2025-12-02", *line, Decimal("0.001200")),
    ]


def test_activities_that_overlap_count_a_generation_once(project: Project, folder: Path) -> None:
    for name, rows in {"a": ("gen-1", "gen-2"), "b": ("gen-2", "gen-3")}.items():
        write_csv(folder / f"{name}.csv", ACTIVITY, *map(generation, rows))
    assert usage(project, "request_id", folder) == [("gen-1",), ("gen-2",), ("gen-3",)]
    one = (Decimal("0.001200"),)
    assert bill(project, "amount_usd", folder) == [one, one, one]


def test_a_day_in_parts_is_billed_in_full(project: Project, folder: Path) -> None:
    path = folder / "activity.csv"
    for rows in (("gen-1", "gen-2"), ("gen-2", "gen-3")):
        write_csv(path, ACTIVITY, *map(generation, rows))
        land(project, path)
    write_csv(path, ACTIVITY, generation("gen-3").replace("main key", "renamed key"))
    assert bill(project, "sum(amount_usd), count(*)", path) == [(Decimal("0.003600"), 3)]


def active(**members: Any) -> dict[str, Any]:
    """A row of the answer of OpenRouter's API."""
    row = {
        "date": "2026-03-01",
        "model": "anthropic/claude-sonnet-4.5",
        "model_permaslug": "anthropic/claude-4.5-sonnet-20250929",
        "endpoint_id": "550e8400",
        "provider_name": "Google",
        "usage": 0.015,
        "byok_usage_inference": 0,
        "requests": 5,
        "prompt_tokens": 50,
        "completion_tokens": 125,
        "reasoning_tokens": 25,
    }
    return {**row, **members}


def test_days_of_openrouter_are_usage_and_bill(project: Project, folder: Path) -> None:
    first = write_document(
        folder / "a.json",
        {"data": [active(), active(endpoint_id="other", byok_usage_inference=0.012, usage=-0.0)]},
    )
    # asked for again: the days overlap, and one has grown
    second = write_document(folder / "b.json", {"data": [active(prompt_tokens=60, usage=0.02)]})
    columns = (
        "model, window_start::varchar, window_end::varchar, tokens_in, tokens_out, "
        "num_model_requests, tags::varchar"
    )
    day = ("claude-sonnet-4.5-20250929", "2026-03-01 00:00:00", "2026-03-02 00:00:00")
    own_key = '{"provider":"Google","endpoint":"other","byok_usd":"0.012"}'
    of_day = [
        (*day, 50, 125, 5, own_key),
        (*day, 60, 125, 5, '{"provider":"Google","endpoint":"550e8400"}'),
    ]
    assert usage(project, columns, first, second) == of_day
    billed = "usage_date::varchar, provider, line_item, amount_usd"
    line = ("2026-03-01", "openrouter", "anthropic/claude-4.5-sonnet-20250929")
    assert bill(project, billed) == [(*line, Decimal(0)), (*line, Decimal("0.020000"))]
    land(project, first)
    assert usage(project, columns) == of_day


def test_a_day_of_openrouter_is_one_however_it_is_written(project: Project, folder: Path) -> None:
    for number, day in enumerate(("2026-03-01", "2026-03-01 00:00:00", "2026-03-01T00:00:00Z")):
        for endpoint in (None, ""):
            row = active(date=day, endpoint_id=endpoint)
            land(project, write_document(folder / f"{number}.json", {"data": [row]}))
    azure = active(endpoint_id=None, provider_name="Azure", usage=0.5)
    land(project, write_document(folder / "azure.json", {"data": [azure]}))
    assert usage(project, "count(*)") == [(2,)]
    assert bill(project, "sum(amount_usd)") == [(Decimal("0.515"),)]
