"""Exports as tools leave them: pretty-printed, empty, in another encoding, or not there at all."""

import gzip
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from exported import usage, write_document, write_lines

from tokenmart.errors import UserError
from tokenmart.land import land
from tokenmart.project import Project

DAY = 1_764_547_200


def page(day: int, tokens: int) -> dict[str, Any]:
    """A page of OpenAI's usage API."""
    result = {
        "object": "organization.usage.completions.result",
        **{"model": "gpt-4o", "input_tokens": tokens, "output_tokens": 1},
    }
    start = DAY + 86_400 * day
    bucket = {"object": "bucket", "start_time": start, "end_time": start + 86_400}
    return {"object": "page", "has_more": False, "data": [bucket | {"results": [result]}]}


def spend(number: int) -> dict[str, Any]:
    """A row of LiteLLM's spend logs."""
    return {
        **{"request_id": f"r{number}", "startTime": "2026-03-01 08:00:00", "model": "gpt-4o"},
        **{"spend": 0.1, "prompt_tokens": number, "completion_tokens": 1},
    }


def session(number: int) -> dict[str, Any]:
    """A line of a session of Claude Code."""
    return {
        **{"type": "assistant", "sessionId": "s", "timestamp": "2026-03-01T08:00:00Z"},
        "message": {
            **{"id": f"m{number}", "model": "claude-sonnet-4-5"},
            "usage": {"input_tokens": number, "output_tokens": 1},
        },
    }


@pytest.mark.parametrize("ending", ["json", "jsonl", "ndjson"])
@pytest.mark.parametrize("indent", [2, 4])
def test_documents_over_several_lines_one_after_another_are_read(
    project: Project, folder: Path, ending: str, indent: int
) -> None:
    """As `curl … | jq . >> usage.json` writes them."""
    texts = [json.dumps(page(day, 100 + day), indent=indent) for day in range(3)]
    (folder / f"usage.{ending}").write_text("\n".join(texts) + "\n")
    assert usage(project, "tokens_in", folder) == [(100,), (101,), (102,)]


def test_rows_and_arrays_over_several_lines_are_read(project: Project, folder: Path) -> None:
    rows = [json.dumps(spend(1), indent=2), json.dumps([spend(2), spend(3)], indent=2)]
    (folder / "logs.json").write_text("".join(rows))
    assert usage(project, "tokens_in", folder) == [(1,), (2,), (3,)]


def test_what_ends_in_the_middle_is_refused_at_its_line(project: Project, folder: Path) -> None:
    whole = json.dumps(page(0, 1), indent=2)
    path = folder / "usage.json"
    path.write_text(f"{whole}\n{whole[:60]}")
    with pytest.raises(UserError, match=r"^usage\.json cannot be read: it is JSON that ends in"):
        land(project, path)
    path.write_text(f"{whole}\noops\n{whole}")
    with pytest.raises(UserError, match=f"it is not JSON, line {whole.count(chr(10)) + 2}"):
        land(project, path)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.jsonl", b"", "a.jsonl is left out: it is empty"),
        ("a.json", b"[]", "a.json is left out: it has no rows"),
        ("a.json", b" [\n]\n", "a.json is left out: it has no rows"),
        ("a.csv", b"\xef\xbb\xbf\r\n", "a.csv is left out: it is empty"),
        ("a.jsonl.gz", gzip.compress(b"\n"), "a.jsonl.gz is left out: it is empty"),
    ],
    # gzip writes the time, and processes must find the same tests
    ids=["nothing", "no document", "no document on a line", "a mark and a line", "packed"],
)
def test_an_empty_file_does_not_keep_the_others_out(
    project: Project,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    content: bytes,
    said: str,
) -> None:
    write_lines(folder / "s.jsonl", session(5))
    (folder / name).write_bytes(content)
    assert usage(project, "tokens_in", folder) == [(5,)]
    assert said in " ".join(capsys.readouterr().err.split())
    # by itself there is nothing to land
    with pytest.raises(UserError) as refusal:
        land(project, folder / name)
    why = said.partition(": it ")[2]
    assert str(refusal.value) == f"{name} {why}: get it again."


def test_many_empty_files_are_named_in_a_line(
    project: Project, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_lines(folder / "s.jsonl", session(5))
    for number in range(12):
        (folder / f"{number}.jsonl").touch()
    assert usage(project, "tokens_in", folder) == [(5,)]
    assert "12 files are left out, being empty: 0.jsonl, 1.jsonl" in " ".join(
        capsys.readouterr().err.split()
    )


def parquet() -> bytes:
    path = Path("/tmp") / "of_this_test.parquet"
    duckdb.connect().execute(f"copy (select 1 as one) to '{path}' (format parquet)")
    content = path.read_bytes()
    path.unlink()
    return content


CSV = "usage_date_utc,model,token_type,cost_usd\n2026-03-01,Claude,output,1\n"
KINDS = {
    "UTF-16 of Excel": ("a.csv", CSV.encode("utf-16"), "it is UTF-16 text: save it as UTF-8"),
    "UTF-16 of PowerShell": (
        *("a.json", b"\xfe\xff" + json.dumps(page(0, 1)).encode("utf-16-be")),
        "it is UTF-16 text: save it as UTF-8",
    ),
    "gzip": (
        *("a.json", gzip.compress(b"{}")),
        "it is compressed by gzip: rename it to a.json.gz",
    ),
    "gzip of lines": (
        *("a.jsonl", gzip.compress(b"{}")),
        "it is compressed by gzip: rename it to a.jsonl.gz",
    ),
    "a spreadsheet": ("a.csv", b"PK\x03\x04more", "it is a ZIP file or a spreadsheet"),
    "zstd": ("a.jsonl", b"\x28\xb5\x2f\xfdmore", "it is compressed by zstd: unpack it first"),
    "Parquet": ("a.csv", parquet(), "it is Parquet: rename it to a.parquet"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_another_kind_is_told_what_it_is(
    project: Project, folder: Path, kind: str
) -> None:
    name, content, said = KINDS[kind]
    (folder / name).write_bytes(content)
    with pytest.raises(UserError) as refusal:
        land(project, folder / name)
    assert str(refusal.value).startswith(f"{name} cannot be read: {said}")


def test_a_log_with_errors_is_no_answer(project: Project, folder: Path) -> None:
    write_lines(folder / "s.jsonl", session(5))
    write_lines(folder / "app.jsonl", {"time": "now", "level": "warn", "error": "none of yours"})
    assert usage(project, "tokens_in", folder) == [(5,)]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            {"error": {"message": "You have insufficient permissions.", "type": "x"}},
            "You have insufficient permissions.",
        ),
        (
            {"type": "error", "error": {"type": "x", "message": "invalid x-api-key\nmore"}},
            "invalid x",
        ),
        ({"error": "Unauthorized"}, "Unauthorized"),
        ({"errors": [{"message": "Too many requests"}]}, "Too many requests"),
    ],
)
def test_an_error_in_place_of_a_page_is_said(
    project: Project, folder: Path, body: Any, said: str
) -> None:
    path = write_document(folder / "usage.json", body)
    with pytest.raises(UserError) as refusal:
        land(project, path)
    message = str(refusal.value)
    assert message.startswith(f"usage.json is no export, but an error that was answered: {said}")
    assert len(message.splitlines()) == 1
    # among pages, too
    write_lines(path, page(0, 1), body)
    with pytest.raises(UserError, match="an error that was answered"):
        land(project, path)
