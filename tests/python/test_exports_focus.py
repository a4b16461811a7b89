"""Bills in FOCUS: whose lines are read, what they are about, and by what a line is known."""

import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from exported import bill
from landing import write_parquet

from tokenmart.errors import UserError
from tokenmart.project import Project

COLUMNS = "usage_date::varchar, provider, project_id, line_item, amount_usd, quantity, currency"

CLAUDE = "USE1-Claude3.5Sonnet-input-tokens"
GPT = "gpt 4o 0806 Inp glbl Tokens"
GEMINI = "Gemini 2.5 Flash GA Text Input - Predictions"


def charged(cost: Any = "3.5", **columns: Any) -> dict[str, Any]:
    """A row of AWS's table, as it comes in a CSV file."""
    row = {
        "BilledCost": cost,
        "EffectiveCost": cost,
        "BillingCurrency": "USD",
        "BillingPeriodStart": "2026-03-01T00:00:00.000Z",
        "ChargeCategory": "Usage",
        "ChargeClass": "",
        "ChargeDescription": "$0.003 per 1K input tokens",
        "ChargePeriodStart": "2026-03-01T23:00:00.000Z",
        "ChargePeriodEnd": "2026-03-02T00:00:00.000Z",
        "ConsumedQuantity": "1166.7",
        "PricingQuantity": "1166.7",
        "PricingUnit": "1K tokens",
        "ProviderName": "AWS",
        "PublisherName": "Amazon Web Services",
        "ResourceId": "",
        "ServiceCategory": "AI and Machine Learning",
        "ServiceName": "Amazon Bedrock",
        "SkuId": "SKU1",
        "SubAccountId": "111122223333",
        "Tags": "{}",
        "x_Operation": "InvokeModelInference",
        "x_ServiceCode": "AmazonBedrock",
        "x_UsageType": CLAUDE,
    }
    return {**row, **columns}


def of_azure(meter: str = GPT, **columns: Any) -> dict[str, Any]:
    row = {
        "ProviderName": "Microsoft",
        "ChargeDescription": "Azure OpenAI - gpt-4o",
        "ChargePeriodStart": "2026-03-01T00:00Z",
        "ResourceId": "/subscriptions/1/resourceGroups/RG/accounts/Chat",
        "ServiceName": "Azure OpenAI Service",
        "PricingUnit": "Units",
        "PricingQuantity": "14",
        "x_PricingBlockSize": "1000",
        "x_SkuMeterCategory": "Azure OpenAI",
        "x_SkuMeterSubcategory": "Azure OpenAI GPT4o",
        "x_SkuMeterName": meter,
        "x_UsageType": "",
        "x_ServiceCode": "",
    }
    return charged(**row) | columns


def of_google(sku: str = GEMINI, **columns: Any) -> dict[str, Any]:
    row = {
        "ProviderName": "Google Cloud",
        "ChargeDescription": sku,
        "ChargePeriodStart": "2026-03-01 23:00:00 UTC",
        "ConsumedQuantity": "10000000",
        "PricingQuantity": "1",
        "PricingUnit": "count",
        "ServiceCategory": "",
        "ServiceName": "Vertex AI",
        "SubAccountId": "shop",
        "x_ExportTime": "2026-03-02 05:00:00.123 UTC",
        "x_UsageType": "",
        "x_ServiceCode": "",
    }
    return charged(**row) | columns


def write_bill(path: Path, *rows: dict[str, Any]) -> Path:
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)
    return path


def complaints(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().err.split())


def test_a_line_of_each_cloud_says_what_it_is_about(
    project: Project, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_bill(
        folder / "focus.csv",
        charged(),
        of_azure(),
        of_google(),
        of_google("Generate content output token count gemini 2.5 pro", ServiceName="Gemini API"),
        charged(
            ProviderName="OpenAI, LLC",
            ChargeDescription="gpt-4o-2024-08-06, input",
            ServiceName="API",
            x_UsageType="",
        ),
    )
    cost, day = Decimal("3.500000"), "2026-03-01"
    tokens = Decimal(10_000_000)
    output = "Generate content output token count gemini 2.5 pro"
    resource = "/subscriptions/1/resourcegroups/rg/accounts/chat"
    assert bill(project, COLUMNS, path) == [
        (day, "aws", "111122223333", CLAUDE, cost, Decimal(1_166_700), "USD"),
        (day, "azure", resource, GPT, cost, Decimal(14_000), "USD"),
        (day, "gemini", "shop", output, cost, tokens, "USD"),
        (
            *(day, "openai", "111122223333", "gpt-4o-2024-08-06, input"),
            *(cost, Decimal(1_166_700), "USD"),
        ),
        (day, "vertex_ai", "shop", GEMINI, cost, tokens, "USD"),
    ]
    assert "unknown column" not in complaints(capsys)


@pytest.mark.parametrize(
    ("row", "line_item"),
    [
        (charged(ChargeCategory="Tax"), "Tax on Amazon Bedrock"),
        (charged(ChargeCategory="credit"), "Credit for Amazon Bedrock"),
        (of_azure(ChargeCategory="Adjustment"), f"Adjustment | {GPT}"),
        (charged(ChargeCategory="Purchase", ChargeClass="Correction"), CLAUDE),
        (
            charged(
                ServiceName="Claude Sonnet 4 (Amazon Bedrock Edition)",
                x_UsageType="USE1-MP:USE1_OutputTokenCount_Global-Units",
                PricingUnit="Units",
            ),
            "USE1-MP:USE1_Output Token Count_Global-Units Claude Sonnet 4",
        ),
        (of_azure("5.4 inp Gl 1M Tokens", x_SkuMeterSubcategory="GPT"), "gpt 5.4 inp Gl 1M Tokens"),
        (
            charged(
                ProviderName="Microsoft Azure",
                ServiceName="Azure OpenAI",
                SkuMeter="gpt 4.1 outp glbl Tokens",
            ),
            "gpt 4.1 outp glbl Tokens",
        ),
        (charged(x_UsageType="", ProviderName="Mistral AI", SkuMeter="Tokens"), None),
    ],
)
def test_what_a_line_is_about(
    project: Project, folder: Path, row: dict[str, Any], line_item: str | None
) -> None:
    path = write_bill(folder / "focus.csv", row)
    assert bill(project, "line_item", path) == [(line_item or "$0.003 per 1K input tokens",)]


@pytest.mark.parametrize(
    ("row", "is_read"),
    [
        (charged(ServiceName="Amazon EC2", x_ServiceCode="AmazonEC2"), False),
        (of_google("N1 Core", ServiceName="Compute Engine"), False),
        (of_azure("D4s v5", x_SkuMeterCategory="Virtual Machines", x_SkuMeterSubcategory=""), True),
        (
            of_azure(
                "D4s v5",
                ServiceName="Virtual Machines",
                ChargeDescription="D4s v5",
                x_SkuMeterCategory="Virtual Machines",
                x_SkuMeterSubcategory="",
            ),
            False,
        ),
        (charged(ProviderName="Anthropic, PBC", ServiceCategory=""), True),
        (charged(ProviderName="Snowflake", ServiceName="a", ServiceCategory="Databases"), False),
        (charged(ProviderName="Snowflake", ServiceName="a", ServiceCategory=""), False),
        (charged(ProviderName="", ServiceCategory="AI and Machine Learning"), True),
    ],
)
def test_lines_for_models_are_read_and_the_others_are_counted(
    project: Project,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    row: dict[str, Any],
    is_read: bool,
) -> None:
    path = write_bill(folder / "focus.csv", charged(), row)
    assert bill(project, "count(*)", path) == [(1 + is_read,)]
    assert ("1 row left out: they are of other services" in complaints(capsys)) is not is_read


@pytest.mark.parametrize(
    "columns",
    [{"x_ChargeKey": "1f"}, {"BillingAccountType": "API Key"}, {"PublisherName": "LiteLLM"}],
)
def test_estimates_of_tokenmart_and_litellm_are_no_bill(
    project: Project, folder: Path, capsys: pytest.CaptureFixture[str], columns: dict[str, str]
) -> None:
    path = write_bill(folder / "focus.csv", charged(ProviderName="openai", **columns))
    assert bill(project, "count(*)", path) == [(0,)]
    assert "1 row left out: tokenmart or LiteLLM estimated them" in complaints(capsys)


def test_a_bill_in_another_currency_is_in_dollars_where_it_says_them(
    project: Project, folder: Path
) -> None:
    path = write_bill(
        folder / "focus.csv",
        of_azure(BilledCost="9.2", BillingCurrency="EUR", x_BilledCostInUsd="10.1"),
        charged("4.4", BillingCurrency="eur"),
    )
    assert bill(project, "amount_usd, currency", path) == [
        (Decimal("4.4"), "EUR"),
        (Decimal("10.1"), "USD"),
    ]


def test_a_later_file_of_the_month_takes_the_place_of_an_earlier_one(
    project: Project, folder: Path
) -> None:
    early = write_bill(folder / "early.csv", charged("1"), charged("2"), charged("1", SkuId="B"))
    assert bill(project, "sum(amount_usd), count(*)", early) == [(Decimal(4), 3)]
    late = write_bill(
        folder / "late.csv",
        *(charged("2.5", Tags='{"team": "a"}'), charged("1.25"), charged("1", SkuId="B")),
        charged("7", ChargePeriodStart="2026-03-02T00:00:00Z"),
    )
    assert bill(project, "sum(amount_usd), count(*)", late) == [(Decimal("11.75"), 4)]
    assert bill(project, "sum(amount_usd), count(*)", late) == [(Decimal("11.75"), 4)]


def test_a_row_of_google_is_never_replaced_by_a_correction(project: Project, folder: Path) -> None:
    first = of_google()
    path = write_bill(folder / "march.csv", first, first, of_google(BilledCost="-1"))
    assert bill(project, "sum(amount_usd)", path) == [(Decimal(6),)]
    again = write_bill(
        folder / "april.csv",
        *(first, first),
        of_google(x_ExportTime="2026-04-01 05:00:00 UTC", ChargeClass="Correction"),
    )
    assert bill(project, "sum(amount_usd)", again) == [(Decimal("9.5"),)]


def test_parquet_and_csv_have_the_same_lines(project: Project, folder: Path) -> None:
    rows = [charged(), of_azure(ChargePeriodStart="2026-03-01T00:00:00Z"), of_google()]
    names = list(dict.fromkeys(name for row in rows for name in row))
    typed = {
        **{name: "timestamptz" for name in names if name.endswith(("Start", "End", "Time"))},
        **{name: "decimal(38, 9)" for name in names if name.endswith(("Cost", "Quantity"))},
    }
    values = ", ".join(
        "("
        + ", ".join(
            f"nullif('{str(row.get(name, '')).replace(chr(39), chr(39) * 2)}', '')"
            f"::{typed.get(name, 'varchar')}"
            for name in names
        )
        + ")"
        for row in rows
    )
    listed = ", ".join(f'"{name}"' for name in names)
    write_parquet(folder / "focus.parquet", f"select * from (values {values}) as rows({listed})")
    before = bill(project, f"{COLUMNS}, line_id", write_bill(folder / "focus.csv", *rows))
    after = bill(project, f"{COLUMNS}, line_id", folder / "focus.parquet")
    assert before == after


def test_a_day_of_a_cloud_is_not_billed_twice(project: Project, folder: Path) -> None:
    bill(project, "*", write_bill(folder / "focus.csv", charged()))
    report = folder / "cur.csv"
    report.write_text(
        "line_item_usage_start_date,line_item_product_code,line_item_usage_type,"
        "line_item_line_item_type,line_item_unblended_cost\n"
        f"2026-03-01T00:00:00Z,AmazonBedrock,{CLAUDE},Usage,3.5\n"
    )
    with pytest.raises(UserError, match="would count twice, from aws-cur and from focus"):
        bill(project, "*", report)


@pytest.mark.parametrize(
    ("columns", "provider"),
    [
        ({"ProviderName": "OpenAI OpCo, LLC"}, "openai"),
        ({"ProviderName": "Anthropic, PBC"}, "anthropic"),
        ({"ProviderName": "Mistral AI SAS"}, "mistral"),
        ({"ProviderName": "", "Provider": "Oracle"}, "oracle"),
        ({"ServiceProviderName": "Anthropic, PBC", "ServiceName": "Amazon Bedrock"}, "aws"),
        ({"ProviderName": "Amazon Web Services India Private Limited"}, "aws"),
    ],
)
def test_a_vendor_is_known_by_its_name(
    project: Project, folder: Path, columns: dict[str, str], provider: str
) -> None:
    row = charged(**{"ServiceName": "API", **columns})
    if provider == "aws":
        row["ServiceName"] = "Amazon Bedrock"
    if "Provider" in columns:
        del row["ProviderName"]
    assert bill(project, "provider", write_bill(folder / "focus.csv", row)) == [(provider,)]


@pytest.mark.parametrize(
    ("unit", "quantity"),
    [
        *(("1K tokens", 2000), ("1M", 2_000_000), ("1 Million Tokens", 2_000_000)),
        *(("Thousand tokens", 2000), ("K tokens", 2000), ("10K", 20_000), ("Requests", 2)),
        *(("Months", 2), ("Hours", 2), ("1000 tokens", 2000), ("", 2)),
    ],
)
def test_a_quantity_is_in_single_tokens(
    project: Project, folder: Path, unit: str, quantity: int
) -> None:
    path = write_bill(folder / "focus.csv", charged(PricingQuantity="2", PricingUnit=unit))
    assert bill(project, "quantity", path) == [(Decimal(quantity),)]


@pytest.mark.parametrize(
    "moment",
    [
        *("2026-03-01T23:00Z", "2026-03-01T23:00+00:00", "2026-03-01 23:00 UTC"),
        *("2026-03-01T23:00:00Z", "2026-03-01 23:00:00", "2026-03-02T01:00:00.000+02:00"),
    ],
)
def test_a_moment_is_the_same_however_it_is_written(
    project: Project, folder: Path, moment: str
) -> None:
    path = write_bill(folder / "focus.csv", charged(ChargePeriodStart=moment))
    same = write_bill(folder / "same.csv", charged())
    assert bill(project, "usage_date::varchar, line_id", path) == bill(
        project, "usage_date::varchar, line_id", same
    )
