"""OpenAI's exports: each trap of the formats, in the shape in which OpenAI writes them."""

import gzip
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from exported import bill, rows_of, usage, write_csv, write_document, write_lines
from landing import query, write_events

from tokenmart.errors import UserError
from tokenmart.land import land
from tokenmart.land.guard import LANDED
from tokenmart.project import Project
from tokenmart.warehouse.duckdb_file import connect

DAY = 1_764_547_200
"""The first of December 2025, as the API says it."""


def page(*results: dict[str, Any], start: int = DAY, seconds: int = 86_400) -> dict[str, Any]:
    bucket = {"object": "bucket", "start_time": start, "end_time": start + seconds}
    data = [{**bucket, "results": list(results)}]
    return {"object": "page", "data": data, "has_more": False, "next_page": None}


def completion(**members: Any) -> dict[str, Any]:
    grouped = dict.fromkeys(("project_id", "user_id", "api_key_id", "batch", "service_tier"))
    counts = {"input_tokens": 1000, "output_tokens": 500, "num_model_requests": 5}
    kind = {"object": "organization.usage.completions.result", "model": "gpt-4o-2024-08-06"}
    return {**kind, **counts, **grouped, **members}


def cost(value: Any, **members: Any) -> dict[str, Any]:
    amount = {"value": value, "currency": "usd"}
    kind = {"object": "organization.costs.result", "line_item": "gpt-4o-2024-08-06, input"}
    return {**kind, "amount": amount, "project_id": None, **members}


def test_a_bucket_is_a_window_whose_end_is_exclusive(project: Project, folder: Path) -> None:
    path = write_document(folder / "usage.json", page(completion(input_cached_tokens=800)))
    columns = "window_start::varchar, window_end::varchar, tokens_in, input_cached_tokens"
    assert usage(project, columns, path) == [
        ("2025-12-01 00:00:00", "2025-12-02 00:00:00", 1000, 800)
    ]


@pytest.mark.parametrize("results", ["results", "result"])
def test_a_page_is_a_page_whatever_is_in_its_buckets(
    project: Project, folder: Path, results: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rows in the answers of other APIs are unwrapped, and a page is none."""
    document = page(completion())
    document["data"] = [
        {{"results": results}.get(name, name): value for name, value in bucket.items()}
        for bucket in document["data"]
    ]
    assert usage(project, "tokens_in", write_document(folder / "usage.json", document)) == [(1000,)]
    del document["data"][0][results]
    land(project, write_document(folder / "empty.json", document))
    assert "openai-usage: no rows land" in capsys.readouterr().err


def test_a_page_that_was_fetched_twice_counts_once(project: Project, folder: Path) -> None:
    for name in ("usage.json", "usage (1).json"):
        write_document(folder / name, page(completion(), completion(model="o3")))
    write_lines(folder / "all.jsonl", page(completion()), page(completion(), start=DAY + 86_400))
    assert usage(project, "model, tokens_in", folder) == [
        ("gpt-4o-2024-08-06", 1000),
        ("gpt-4o-2024-08-06", 1000),
        ("o3", 1000),
    ]
    before = rows_of(project, "raw_provider.usage_events")
    land(project, folder)
    assert rows_of(project, "raw_provider.usage_events") == before


def test_a_bucket_that_has_grown_takes_the_place_of_the_earlier_one(
    project: Project, folder: Path
) -> None:
    path = write_document(folder / "usage.json", page(completion()))
    land(project, path)
    write_document(path, page(completion(input_tokens=1200)))
    assert usage(project, "tokens_in", path) == [(1200,)]


@pytest.mark.parametrize("is_later", [True, False])
def test_a_first_bucket_that_was_clipped_does_not_count_beside_the_whole_one(
    project: Project, folder: Path, is_later: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    images = {"object": "organization.usage.images.result", "model": "dall-e-3", "images": 3}
    whole = page(completion(), completion(model="o3"), images)
    clipped = page(completion(input_tokens=300), {**images, "images": 1})
    for document in (clipped, whole) if is_later else (whole, clipped):
        land(project, write_document(folder / "usage.json", document))
    expected = [("dall-e-3", None, 3), ("gpt-4o-2024-08-06", 1000, None), ("o3", 1000, None)]
    columns = "model, tokens_in, quantity"
    assert usage(project, columns) == expected
    said = "openai-usage: 2 rows are left out: what was landed of them before is more complete"
    assert (said in capsys.readouterr().err) is not is_later
    # and so in one command
    land(project, write_lines(folder / "usage.jsonl", clipped, whole, clipped), account="b")
    assert usage(project, f"distinct {columns}") == expected


def test_results_of_one_bucket_are_told_apart_by_what_they_are_grouped_by(
    project: Project, folder: Path
) -> None:
    grouped = [
        completion(project_id=project_id, batch=batch)
        for project_id in (None, "a", "b")
        for batch in (None, True, False)
    ]
    path = write_document(folder / "usage.json", page(*grouped))
    assert len(usage(project, "id", path)) == len(grouped)


@pytest.mark.parametrize(
    ("kind", "members", "expected"),
    [
        ("images", {"images": 3, "model": "dall-e-3"}, ("dall-e-3", 3, "images")),
        ("audio_speeches", {"characters": 45, "model": "tts-1"}, ("tts-1", 45, "characters")),
        ("audio_transcriptions", {"seconds": 20, "model": "stt"}, ("stt", 20, "seconds")),
        ("vector_stores", {"usage_bytes": 1024}, (None, 1024, "bytes")),
        ("code_interpreter_sessions", {"num_sessions": 2}, (None, 2, "sessions")),
        ("file_search_calls", {"num_requests": 2}, (None, 2, "requests")),
        ("web_search_calls", {"num_requests": 7}, (None, 7, "requests")),
    ],
)
def test_what_is_not_tokens_is_a_quantity_with_its_unit(
    project: Project, folder: Path, kind: str, members: dict[str, Any], expected: Any
) -> None:
    result = {"object": f"organization.usage.{kind}.result", "project_id": None, **members}
    path = write_document(folder / "usage.json", page(result))
    model, *quantity = expected
    assert usage(project, "model, quantity, quantity_unit", path) == [(model or kind, *quantity)]


def test_two_sizes_of_images_in_one_bucket_are_two_rows(project: Project, folder: Path) -> None:
    images = {"object": "organization.usage.images.result", "model": "dall-e-3", "images": 1}
    sizes = [{**images, "size": size} for size in ("256x256", "1024x1024")]
    path = write_document(folder / "usage.json", page(*sizes))
    assert usage(project, "quantity, tags ->> 'size'", path) == [(1, "1024x1024"), (1, "256x256")]


def test_results_that_differ_in_what_is_not_known_are_told_apart(
    project: Project, folder: Path
) -> None:
    """Else the second would be taken for a repeat of the first, and not be counted."""
    grouped = [completion(effort=effort) for effort in ("low", "high", "max")]
    path = write_document(folder / "usage.json", page(*grouped))
    expected = [("#2",), ("#3",), (None,)]
    assert usage(project, "request_id", path) == expected
    assert usage(project, "request_id", path) == expected
    total = write_document(folder / "total.json", page(completion(input_tokens=3000)))
    for number, (one, other) in enumerate(((path, total), (total, path))):
        land(project, one, account=str(number))
        with pytest.raises(UserError, match=r"two ways, by (nothing|what is n.*) and by"):
            land(project, other, account=str(number))


def test_two_groupings_of_the_same_usage_are_refused(project: Project, folder: Path) -> None:
    path = write_document(folder / "a.json", page(completion(project_id="p1")))
    other = write_document(folder / "b.json", page(completion(api_key_id="k1")))
    said = (
        "the usage of 2025-12-01 00:00:00 is grouped in two ways, by project_id and by "
        "openai_api_key_id, and would count twice."
    )
    with pytest.raises(UserError, match=said):
        land(project, folder)
    land(project, other)
    with pytest.raises(UserError, match=said):
        land(project, path)
    # a bucket that has grown by a row of another kind is the same grouping
    grown = page(completion(api_key_id="k1"), completion(api_key_id="k2", batch=True))
    assert usage(project, "count(*)", write_document(other, grown)) == [(2,)]
    # another endpoint can only be grouped in other ways
    embeddings = {"object": "organization.usage.embeddings.result", "input_tokens": 7}
    write_document(path, page({**embeddings, "model": "text-embedding-3-small"}))
    assert usage(project, "count(*)", path) == [(3,)]
    # other days may be grouped otherwise
    write_document(path, page(completion(project_id="p1"), start=DAY + 86_400))
    assert usage(project, "count(*)", path) == [(4,)]


GROUPINGS = {
    "model": ({"model": "gpt-4o"}, {"model": "o3"}),
    "project_id": ({"project_id": "p1"}, {"project_id": "p2"}),
    "openai_user_id": ({"user_id": "u1"}, {"user_id": "u2"}),
    "openai_api_key_id": ({"api_key_id": "k1"}, {"api_key_id": "k2"}),
    "batch": ({"batch": True}, {"batch": False}),
    "service_tier": ({"service_tier": "default"}, {"service_tier": "flex"}),
    "model, project_id": ({"model": "o3", "project_id": "p1"}, {"model": "o3"}),
}


@pytest.mark.parametrize("way", GROUPINGS)
def test_a_total_beside_its_parts_is_refused(project: Project, folder: Path, way: str) -> None:
    is_by_model = way.startswith("model")
    plain = {"model": None} if is_by_model else {}
    parts = page(*(completion(**{**plain, **part}) for part in GROUPINGS[way]))
    total = page(completion(**plain, input_tokens=2000, output_tokens=1000))
    said = f"grouped in two ways, by (nothing and by {way}|{way} and by nothing), and would count"
    files = [write_document(folder / f"{n}.json", each) for n, each in enumerate((parts, total))]
    with pytest.raises(UserError, match=said):
        land(project, folder)
    for number, (one, other) in enumerate((files, reversed(files))):
        land(project, one, account=str(number))
        with pytest.raises(UserError, match=said):
            land(project, other, account=str(number))


def test_a_total_is_told_from_the_usage_of_no_project_by_its_size(
    project: Project, folder: Path
) -> None:
    total = page(completion(input_tokens=1500))
    parts = page(completion(), completion(project_id="p1"))
    files = [write_document(folder / f"{n}.json", each) for n, each in enumerate((total, parts))]
    said = "by (nothing and by project_id|project_id and by nothing), and would count twice"
    with pytest.raises(UserError, match=said):
        land(project, folder)
    for number, (one, other) in enumerate((files, reversed(files))):
        land(project, one, account=str(number))
        with pytest.raises(UserError, match=said):
            land(project, other, account=str(number))
    # the usage of no project, to which that of a project came later
    land(project, write_document(files[0], page(completion(input_tokens=900))), account="c")
    land(project, files[1], account="c")
    land(project, folder, account="d")


def test_what_is_grouped_by_model_on_both_pages_is_one_grouping(
    project: Project, folder: Path
) -> None:
    """Some usage may be of no model, and a page of some models only."""
    embedded = {"object": "organization.usage.embeddings.result", "model": None, "input_tokens": 7}
    searched = {"object": "organization.usage.web_search_calls.result", "num_requests": 2}
    land(project, write_document(folder / "a.json", page(completion(), completion(model=None))))
    other = page(completion(model="o3"), completion(model=None), embedded, searched)
    assert usage(project, "count(*)", write_document(folder / "b.json", other)) == [(5,)]
    assert usage(project, "count(*)", folder) == [(5,)]


def test_the_last_bill_of_a_day_is_its_bill(project: Project, folder: Path) -> None:
    path = write_document(
        folder / "costs.json",
        page(cost(5, project_id="a"), cost(1, project_id="a", line_item="o3, input")),
    )
    tomorrow = write_document(folder / "later.json", page(cost(7), start=DAY + 86_400))
    land(project, folder)
    tomorrow.unlink()
    write_document(path, page(cost(6)))
    expected = [("2025-12-01", None, Decimal(6)), ("2025-12-02", None, Decimal(7))]
    assert bill(project, "usage_date::varchar, project_id, amount_usd", path) == expected
    # and so in one delivery
    newer = write_document(folder / "newer.json", page(cost(6, project_id="a")))
    os.utime(newer, (path.stat().st_mtime + 60,) * 2)
    expected[0] = ("2025-12-01", "a", Decimal(6))
    assert bill(project, "usage_date::varchar, project_id, amount_usd", folder) == expected


@pytest.mark.parametrize("is_later", [True, False])
def test_a_part_of_a_days_bill_does_not_take_the_place_of_the_whole(
    project: Project, folder: Path, is_later: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = page(cost(5), cost(1, line_item="o3, input"))
    clipped = page(cost(2), start=DAY + 75_600, seconds=10_800)
    for document in (clipped, whole) if is_later else (whole, clipped):
        land(project, write_document(folder / "costs.json", document))
    expected = [("2025-12-01", Decimal(1)), ("2025-12-01", Decimal(5))]
    columns = "usage_date::varchar, amount_usd"
    assert bill(project, columns) == expected
    said = "openai-costs: the bill of 2025-12-01 lacks the first 21:00 hours of the day"
    how = ", in UTC: fetch it again" if is_later else "; left out, because one was landed before"
    assert said + how in " ".join(capsys.readouterr().err.split())
    # and so in one command
    land(project, write_lines(folder / "costs.json", whole, clipped), account="b")
    assert bill(project, f"distinct {columns}") == expected


def test_a_file_of_costs_in_halves_is_billed_in_full(project: Project, folder: Path) -> None:
    header = "start_time,amount_value,line_item"
    halves = [
        write_csv(folder / f"{name}.csv", header, f"{DAY},{usd},{name}")
        for name, usd in (("a", 1), ("b", 2))
    ]
    for half in halves:
        land(project, half)
    expected = [("a", Decimal(1)), ("b", Decimal(2))]
    assert bill(project, "line_item, amount_usd", halves[0]) == expected
    assert bill(project, "line_item, amount_usd", folder) == expected


def test_pages_without_the_last_one_are_warned_of(
    project: Project, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = {**page(completion()), "has_more": True, "next_page": "page_AAA"}
    path = write_document(folder / "usage.json", first)
    land(project, path)
    assert "openai-usage: this page says that more follow" in capsys.readouterr().err
    write_lines(folder / "all.jsonl", first, page(completion(), start=DAY + 86_400))
    land(project, folder / "all.jsonl")
    assert "more follow" not in capsys.readouterr().err


def test_amounts_are_rounded_after_they_are_added_up(project: Project, folder: Path) -> None:
    path = folder / "costs.json"
    write_document(path, page(cost("A"), cost("B"), cost("C"), cost("D", line_item=None)))
    text = path.read_text()
    for name, number in {
        "A": "0.0000004000000000000000000000000000001",
        "B": "1.25e-2",
        "C": "0.0000004",
        "D": "-0.00",
    }.items():
        text = text.replace(f'"{name}"', number)
    path.write_text(text)
    assert bill(project, "line_item, amount_usd", path) == [
        ("gpt-4o-2024-08-06, input", Decimal("0.012501")),
        (None, Decimal("0.000000")),
    ]


def test_the_file_of_the_dashboard_says_the_same_as_the_api(project: Project, folder: Path) -> None:
    path = write_csv(
        folder / "cost_2025-12-01_2025-12-31.csv",
        "start_time,end_time,start_time_iso,amount_value,amount_currency,line_item,project_id",
        f'{DAY},{DAY + 86_400},2025-12-01T00:00:00Z,0.5,usd,"gpt-4o, input",p1',
        f'{DAY},{DAY + 86_400},2025-12-01T00:00:00Z,-0.25,usd,"gpt-4o, input",p1',
        ",,,,,,",
    )
    columns = "usage_date::varchar, provider, project_id, line_item, amount_usd, currency"
    assert bill(project, columns, path) == [
        ("2025-12-01", "openai", "p1", "gpt-4o, input", Decimal("0.250000"), "USD")
    ]


def test_costs_of_a_day_from_two_formats_are_refused(project: Project, folder: Path) -> None:
    land(project, write_document(folder / "costs.json", page(cost(1))))
    path = write_csv(folder / "costs.csv", "start_time,amount_value,line_item", f"{DAY},1,gpt-4o")
    with pytest.raises(UserError) as refusal:
        land(project, path)
    assert str(refusal.value) == (
        "costs.csv: the costs of openai on 2025-12-01 would count twice, from openai-costs-csv and "
        "from openai-costs, which is in the warehouse. Land each day from one of them; if they are "
        "of different accounts, say whose this is with --account NAME."
    )
    land(project, path, account="the other company")
    assert len(rows_of(project, "raw_billing.provider_costs")) == 2


def test_a_field_that_is_not_known_is_named_and_the_rest_lands(
    project: Project, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_document(folder / "usage.json", page(completion(reasoning_effort="high")))
    assert usage(project, "tokens_in", path) == [(1000,)]
    assert "openai-usage: unknown member reasoning_effort; left out" in " ".join(
        capsys.readouterr().err.split()
    )


def test_half_a_page_is_refused(project: Project, folder: Path) -> None:
    path = write_document(folder / "usage.json", page(completion()))
    path.write_text(path.read_text()[:200])
    with pytest.raises(UserError, match="it is JSON that ends in the middle"):
        land(project, folder)


def test_a_line_that_is_half_a_page_is_refused(project: Project, folder: Path) -> None:
    path = write_lines(folder / "usage.jsonl", page(completion()), page(completion(model="o3")))
    path.write_text(path.read_text()[:-100])
    with pytest.raises(UserError, match="it is JSON that ends in the middle"):
        land(project, folder)


def test_a_packed_page_lands(project: Project, folder: Path) -> None:
    path = write_document(folder / "usage.json", page(completion()))
    (folder / "usage.json.gz").write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()
    assert usage(project, "tokens_in", folder) == [(1000,)]


def test_what_is_wrong_with_a_packed_file_names_it(project: Project, folder: Path) -> None:
    path = write_document(folder / "usage.json", page(completion()))
    packed = folder / "usage.json.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()[:200]))
    path.unlink()
    with pytest.raises(UserError, match=r"^usage\.json\.gz cannot be read: it is JSON that ends"):
        land(project, packed)


@pytest.mark.parametrize("document", [page(), {**page(), "data": []}])
def test_a_page_of_nothing_says_so(
    project: Project, folder: Path, document: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert usage(project, "id", write_document(folder / "usage.json", document)) == []
    assert "openai-usage: no rows land, for it has no records" in capsys.readouterr().err


def test_what_is_of_no_format_is_told_what_each_misses(project: Project, folder: Path) -> None:
    path = write_document(folder / "usage.json", {"object": "list", "data": []})
    with pytest.raises(UserError) as refusal:
        land(project, path)
    assert '- openai-usage: it is no page (`object` is not "page")' in str(refusal.value)
    with pytest.raises(UserError, match=r"usage\.json is not of the format openai-costs: it is no"):
        land(project, path, as_format="openai-costs")


def test_an_export_lands_beside_tables_of_an_earlier_form(project: Project, folder: Path) -> None:
    """Their ids were of int, and they had no column for what only exports say."""
    with connect(project.duckdb_path) as connection:
        connection.execute("create schema raw_provider")
        connection.execute("create table raw_provider.provider_keys (id integer, provider varchar)")
        connection.execute(
            "create table raw_provider.usage_events"
            " (id integer, key_id integer, model varchar, timestamp timestamp)"
        )
        for table in ("provider_keys", "usage_events"):
            connection.execute(f"comment on table raw_provider.{table} is '{LANDED}'")
        connection.execute("insert into raw_provider.usage_events values (1, 7, 'm', '2025-12-01')")
    path = write_document(folder / "usage.json", page(completion()))
    expected = [("gpt-4o-2024-08-06", "openai-usage"), ("m", None)]
    assert usage(project, "model, reported_by", path) == expected


def test_the_sources_own_rows_of_the_days_of_an_export_are_refused(
    project: Project, folder: Path
) -> None:
    land(project, write_document(folder / "usage.json", page(completion())))
    own = folder / "own"
    own.mkdir()
    (own / "provider_keys.csv").write_text("id,provider\n7,OpenAI\n8,anthropic\n")
    write_events(own, "1,7,gpt-4o,2025-12-01")
    with pytest.raises(
        UserError, match="would count twice, from the source's own tables and from"
    ) as (refusal):
        land(project, own)
    # extract has no accounts; what is to be done is done to the export
    assert str(refusal.value).endswith(
        "Land each day from one of them; if they are of different accounts, delete the rows of "
        "openai-usage from raw_provider.usage_events, which no build may have counted yet, and "
        "land its files again with `tokenmart land --account NAME`."
    )
    write_events(own, "1,7,gpt-4o,2025-12-02", "2,8,claude-opus-4,2025-12-01")
    land(project, own)
    write_document(folder / "usage.json", page(completion(), start=DAY + 86_400))
    with pytest.raises(UserError, match="from openai-usage and from the source's own tables"):
        land(project, folder / "usage.json")


def test_the_sources_own_rows_land_beside_an_export_of_another_account(
    project: Project, folder: Path
) -> None:
    """As the refusal says."""
    path = write_document(folder / "usage.json", page(completion()))
    land(project, path)
    own = folder / "own"
    own.mkdir()
    (own / "provider_keys.csv").write_text("id,provider\n7,openai\n")
    write_events(own, "1,7,gpt-4o,2025-12-01")
    with connect(project.duckdb_path) as connection:
        connection.execute(
            "delete from raw_provider.usage_events where reported_by = 'openai-usage'"
        )
    land(project, path, account="other")
    land(project, own)
    assert usage(project, "reported_by") == [("openai-usage of other",), (None,)]


def test_the_sources_own_tables_leave_the_rows_of_exports(project: Project, folder: Path) -> None:
    land(project, write_document(folder / "usage.json", page(completion())))
    land(project, write_document(folder / "costs.json", page(cost(1))))
    own = folder / "own"
    own.mkdir()
    for model in ("a", "b"):
        (own / "provider_keys.csv").write_text("id,provider\n7,openai\n")
        write_events(own, f"1,7,{model},2025-12-02")
        (own / "provider_costs.csv").write_text("usage_date,provider,amount_usd\n2025-12-02,x,1\n")
        land(project, own)
        expected = [("gpt-4o-2024-08-06", "openai-usage"), (model, None)]
        events = "select model, reported_by from raw_provider.usage_events order by 2 nulls last"
        assert query(project, events) == expected
        assert len(rows_of(project, "raw_provider.provider_keys")) == 2
        assert len(rows_of(project, "raw_billing.provider_costs")) == 2


def test_a_table_and_an_export_for_it_are_landed_one_after_the_other(
    project: Project, folder: Path
) -> None:
    write_document(folder / "usage.json", page(completion()))
    write_events(folder, "1,7,gpt-4o,2024-12-01")
    with pytest.raises(UserError, match="land the exports by themselves, after it"):
        land(project, folder)


ACTIVITY = "start_time,end_time,start_time_iso,end_time_iso"


def activity(path: Path, columns: str, *rows: str, start: int = DAY) -> Path:
    """A usage export of the dashboard; a row without figures stands for a day without usage."""
    times = f"{start},{start + 86_400},2025-12-01T00:00:00+00:00,2025-12-02T00:00:00+00:00"
    blank = f"{times}{',' * (columns.count(',') + 1)}"
    return write_csv(path, f"{ACTIVITY},{columns}", blank, *(f"{times},{row}" for row in rows))


def test_the_dashboard_exports_the_usage_of_the_api(
    project: Project, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    columns = "project_id,num_model_requests,user_id,model,batch,input_tokens,output_tokens"
    path = activity(
        folder / "completions_usage.csv",
        f"{columns},input_cached_tokens,user_email",
        "proj_a,5,user_1,gpt-4o,True,1000,500,800,x@y.example",
        "proj_a,5,user_1,gpt-4o,False,2000,0,0,x@y.example",
    )
    columns = "tokens_in, tokens_out, input_cached_tokens, num_model_requests, batch, model"
    others = "project_id, openai_user_id, reported_by, window_start::varchar, window_end::varchar"
    same = ("proj_a", "user_1", "openai-usage-csv", "2025-12-01 00:00:00", "2025-12-02 00:00:00")
    assert usage(project, f"{columns}, {others}", path) == [
        (1000, 500, 800, 5, True, "gpt-4o", *same),
        (2000, 0, 0, 5, False, "gpt-4o", *same),
    ]
    assert "unknown column" not in capsys.readouterr().err
    before = rows_of(project, "raw_provider.usage_events")
    land(project, path)
    assert rows_of(project, "raw_provider.usage_events") == before


def test_exports_of_the_dashboard_that_name_no_model_are_of_their_endpoints(
    project: Project, folder: Path
) -> None:
    activity(folder / "a.csv", "num_model_requests,input_tokens,output_tokens", "5,1000,500")
    activity(folder / "b.csv", "num_model_requests,input_tokens", "7,1000")
    activity(folder / "c.csv", "num_model_requests,images,size", "3,4,1024x1024", "3,4,512x512")
    activity(folder / "d.csv", "num_model_requests,characters", "2,900")
    activity(folder / "e.csv", "num_sessions", "11")
    assert usage(project, "model, tokens_in, quantity, quantity_unit, tags::varchar", folder) == [
        ("audio_speeches", None, Decimal(900), "characters", None),
        ("code_interpreter_sessions", None, Decimal(11), "sessions", None),
        ("completions", 1000, None, None, None),
        ("embeddings", 1000, None, None, None),
        ("images", None, Decimal(4), "images", '{"size":"1024x1024"}'),
        ("images", None, Decimal(4), "images", '{"size":"512x512"}'),
    ]


def test_an_export_of_days_without_usage_says_so(
    project: Project, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    times = f"{DAY},{DAY + 86_400},2025-12-01T00:00:00+00:00,2025-12-02T00:00:00+00:00"
    assert usage(project, "*", write_csv(folder / "usage.csv", ACTIVITY, times, times)) == []
    said = "no rows land, for it has 2 records, and none of them is usage"
    assert said in " ".join(capsys.readouterr().err.split())


def test_the_dashboard_and_the_api_do_not_report_a_day_twice(
    project: Project, folder: Path
) -> None:
    columns = "num_model_requests,model,input_tokens,output_tokens"
    usage(project, "*", activity(folder / "usage.csv", columns, "5,gpt-4o,1000,500"))
    pages = write_document(folder / "usage.json", page(completion()))
    with pytest.raises(UserError, match="would count twice, from openai-usage and from openai-us"):
        land(project, pages)


def test_exports_of_the_dashboard_by_two_dimensions_are_refused(
    project: Project, folder: Path
) -> None:
    columns = "project_id,model,num_model_requests,input_tokens,output_tokens"
    activity(folder / "by_model.csv", columns, ",gpt-4o,5,1000,10", ",o3,5,1000,10")
    usage(project, "*", folder / "by_model.csv")
    by_project = activity(
        folder / "by_project.csv", columns, "proj_a,,5,1500,10", "proj_b,,5,500,10"
    )
    with pytest.raises(UserError, match="grouped in two ways, by project_id and by model"):
        land(project, by_project)


def test_costs_of_the_dashboard_that_are_not_grouped_are_costs(
    project: Project, folder: Path
) -> None:
    path = activity(folder / "cost.csv", "amount_value,amount_currency", "0.9153483,usd")
    assert bill(project, "line_item, amount_usd, currency, reported_by", path) == [
        (None, Decimal("0.915348"), "USD", "openai-costs-csv")
    ]


def test_files_of_endpoints_with_the_same_figures_are_told_by_their_names(
    project: Project, folder: Path
) -> None:
    columns = "project_id,num_model_requests,input_tokens"
    activity(folder / "embeddings_usage_2025-12-01.csv", columns, "p,10,1000")
    activity(folder / "moderations_usage_2025-12-01.csv", columns, "p,9,900")
    activity(folder / "file_search_calls_usage.csv", "project_id,num_requests", "p,10")
    activity(folder / "web_search_calls_usage.csv", "project_id,num_requests", "p,7")
    assert usage(project, "model, tokens_in, quantity", folder) == [
        ("embeddings", 1000, None),
        ("file_search_calls", None, Decimal(10)),
        ("moderations", 900, None),
        ("web_search_calls", None, Decimal(7)),
    ]


def test_a_file_of_named_models_may_be_called_something_else(
    project: Project, folder: Path
) -> None:
    columns = "model,num_model_requests,input_tokens"
    path = activity(folder / "embeddings_usage.csv", columns, "text-embedding-3-small,10,1000")
    usage(project, "*", path)
    renamed = path.rename(folder / "usage.csv")
    assert usage(project, "model, tokens_in", renamed) == [("text-embedding-3-small", 1000)]


def test_a_row_that_has_grown_is_known_again_among_rows_like_it(
    project: Project, folder: Path
) -> None:
    columns = "model,num_model_requests,input_tokens,output_tokens"
    early = activity(folder / "early.csv", columns, "gpt-4o,1,2,", "gpt-4o,1,10,")
    assert usage(project, "tokens_in", early) == [(2,), (10,)]
    late = activity(folder / "late.csv", columns, "gpt-4o,2,3,1", "gpt-4o,2,30,1")
    assert usage(project, "tokens_in", late) == [(3,), (30,)]


def test_a_row_without_figures_is_counted_as_left_out(
    project: Project, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    columns = "model,num_model_requests,input_tokens"
    path = activity(folder / "usage.csv", columns, "gpt-4o,1,2", "o3,,")
    assert usage(project, "model", path) == [("gpt-4o",)]
    assert "1 row left out: they have no figures" in capsys.readouterr().err
