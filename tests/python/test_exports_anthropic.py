"""Anthropic's exports: each trap of the formats, in the shape in which Anthropic writes them."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from exported import bill, rows_of, usage, write_csv, write_document

from tokenmart.errors import UserError
from tokenmart.land import land
from tokenmart.project import Project

DAY = ("2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z")
MODEL = "claude-sonnet-4-5-20250929"
USAGE_HEADER = (
    "usage_date_utc,model_version,api_key,workspace,usage_type,context_window,"
    "usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,"
    "usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens,"
    "web_search_count,inference_geo,speed"
)
COSTS_HEADER = (
    "usage_date_utc,model,workspace,api_key,usage_type,context_window,token_type,cost_usd,"
    "list_price_usd,cost_type,inference_geo,speed,api_key_id,api_key_status"
)


def page(*results: dict[str, Any], bucket: tuple[str, str] = DAY) -> dict[str, Any]:
    start, end = bucket
    data = [{"starting_at": start, "ending_at": end, "results": list(results)}]
    return {"data": data, "has_more": False, "next_page": None}


def message(**members: Any) -> dict[str, Any]:
    dimensions = ("account_id", "api_key_id", "service_account_id", "service_tier", "workspace_id")
    return {
        **dict.fromkeys((*dimensions, "context_window", "inference_geo")),
        "uncached_input_tokens": 1000,
        "cache_creation": {"ephemeral_5m_input_tokens": 300, "ephemeral_1h_input_tokens": 40},
        "cache_read_input_tokens": 7000,
        "output_tokens": 500,
        "server_tool_use": {"web_search_requests": 0},
        "model": MODEL,
        **members,
    }


def cost(amount: str, **members: Any) -> dict[str, Any]:
    return {
        "amount": amount,
        "currency": "USD",
        "workspace_id": None,
        "description": "Claude Sonnet 4.5 Usage - Input Tokens",
        "cost_type": "tokens",
        "token_type": "uncached_input_tokens",
        "model": MODEL,
        "service_tier": "standard",
        "context_window": "0-200k",
        "inference_geo": "global",
        **members,
    }


def test_the_input_is_the_sum_of_classes_that_are_disjoint(project: Project, folder: Path) -> None:
    path = write_document(folder / "usage.json", page(message()))
    columns = (
        "tokens_in, input_uncached_tokens, input_cached_tokens, input_cache_write_tokens,"
        " input_cache_write_5m_tokens, input_cache_write_1h_tokens, tokens_out"
    )
    assert usage(project, columns, path) == [(8340, 1000, 7000, 340, 300, 40, 500)]


def test_what_is_missing_of_a_result_counts_as_none(project: Project, folder: Path) -> None:
    result = {"uncached_input_tokens": 5, "output_tokens": 6, "model": MODEL}
    path = write_document(folder / "usage.json", page(result))
    assert usage(project, "tokens_in, tokens_out", path) == [(5, 6)]


@pytest.mark.parametrize(
    ("bucket", "window"),
    [
        (DAY, ("2026-03-01 00:00:00", "2026-03-02 00:00:00")),
        (
            ("2026-03-01T10:00:00Z", "2026-03-01T11:00:00Z"),
            ("2026-03-01 10:00:00", "2026-03-01 11:00:00"),
        ),
        # of the first day that was asked for, what is left of it
        (
            ("2026-03-01T21:17:00Z", "2026-03-02T00:00:00Z"),
            ("2026-03-01 21:17:00", "2026-03-02 00:00:00"),
        ),
        # RFC 3339 may have an offset
        (
            ("2026-03-01T01:00:00+01:00", "2026-03-02T01:00:00+01:00"),
            ("2026-03-01 00:00:00", "2026-03-02 00:00:00"),
        ),
    ],
)
def test_a_bucket_is_a_window_whose_end_is_exclusive(
    project: Project, folder: Path, bucket: tuple[str, str], window: tuple[str, str]
) -> None:
    path = write_document(folder / "usage.json", page(message(), bucket=bucket))
    assert usage(project, "window_start::varchar, window_end::varchar", path) == [window]


@pytest.mark.parametrize("is_later", [True, False])
def test_a_first_bucket_that_was_clipped_does_not_count_beside_the_whole_one(
    project: Project, folder: Path, is_later: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = page(message(server_tool_use={"web_search_requests": 12}), message(workspace_id="a"))
    clipped = page(message(output_tokens=20, server_tool_use={"web_search_requests": 2}))
    for document in (clipped, whole) if is_later else (whole, clipped):
        land(project, write_document(folder / "usage.json", document))
    expected = [("a", 500, None), (None, 500, None), (None, None, 12)]
    columns = "project_id, tokens_out, quantity"
    assert usage(project, columns) == expected
    said = "anthropic-usage: 2 rows are left out: what was landed of them before is more complete"
    assert (said in capsys.readouterr().err) is not is_later
    # and so in one command
    for name, document in {"usage": clipped, "b": whole, "c": clipped}.items():
        write_document(folder / f"{name}.json", document)
    land(project, folder, account="b")
    assert usage(project, f"distinct {columns}") == expected


def test_the_default_workspace_is_null_next_to_others(project: Project, folder: Path) -> None:
    results = [message(workspace_id=workspace) for workspace in (None, "wrkspc_1")]
    path = write_document(folder / "usage.json", page(*results))
    assert usage(project, "project_id, tokens_in", path) == [("wrkspc_1", 8340), (None, 8340)]


def test_a_default_workspace_that_others_join_later_is_still_the_same(
    project: Project, folder: Path
) -> None:
    path = write_document(folder / "usage.json", page(message()))
    assert usage(project, "tags", path) == [(None,)]
    write_document(path, page(message(), message(workspace_id="wrkspc_1")))
    assert len(usage(project, "id", path)) == 2


def test_results_of_one_bucket_are_told_apart_by_each_dimension(
    project: Project, folder: Path
) -> None:
    results = [message(speed="standard")]
    for name in ("context_window", "inference_geo", "service_tier", "workspace_id", "api_key_id"):
        results.append(message(speed="standard", **{name: "other"}))
    results.append(message(speed="fast", context_window="200k-1M", inference_geo="us"))
    path = write_document(folder / "usage.json", page(*results))
    columns = "tags ->> 'context_window', tags ->> 'inference_geo', tags ->> 'speed'"
    rows = usage(project, columns, path)
    assert len(rows) == len(results)
    assert ("200k-1M", "us", "fast") in rows


GROUPINGS = {
    "model": ("model", MODEL, "claude-opus-4-5"),
    "project_id": ("workspace_id", "w1", "w2"),
    "openai_api_key_id": ("api_key_id", "k1", "k2"),
    "service_tier": ("service_tier", "standard", "batch"),
    "context_window": ("context_window", "0-200k", "200k-1M"),
    "inference_geo": ("inference_geo", "us", "global"),
    "speed": ("speed", "standard", "fast"),
}


@pytest.mark.parametrize("way", GROUPINGS)
def test_a_total_beside_its_parts_is_refused(project: Project, folder: Path, way: str) -> None:
    name, *values = GROUPINGS[way]
    plain = {"model": None} if name == "model" else {}
    searched = {"server_tool_use": {"web_search_requests": 3}}
    total = page(message(**plain, output_tokens=1000))
    parts = page(*(message(**{**plain, name: value, **searched}) for value in values))
    files = [write_document(folder / f"{n}.json", each) for n, each in enumerate((total, parts))]
    said = f"grouped in two ways, by (nothing and by {way}|{way} and by nothing), and would count"
    with pytest.raises(UserError, match=said):
        land(project, folder)
    for number, (one, other) in enumerate((files, reversed(files))):
        land(project, one, account=str(number))
        with pytest.raises(UserError, match=said):
            land(project, other, account=str(number))


def test_who_made_a_request_is_a_user_or_a_service_account(project: Project, folder: Path) -> None:
    results = [message(account_id="user_1"), message(service_account_id="svac_1"), message()]
    path = write_document(folder / "usage.json", page(*results))
    assert usage(project, "openai_user_id", path) == [("svac_1",), ("user_1",), (None,)]


def test_web_searches_are_a_row_of_their_own_without_tokens(project: Project, folder: Path) -> None:
    path = write_document(
        folder / "usage.json", page(message(server_tool_use={"web_search_requests": 12}))
    )
    columns = "model, tokens_in, quantity, quantity_unit, tags ->> 'tool'"
    assert usage(project, columns, path) == [
        (MODEL, 8340, None, None, None),
        (MODEL, None, 12, "requests", "web_search"),
    ]


def test_a_report_that_was_fetched_again_counts_once(project: Project, folder: Path) -> None:
    searched = message(server_tool_use={"web_search_requests": 1})
    write_document(folder / "first.json", page(searched, message(model="claude-opus-4-5")))
    write_document(folder / "second.json", page(searched))
    land(project, folder)
    before = rows_of(project, "raw_provider.usage_events")
    assert len(before) == 3
    land(project, folder)
    assert rows_of(project, "raw_provider.usage_events") == before


def test_a_result_that_is_not_grouped_by_model_has_none(project: Project, folder: Path) -> None:
    path = write_document(folder / "usage.json", page(message(model=None)))
    assert usage(project, "model", path) == [("unknown",)]


def test_amounts_are_in_cents_to_the_last_digit(project: Project, folder: Path) -> None:
    path = write_document(
        folder / "costs.json",
        page(cost("123.45"), cost("-0.0000000001", model="a"), cost("123.78912", model="b")),
    )
    assert bill(project, "line_item, amount_usd, currency", path) == [
        ("a, input", Decimal("0.000000"), "USD"),
        ("b, input", Decimal("1.237891"), "USD"),
        (f"{MODEL}, input", Decimal("1.234500"), "USD"),
    ]


@pytest.mark.parametrize(
    ("members", "line_item"),
    [
        ({}, f"{MODEL}, input"),
        ({"token_type": "cache_read_input_tokens"}, f"{MODEL}, cached input"),
        (
            {"token_type": "cache_creation.ephemeral_1h_input_tokens", "service_tier": "batch"},
            f"batch | {MODEL}, cache write 1h",
        ),
        (
            {"token_type": "output_tokens", "context_window": "200k-1M", "inference_geo": "us"},
            f"{MODEL}, output, long context, inference in us",
        ),
        ({"speed": "fast"}, f"{MODEL}, input, fast"),
        ({"model": None, "token_type": None}, "Claude Sonnet 4.5 Usage - Input Tokens"),
        (
            {"cost_type": "web_search", "description": "Web Search Usage", "token_type": None},
            "web search, Web Search Usage",
        ),
        (
            {"cost_type": "code_execution", "description": "Code Execution Usage"},
            "code execution, Code Execution Usage",
        ),
        ({"cost_type": "session_usage", "description": None}, "session usage"),
    ],
)
def test_a_line_says_all_that_tells_it_apart(
    project: Project, folder: Path, members: dict[str, Any], line_item: str
) -> None:
    path = write_document(folder / "costs.json", page(cost("1", **members)))
    assert bill(project, "line_item", path) == [(line_item,)]


def test_costs_that_are_not_grouped_have_no_text(project: Project, folder: Path) -> None:
    total = {name: None for name in cost("1") if name not in ("amount", "currency")}
    path = write_document(
        folder / "costs.json", page({**total, "amount": "250", "currency": "USD"})
    )
    columns = "usage_date::varchar, provider, project_id, line_item, amount_usd"
    assert bill(project, columns, path) == [
        ("2026-03-01", "anthropic", None, None, Decimal("2.500000"))
    ]


@pytest.mark.parametrize("is_later", [True, False])
def test_a_part_of_a_days_bill_does_not_take_the_place_of_the_whole(
    project: Project, folder: Path, is_later: bool
) -> None:
    whole = page(cost("500"), cost("100", model="a"))
    clipped = page(cost("200"), bucket=("2026-03-01T21:00:00Z", DAY[1]))
    for document in (clipped, whole) if is_later else (whole, clipped):
        land(project, write_document(folder / "costs.json", document))
    expected = [("2026-03-01", Decimal(1)), ("2026-03-01", Decimal(5))]
    columns = "usage_date::varchar, amount_usd"
    assert bill(project, columns) == expected
    for name, document in {"costs": clipped, "b": whole, "c": clipped}.items():
        write_document(folder / f"{name}.json", document)
    land(project, folder, account="b")
    assert bill(project, f"distinct {columns}") == expected


def test_the_cost_report_of_the_analytics_api_is_refused(project: Project, folder: Path) -> None:
    result = {"amount": "1", "list_amount": "2", "currency": "USD", "product": "chat"}
    path = write_document(folder / "costs.json", page(result))
    with pytest.raises(UserError, match="it is the cost report of the analytics API"):
        land(project, path)


def test_an_amount_that_is_no_number_is_refused(project: Project, folder: Path) -> None:
    path = write_document(folder / "costs.json", page(cost("n/a")))
    with pytest.raises(UserError, match="a line of the bill has a wrong amount_usd"):
        land(project, path)


def test_the_usage_of_the_console_reads_like_that_of_the_api(
    project: Project, folder: Path
) -> None:
    path = write_csv(
        folder / "claude_api_tokens_2026_03.csv",
        USAGE_HEADER,
        f"2026-03-01,{MODEL},ci,Default,standard,≤ 200k,1000,300,40,7000,500,12,not_available,",
        f"2026-03-01,{MODEL},ci,Search,batch,> 200k,10,0,0,0,5,0,us,fast",
    )
    columns = (
        "window_end::varchar, project_id, openai_api_key_id, service_tier, tokens_in, tokens_out,"
        " input_cached_tokens, input_cache_write_1h_tokens, quantity, tags ->> 'context_window'"
    )
    end = "2026-03-02 00:00:00"
    assert usage(project, columns, path) == [
        (end, "Search", "ci", "batch", 10, 5, 0, 0, None, "> 200k"),
        (end, None, "ci", "standard", 8340, 500, 7000, 40, None, "≤ 200k"),
        (end, None, "ci", "standard", None, None, None, None, 12, "≤ 200k"),
    ]


def test_an_older_export_of_the_console_has_fewer_columns(project: Project, folder: Path) -> None:
    path = write_csv(
        folder / "usage.csv",
        "usage_date_utc,model_version,api_key,workspace,usage_type,usage_input_tokens_no_cache,"
        "usage_input_tokens_cache_write_5m,usage_input_tokens_cache_read,usage_output_tokens",
        f"2025-06-12,{MODEL},ci,Default,standard,8,2,1,4",
        ",,,,,,,,",
    )
    assert usage(project, "tokens_in, tokens_out, tags", path) == [(11, 4, None)]


@pytest.mark.parametrize(
    ("row", "line_item"),
    [
        ("Claude Haiku 3.5,Default,ci,message,≤ 200k,input_no_cache", "Claude Haiku 3.5, input"),
        (
            "Claude Haiku 3.5,Default,ci,message,≤ 200k,input_cache_read",
            "Claude Haiku 3.5, cached input",
        ),
        (
            "Claude Sonnet 4.5,Default,ci,message_batch,> 200k,input_cache_write_1h",
            "batch | Claude Sonnet 4.5, cache write 1h, long context",
        ),
        ("Claude Opus 4.5,Default,ci,message,≤ 200k,output", "Claude Opus 4.5, output"),
    ],
)
def test_a_line_of_the_console_reads_like_one_of_the_api(
    project: Project, folder: Path, row: str, line_item: str
) -> None:
    path = write_csv(
        folder / "claude_api_cost.csv",
        COSTS_HEADER,
        f"2026-03-01,{row},0.40,0.50,token,not_available,,apikey_1,active",
    )
    columns = "usage_date::varchar, project_id, api_key_id, line_item, amount_usd, currency"
    assert bill(project, columns, path) == [
        ("2026-03-01", None, "ci", line_item, Decimal("0.400000"), "USD")
    ]


def test_lines_of_the_console_that_are_not_tokens_say_so(project: Project, folder: Path) -> None:
    path = write_csv(
        folder / "claude_api_cost.csv",
        COSTS_HEADER,
        "2026-03-01,,Search,ci,message,,,0.12,0.12,web_search,,,apikey_1,active",
        "2026-03-01,,Search,ci,message,,,0.03,0.03,code_execution,,,apikey_1,active",
        "2026-03-01,,Search,ci,message,,,0.02,0.02,web_search,,,apikey_1,active",
        ",,,,,,,,,,,,,",
    )
    assert bill(project, "project_id, line_item, amount_usd", path) == [
        ("Search", "code execution", Decimal("0.030000")),
        ("Search", "web search", Decimal("0.140000")),
    ]


def test_the_usage_of_a_day_from_the_console_and_the_api_is_refused(
    project: Project, folder: Path
) -> None:
    land(project, write_document(folder / "usage.json", page(message())))
    row = f"2026-03-01,{MODEL},ci,Default,standard,≤ 200k,1,0,0,0,5,0,,"
    path = write_csv(folder / "usage.csv", USAGE_HEADER, row)
    with pytest.raises(UserError, match="from anthropic-console-usage and from anthropic-usage"):
        land(project, path)


def test_a_key_that_two_formats_report_is_one(project: Project, folder: Path) -> None:
    write_document(folder / "usage.json", page(message()))
    row = f"2026-03-09,{MODEL},ci,Default,standard,≤ 200k,1,0,0,0,5,0,,"
    write_csv(folder / "usage.csv", USAGE_HEADER, row)
    land(project, folder)
    assert len(rows_of(project, "raw_provider.provider_keys")) == 1
    assert len(rows_of(project, "raw_provider.usage_events")) == 2


def test_a_page_without_buckets_is_one_and_another_empty_list_is_not(
    project: Project, folder: Path
) -> None:
    path = write_document(folder / "usage.json", {"data": [], "has_more": False, "next_page": None})
    assert usage(project, "id", path) == []
    write_document(path, {"data": [], "has_more": False, "first_id": None})
    with pytest.raises(UserError, match="anthropic-usage: it is a list of something else"):
        land(project, path)
