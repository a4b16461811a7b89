"""Google Cloud's billing export: whose lines are read, what tells them apart, and their credits."""

import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from exported import bill, write_csv, write_document, write_lines
from landing import write_parquet

from tokenmart.errors import UserError
from tokenmart.land import land
from tokenmart.project import Project

COLUMNS = "usage_date::varchar, provider, project_id, line_item, amount_usd, quantity, currency"
INPUT = "Gemini 2.5 Flash GA Text Input - Predictions"


def charged(sku: str = INPUT, cost: Any = 3.5, **members: Any) -> dict[str, Any]:
    """A row of the standard export, as BigQuery writes it into JSON lines."""
    row = {
        "billing_account_id": "0113-11",
        "service": {"id": "C7E2-9256-1C43", "description": "Vertex AI"},
        "sku": {"id": "A1", "description": sku},
        "usage_start_time": "2026-03-01 23:00:00 UTC",
        "usage_end_time": "2026-03-02 00:00:00 UTC",
        "project": {"id": "shop", "number": "42", "name": "Shop"},
        "labels": [],
        "location": {"location": "us-central1"},
        "export_time": "2026-03-02 05:00:00.123 UTC",
        "cost": cost,
        "currency": "USD",
        "usage": {"amount": 10000000, "unit": "count", "pricing_unit": "count"},
        "credits": [],
        "invoice": {"month": "202603"},
        "cost_type": "regular",
    }
    return {**row, **members}


def of_service(name: str) -> dict[str, Any]:
    return {"service": {"id": "x", "description": name}}


def complaints(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().err.split())


def test_an_hour_of_a_model_is_a_line_of_its_utc_day(project: Project, folder: Path) -> None:
    path = write_lines(
        folder / "billing.jsonl",
        charged(),
        charged("Generate content input token count gemini 2.5 pro short input text", 1.25e-05)
        | of_service("Gemini API"),
        charged("Gemini 3.5 Flash Text Input Caching Storage", "0.10", usage={"unit": "hour"}),
    )
    assert bill(project, COLUMNS, path) == [
        (
            *("2026-03-01", "gemini", "shop"),
            "Generate content input token count gemini 2.5 pro short input text",
            *(Decimal("0.000013"), Decimal(10_000_000), "USD"),
        ),
        (
            *("2026-03-01", "vertex_ai", "shop", "Gemini 2.5 Flash GA Text Input - Predictions"),
            *(Decimal("3.5"), Decimal(10_000_000), "USD"),
        ),
        (
            *("2026-03-01", "vertex_ai", "shop", "Gemini 3.5 Flash Text Input Caching Storage"),
            *(Decimal("0.1"), None, "USD"),
        ),
    ]


@pytest.mark.parametrize(
    ("service", "sku", "is_read"),
    [
        ("Vertex AI", "Claude Opus 4.5 - Output Tokens", True),
        ("Vertex AI", "Vertex AI: Training on N1 in Americas", False),
        ("Claude Sonnet 4.5", "Input Tokens", True),
        ("Gemini API", "Grounding with Google Search", True),
        ("Generative Language API", "Anything", True),
        ("Compute Engine", "N1 Predefined Instance Core running in Americas", False),
        ("Invoice", "Tax", False),
    ],
)
def test_what_is_for_models_is_read(
    project: Project,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    service: str,
    sku: str,
    is_read: bool,
) -> None:
    path = write_lines(folder / "billing.jsonl", charged(), charged(sku, 1) | of_service(service))
    assert bill(project, "count(*)", path) == [(1 + is_read,)]
    assert ("they are of other services" in complaints(capsys)) is not is_read


def test_credits_are_lines_of_their_own_and_the_bill_is_their_sum(
    project: Project, folder: Path
) -> None:
    credits = [
        {"name": "Spend-based discount", "amount": -0.5, "type": "DISCOUNT"},
        {"name": "Trial", "amount": -0.123456789, "type": "PROMOTION"},
        {"name": "Nothing", "amount": 0, "type": "PROMOTION"},
    ]
    path = write_lines(folder / "billing.jsonl", charged(credits=credits))
    assert bill(project, "line_item, amount_usd, quantity", path) == [
        ("Credit for Vertex AI discount", Decimal("-0.500000"), None),
        ("Credit for Vertex AI promotion", Decimal("-0.123457"), None),
        (INPUT, Decimal("3.500000"), Decimal(10_000_000)),
    ]


def test_exports_that_overlap_count_once_and_corrections_add(
    project: Project, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # two rows that say the same, as of two tiers of a price, are two
    of_the_day = [charged(), charged(cost=1.5), charged(project={"id": "other"})]
    later = charged(cost=-3.5, export_time="2026-03-03 05:00:00 UTC", cost_type="adjustment")
    first = write_lines(folder / "first.jsonl", *of_the_day)
    second = write_lines(folder / "second.jsonl", *of_the_day, later)
    total = [(4, Decimal("5.000000"))]
    assert bill(project, "count(*), sum(amount_usd)", first, second) == total
    for path in (first, second, first):
        land(project, path)
    assert bill(project, "count(*), sum(amount_usd)") == total
    # as the parts that BigQuery writes of a large table
    for number, row in enumerate([*of_the_day, later]):
        write_lines(folder / f"parts/billing-{number:012}.jsonl", row)
    parts = bill(project, "count(*), sum(amount_usd)", folder / "parts")
    assert parts == [(4, Decimal("5.000000"))]


def test_flat_columns_and_parquet_land_the_same(project: Project, folder: Path) -> None:
    credits = [{"name": "Trial", "amount": -0.25, "type": "PROMOTION"}]
    lines = write_lines(folder / "b.jsonl", charged(credits=credits), charged("Gemini 3 Flash"))
    landed = bill(project, COLUMNS, lines)
    parquet = folder / "b.parquet"
    write_parquet(parquet, f"from read_json('{lines}')")
    assert bill(project, COLUMNS, parquet) == landed
    query_result = folder / "b.csv"
    names = {
        "usage_start_time": "usage_start_time",
        "service.description": "service",
        "sku.description": "sku",
        "project_id": "project",
        "cost": "cost",
        "credits": "credits",
        "usage.amount": "usage",
        "usage.unit": "usage",
        "currency": "currency",
    }
    rows = [charged(credits=credits), charged("Gemini 3 Flash")]
    with query_result.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        for row in rows:
            flat = {**row, "credits": sum(each["amount"] for each in row["credits"])}
            writer.writerow(
                flat[name][column.replace("project_", ".").split(".")[-1]]
                if isinstance(flat[name], dict)
                else flat[name]
                for column, name in names.items()
            )
    flat_lines = bill(project, COLUMNS, query_result, account="flat")
    assert [(*row[:1], *row[2:]) for row in flat_lines if " of flat" in row[1]] == [
        (*row[:1], row[2], row[3].replace(" promotion", ""), *row[4:]) for row in landed
    ]


@pytest.mark.parametrize(
    "again",
    [
        # BigQuery leaves out what is null, or writes it; a list of lines may be one array
        {"location": {"location": "us-central1", "country": None, "zone": None}},
        {"labels": None, "tags": []},
        {"price": {"effective_price": "3.5E-7", "tier_start_amount": "0"}},
        {"cost": "3.50", "usage_start_time": "2026-03-01T23:00:00Z"},
    ],
)
def test_the_same_row_in_another_form_is_the_same_line(
    project: Project, folder: Path, again: dict[str, Any]
) -> None:
    price = {"effective_price": 0.00000035, "tier_start_amount": 0}
    lines = write_lines(folder / "a.jsonl", charged(price=price))
    land(project, lines)
    land(project, write_document(folder / "b.json", [charged(price=price) | again]))
    times = (
        "usage_start_time::timestamptz as usage_start_time, export_time::timestamptz as export_time"
    )
    write_parquet(folder / "c.parquet", f"select * replace ({times}) from read_json('{lines}')")
    land(project, folder / "c.parquet")
    assert bill(project, "count(*), sum(amount_usd)") == [(1, Decimal("3.5"))]


def test_a_query_that_sums_a_growing_day_replaces_it(project: Project, folder: Path) -> None:
    header = "usage_start_time,service.description,sku.description,cost"
    for cost in ("3.5", "4.5"):
        row = f"2026-03-01 00:00:00 UTC,Vertex AI,{INPUT},{cost}"
        land(project, write_csv(folder / f"{cost}.csv", header, row))
    assert bill(project, "amount_usd") == [(Decimal("4.5"),)]


def test_parts_of_an_export_add_up_as_one_file_does(project: Project, folder: Path) -> None:
    rows = [
        charged(credits=[{"name": "x", "amount": amount, "type": "DISCOUNT"}])
        for amount in (-1, -3)
    ]
    rows += [charged(cost=0, usage={"amount": amount, "unit": "count"}) for amount in (5, 10)]
    whole = write_lines(folder / "whole.jsonl", *rows)
    for number, row in enumerate(rows):
        write_lines(folder / f"parts/{number}.jsonl", row)
    columns = "count(*), sum(amount_usd), sum(quantity)"
    expected = [(6, Decimal(3), Decimal(20_000_015))]
    assert bill(project, columns, folder / "parts") == expected
    assert bill(project, columns, whole) == expected


def test_a_cost_that_is_no_number_is_named(project: Project, folder: Path) -> None:
    path = write_document(folder / "b.json", [charged(), charged(cost="a lot")])
    with pytest.raises(UserError, match=r"row 2, column cost, .* 'a lot' is not a decimal number"):
        land(project, path)
