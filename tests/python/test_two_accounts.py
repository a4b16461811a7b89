"""The same rows under two accounts: they would count twice, so landing refuses or names them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from exported import rows_of, write_csv, write_document, write_lines
from test_exports_clouds import CUR, table
from test_exports_coding_agents import FIRST, SECOND, said, session, turn
from test_exports_gateways import ACTIVITY, generation, spent
from test_exports_openai import completion, cost, page
from test_exports_spans import request, span
from warehouses import Warehouse

from tokenmart.errors import UserError
from tokenmart.land import land
from tokenmart.project import Project

CURSOR = "Date,Model,Input (w/ Cache Write),Input (w/o Cache Write),Cache Read,Output Tokens"


def claude(path: Path, name: str) -> Path:
    return write_lines(path.with_suffix(".jsonl"), said(f"{name}_1"), said(f"{name}_2"))


def codex(path: Path, name: str) -> Path:
    return write_lines(path.with_suffix(".jsonl"), session(name), turn(), FIRST, SECOND)


def cursor(path: Path, name: str) -> Path:
    tokens = len(name)
    rows = [f"2026-03-01T11:0{minute}:10.412Z,auto,0,{tokens},0,9" for minute in (1, 2)]
    return write_csv(path.with_suffix(".csv"), CURSOR, *rows)


def litellm(path: Path, name: str) -> Path:
    rows = [spent(request_id=f"{name}-{number}") for number in (1, 2)]
    return write_lines(path.with_suffix(".jsonl"), *rows)


def openrouter(path: Path, name: str) -> Path:
    rows = [generation(f"{name}-{number}") for number in (1, 2)]
    return write_csv(path.with_suffix(".csv"), ACTIVITY, *rows)


def spans(path: Path, name: str) -> Path:
    return write_lines(path.with_suffix(".jsonl"), request(span(f"{name}1"), span(f"{name}2")))


FORMATS = {
    "claude-code": claude,
    "codex-cli": codex,
    "cursor": cursor,
    "litellm-spend-logs": litellm,
    "openrouter": openrouter,
    "otlp-spans": spans,
}


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_requests_under_another_account_are_refused(
    project: Project, folder: Path, name: str
) -> None:
    write = FORMATS[name]
    path = write(folder / "mine", "a")
    land(project, path)
    before = rows_of(project, "raw_provider.usage_events")
    assert len(before) == 2
    with pytest.raises(UserError) as refusal:
        land(project, path, account="noor")
    assert str(refusal.value) == (
        f"{path.name}: 2 rows of {name} were landed before without an account, and would count "
        "twice under the account noor. Land them without --account, or take back what was landed "
        "before, if that was wrong (docs/operations.md, Take back what was landed)."
    )
    assert rows_of(project, "raw_provider.usage_events") == before
    # the same account, and what another one has of its own
    land(project, path)
    land(project, write(folder / "hers", "bb"), account="noor")
    assert len(rows_of(project, "raw_provider.usage_events")) == 4
    with pytest.raises(UserError, match=r"before under the account noor, and .* without an acc"):
        land(project, folder / f"hers{path.suffix}")


def test_one_message_of_many_is_enough(
    either_warehouse: Warehouse, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in either_warehouse.environment.items():
        monkeypatch.setenv(variable, value)
    project = Project(either_warehouse.project)
    land(project, claude(folder / "one", "a"), codex(folder / "two", "s1"), account="noor")
    more = write_lines(folder / "more.jsonl", said("a_2"), said("b_1"))
    with pytest.raises(UserError) as refusal:
        land(project, more, account="Noor")
    assert str(refusal.value).startswith(
        "more.jsonl: 1 row of claude-code was landed before under the account noor, and would "
        "count twice under the account Noor. Land it with --account noor, or take back"
    )
    with pytest.raises(UserError, match="2 rows of codex-cli were landed before under the account"):
        land(project, folder / "two.jsonl")
    land(project, more, account="noor")
    assert either_warehouse.rows("select count(*) from raw_provider.usage_events") == [(5,)]


def test_the_same_lines_of_a_bill_under_another_account_are_refused(
    project: Project, folder: Path
) -> None:
    path = table(folder / "cur.csv", CUR, {})
    land(project, path, account="a")
    with pytest.raises(UserError, match="1 row of aws-cur was landed before under the account a"):
        land(project, path)
    other = {"line_item_usage_account_id": "444455556666"}
    land(project, table(folder / "cur.csv", CUR, other))
    assert len(rows_of(project, "raw_billing.provider_costs")) == 2


@pytest.mark.parametrize("what", ["usage", "costs"])
def test_windows_and_bills_that_say_the_same_are_named(
    project: Project, folder: Path, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    """Two accounts may have the same figures: nothing in a page tells."""
    result: dict[str, Callable[..., Any]] = {"usage": completion, "costs": lambda: cost("0.5")}
    path = write_document(folder / "page.json", page(result[what]()))
    land(project, path)
    land(project, path)
    assert "warning" not in capsys.readouterr().err
    land(project, path, account="noor")
    said = " ".join(capsys.readouterr().err.split())
    assert (
        f"warning: page.json: 1 row of openai-{what} says the same as one that was landed before "
        "without an account. If they are the same, they count twice under the account noor: take "
        "that back (docs/operations.md, Take back what was landed)."
    ) in said
