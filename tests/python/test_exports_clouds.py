"""The clouds' bills: each trap of the formats, in the shape in which AWS and Azure write them."""

import csv
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from exported import bill, rows_of, usage, write_csv, write_lines
from landing import query, write_parquet

from tokenmart.errors import UserError
from tokenmart.land import land
from tokenmart.project import Project

CUR = {
    "bill_billing_entity": "AWS",
    "identity_line_item_id": "line-1",
    "identity_time_interval": "2026-03-01T00:00:00Z/2026-03-01T01:00:00Z",
    "line_item_currency_code": "USD",
    "line_item_line_item_description": "",
    "line_item_line_item_type": "Usage",
    "line_item_product_code": "AmazonBedrock",
    "line_item_unblended_cost": "1.5",
    "line_item_usage_account_id": "111122223333",
    "line_item_usage_amount": "500.0",
    "line_item_usage_start_date": "2026-03-01T00:00:00Z",
    "line_item_usage_type": "USE1-NovaLite-input-tokens",
    "pricing_unit": "1K tokens",
    "product": '{"product_name":"Amazon Bedrock"}',
    "resource_tags": "{}",
}
CUR_BEFORE_2 = {
    "bill_billing_entity": "bill/BillingEntity",
    "identity_line_item_id": "identity/LineItemId",
    "identity_time_interval": "identity/TimeInterval",
    "line_item_currency_code": "lineItem/CurrencyCode",
    "line_item_line_item_description": "lineItem/LineItemDescription",
    "line_item_line_item_type": "lineItem/LineItemType",
    "line_item_product_code": "lineItem/ProductCode",
    "line_item_unblended_cost": "lineItem/UnblendedCost",
    "line_item_usage_account_id": "lineItem/UsageAccountId",
    "line_item_usage_amount": "lineItem/UsageAmount",
    "line_item_usage_start_date": "lineItem/UsageStartDate",
    "line_item_usage_type": "lineItem/UsageType",
    "pricing_unit": "pricing/unit",
}
SONNET = '{"product_name":"Claude Sonnet 4.5 (Amazon Bedrock Edition)"}'
METER = "gpt 4o 0806 Inp glbl Tokens"
RESOURCE = (
    "/subscriptions/974e/resourceGroups/AI/providers/Microsoft.CognitiveServices/accounts/Bot"
)
MCA = {
    "date": "03/31/2026",
    "meterCategory": "Cognitive Services",
    "meterSubCategory": "Azure OpenAI",
    "meterName": METER,
    "ProductName": "Azure OpenAI - Azure OpenAI - gpt 4o 0806 Inp glbl",
    "ResourceId": RESOURCE,
    "quantity": "1500",
    "unitOfMeasure": "1K",
    "chargeType": "Usage",
    "billingCurrency": "USD",
    "costInBillingCurrency": "3.75",
    "costInUsd": "3.75",
    "exchangeRatePricingToBilling": "1",
}


def table(path: Path, base: dict[str, str], *rows: dict[str, str]) -> Path:
    """A CSV file of the base's columns and those of the rows."""
    names = list(dict.fromkeys([*base, *(name for row in rows for name in row)]))
    lines = []
    for row in rows:
        line = io.StringIO()
        csv.writer(line, lineterminator="").writerow([{**base, **row}.get(name) for name in names])
        lines.append(line.getvalue())
    return write_csv(path, ",".join(names), *lines)


def line_id(number: int) -> dict[str, str]:
    return {"identity_line_item_id": f"line-{number}"}


def complaints(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().err.split())


def test_the_csv_files_before_cur_2_land_the_same(
    project: Project, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """They have a slash in the names of columns, and one of products for each member."""
    base = {name: CUR[name] for name in CUR_BEFORE_2}
    marketplace = {**line_id(2), "line_item_usage_type": "USE1-MP:USE1_InputTokenCount-Units"}
    rows = [line_id(1), marketplace]
    after = table(folder / "cur.csv", base | {"product_product_name": "Amazon Bedrock"}, *rows)
    landed = bill(project, "*", after)
    old = table(
        folder / "old.csv",
        {CUR_BEFORE_2[name]: value for name, value in base.items()}
        | {"product/ProductName": "Amazon Bedrock", "resourceTags/user:team": "search"},
        *({CUR_BEFORE_2[name]: value for name, value in row.items()} for row in rows),
    )
    capsys.readouterr()
    assert bill(project, "*", old) == landed
    assert len(landed) == 2
    assert "unknown" not in complaints(capsys)


def test_a_line_is_the_same_in_csv_and_parquet(project: Project, folder: Path) -> None:
    path = table(folder / "cur.csv", CUR, line_id(1))
    land(project, path)
    columns = "* replace (line_item_usage_start_date::timestamptz as line_item_usage_start_date)"
    write_parquet(folder / "cur.parquet", f"select {columns} from read_csv('{path}')")
    land(project, folder / "cur.parquet")
    assert bill(project, "count(*)") == [(1,)]


def test_hours_of_a_day_are_lines_in_tokens(project: Project, folder: Path) -> None:
    path = table(
        folder / "cur-00001.csv",
        CUR,
        line_id(1),
        {**line_id(2), "line_item_usage_start_date": "2026-03-01T23:00:00Z"},
        {**line_id(3), "line_item_usage_start_date": "2026-03-02T00:00:00Z"},
    )
    columns = "usage_date::varchar, provider, project_id, line_item, amount_usd, quantity"
    alike = ("aws", "111122223333", "USE1-NovaLite-input-tokens")
    assert bill(project, columns, path) == [
        ("2026-03-01", *alike, Decimal("1.500000"), Decimal(500_000)),
        ("2026-03-01", *alike, Decimal("1.500000"), Decimal(500_000)),
        ("2026-03-02", *alike, Decimal("1.500000"), Decimal(500_000)),
    ]


@pytest.mark.parametrize(
    ("usage_type", "line_item"),
    [
        ("USE1-Claude4.5Sonnet-output-tokens-cross-region-global", None),
        ("USE1-NovaPro-cache-read-input-token-count-flex", None),
        ("USE1-Nova2.0Lite-output-tokens-batch", "USE1-Nova2Lite-output-tokens-batch"),
        (
            "USW2-openai.gpt-oss-120b-mantle-input-tokens-standard",
            "USW2-openai.gpt-oss-120b-input-tokens-standard",
        ),
    ],
)
def test_a_line_keeps_its_class_and_tier(
    project: Project, folder: Path, usage_type: str, line_item: str | None
) -> None:
    path = table(folder / "cur.csv", CUR, {"line_item_usage_type": usage_type})
    assert bill(project, "line_item", path) == [(line_item or usage_type,)]


@pytest.mark.parametrize(
    ("usage_type", "words"),
    [
        ("USE1-MP:USE1_InputTokenCount-Units", "USE1-MP:USE1_Input Token Count-Units"),
        (
            "USE1-MP:USE1_CacheWrite1hInputTokenCount_Global_Batch-Units",
            "USE1-MP:USE1_Cache Write 1h Input Token Count_Global_Batch-Units",
        ),
        (
            "USE1-MP:USE1_input_tokens_long_ctx_global_standard-Units",
            "USE1-MP:USE1_input_tokens_long_context_global_standard-Units",
        ),
        ("APN1-MP:APN1_MillionBatchInputTokens-Units", "APN1-MP:APN1_Batch Input Tokens-Units"),
    ],
)
def test_a_line_of_the_marketplace_gets_its_model_from_the_product(
    project: Project, folder: Path, usage_type: str, words: str
) -> None:
    line = {"line_item_product_code": "9o3sbxyz", "product": SONNET, "pricing_unit": "1M tokens"}
    path = table(folder / "cur.csv", CUR, {**line, "line_item_usage_type": usage_type})
    assert bill(project, "line_item, quantity", path) == [
        (f"{words} Claude Sonnet 4.5", Decimal(500_000_000))
    ]


def test_an_edition_is_written_as_in_the_names_of_models(project: Project, folder: Path) -> None:
    product = '{"product_name":"Claude 3.5 Sonnet v2 (Amazon Bedrock Edition)"}'
    usage_type = "USE1-MP:USE1_input_tokens_standard-Units"
    path = table(folder / "cur.csv", CUR, {"product": product, "line_item_usage_type": usage_type})
    assert bill(project, "line_item", path) == [(f"{usage_type} Claude 3.5 Sonnet-v2:0",)]


def test_lines_of_other_services_are_left_out_and_counted(
    project: Project, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    others = {"line_item_product_code": "AmazonEC2", "product": ""}
    path = table(folder / "cur.csv", CUR, {}, *([others] * 3))
    assert len(bill(project, "line_item", path)) == 1
    assert "aws-cur: 3 rows left out: they are of other services" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("kind", "line_item"),
    [
        ("Tax", "Tax on Claude Sonnet 4.5"),
        ("Credit", "Credit for Claude Sonnet 4.5"),
        ("Refund", "Refund for Claude Sonnet 4.5"),
        ("EdpDiscount", "EdpDiscount | USE1-NovaLite-input-tokens"),
        ("DiscountedUsage", "USE1-NovaLite-input-tokens"),
        ("", "USE1-NovaLite-input-tokens"),
    ],
)
def test_taxes_credits_and_discounts_are_lines(
    project: Project, folder: Path, kind: str, line_item: str
) -> None:
    line = {"product": SONNET, "line_item_line_item_type": kind, "line_item_unblended_cost": "-2"}
    path = table(folder / "cur.csv", CUR, line)
    assert bill(project, "line_item, amount_usd", path) == [(line_item, Decimal(-2))]


def test_net_costs_have_the_discounts_in_them(project: Project, folder: Path) -> None:
    path = table(
        folder / "cur.csv",
        {**CUR, "line_item_net_unblended_cost": ""},
        {**line_id(1), "line_item_net_unblended_cost": "1.2"},
        {
            **line_id(2),
            "line_item_line_item_type": "EdpDiscount",
            "line_item_unblended_cost": "-0.3",
        },
    )
    assert bill(project, "sum(amount_usd)", path) == [(Decimal("1.200000"),)]


def test_the_files_of_a_delivery_are_added_up_and_a_later_one_takes_their_place(
    project: Project, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table(folder / "cur-00001.csv", CUR, line_id(1), line_id(2))
    table(folder / "cur-00002.csv", CUR, line_id(3))
    table(folder / "cur-00002 (1).csv", CUR, line_id(3))
    assert bill(project, "sum(amount_usd)", folder) == [(Decimal("4.500000"),)]
    assert (
        "aws-cur: 1 line of the bill is in several files, alike in all but ids and figures; added"
        " up, as parts of one report." in complaints(capsys)
    )
    for path in folder.iterdir():
        path.unlink()
    # made again, the lines may have other ids
    table(folder / "cur-00001.csv", CUR, *map(line_id, (11, 12, 13, 14)))
    assert bill(project, "sum(amount_usd)", folder) == [(Decimal("6.000000"),)]


HOUR = "2026-03-01T{0:02}:00:00Z"


def parts_of_a_report(kind: str) -> tuple[dict[str, str], list[dict[str, str]]]:
    """Lines of one day, project and text that the format can tell apart."""
    if kind == "aws":
        return CUR, [
            line_id(1),
            {**line_id(2), "line_item_usage_start_date": HOUR.format(1)},
            {**line_id(3), "line_item_resource_id": "arn:aws:bedrock:us-east-1::profile/a"},
            {**line_id(4), "line_item_iam_principal": "arn:aws:iam::111122223333:role/a"},
            {**line_id(5), "line_item_operation": "InvokeModelStreamingInference"},
            {**line_id(6), "line_item_line_item_description": "$0.0001 above the first tier"},
        ]
    base = {**MCA, "meterId": "m1"}
    return base, [
        {},
        {"meterId": "m2"},
        {"resourceLocation": "swedencentral"},
        {"unitOfMeasure": "1M"},
        {"pricingModel": "Spot"},
        # no field tells it from the first one
        {},
    ]


@pytest.mark.parametrize("kind", ["aws", "azure"])
def test_parts_of_a_report_add_up_however_they_are_landed(
    project: Project, folder: Path, kind: str
) -> None:
    base, lines = parts_of_a_report(kind)
    price = Decimal(base.get("line_item_unblended_cost") or base["costInBillingCurrency"])
    # lines that are alike are in one part
    first = table(folder / "a.csv", base, lines[0], *lines[3:])
    second = table(folder / "b.csv", base, *lines[1:4])
    columns = "sum(amount_usd), count(*)"
    assert bill(project, columns, first) == [(4 * price, 4)]
    whole = [(6 * price, 6)]
    for paths in ((second,), (first,), (second, first), (folder,)):
        assert bill(project, columns, *paths) == whole
    landed = rows_of(project, "raw_billing.provider_costs")
    other = table(folder / "whole.csv", base, *reversed(lines))
    assert bill(project, columns, other) == whole
    assert rows_of(project, "raw_billing.provider_costs") == landed


@pytest.mark.parametrize("kind", ["aws", "azure"])
def test_alike_lines_in_parts_of_two_commands_are_warned_of(
    project: Project, folder: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    base, lines = parts_of_a_report(kind)
    cost = "line_item_unblended_cost" if kind == "aws" else "costInBillingCurrency"
    land(project, table(folder / "a.csv", base, *lines[:2]))
    assert "warning" not in complaints(capsys)
    # a later version of the line, or another one
    other = table(folder / "b.csv", base, {**lines[0], **line_id(9), cost: "7"})
    assert len(bill(project, "line_id", other)) == 2
    assert (
        "1 line takes the place of what was landed before, and 1 of the same days stays. Lines "
        "that are alike in all but their figures are taken for the same: if they are not, because "
        "these are parts of one export, land all of it as one file."
    ) in complaints(capsys)
    # all of the day again is a later version, and nothing is to be said
    land(project, table(folder / "c.csv", base, *lines[:3]))
    assert "take the place" not in complaints(capsys)


def test_alike_lines_in_two_files_of_one_command_are_warned_of(
    project: Project, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table(folder / "0329.csv", MCA, {}, {"meterId": "m2"}, {"date": "03/28/2026"})
    # of the month so far: what is said twice is a later version
    table(folder / "0330.csv", MCA, {"costInBillingCurrency": "4"}, {"meterId": "m2"})
    land(project, folder)
    assert "warning" not in complaints(capsys)
    table(folder / "0331.csv", MCA, {"meterId": "m2"})
    land(project, folder)
    assert (
        "azure-costs: 3 lines take the place of what was in an earlier file, and 1 of the same "
        "days stays." in complaints(capsys)
    )


def test_lines_without_ids_count_once_in_files_that_overlap(project: Project, folder: Path) -> None:
    base = {**CUR, "identity_line_item_id": ""}
    for name in ("cur.csv", "cur (1).csv"):
        table(folder / name, base, {}, {"line_item_usage_start_date": HOUR.format(1)})
    assert bill(project, "amount_usd", folder) == [(Decimal("1.500000"),)] * 2


def test_a_parquet_file_says_the_same(project: Project, folder: Path) -> None:
    write_parquet(
        folder / "cur-00001.snappy.parquet",
        """
        select
            'line-1' as identity_line_item_id,
            timestamp '2026-03-01 05:00:00' as line_item_usage_start_date,
            '111122223333' as line_item_usage_account_id,
            'Usage' as line_item_line_item_type,
            '9o3sbxyz' as line_item_product_code,
            'USE1-MP:USE1_OutputTokenCount-Units' as line_item_usage_type,
            4.5e-6::double as line_item_unblended_cost,
            0.0003::double as line_item_usage_amount,
            '1M tokens' as pricing_unit,
            'USD' as line_item_currency_code,
            map {'product_name': 'Claude Sonnet 4.5 (Amazon Bedrock Edition)'} as product,
            map {'user_team': 'a'} as resource_tags
        """,
    )
    columns = "usage_date::varchar, line_item, amount_usd, quantity"
    assert bill(project, columns, folder) == [
        (
            "2026-03-01",
            "USE1-MP:USE1_Output Token Count-Units Claude Sonnet 4.5",
            Decimal("0.000005"),
            Decimal(300),
        )
    ]


def test_columns_that_the_report_is_known_to_have_are_no_surprise(
    project: Project, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = ("savings_plan_savings_plan_rate", "split_line_item_actual_usage", "bill_bill_type")
    path = table(folder / "cur.csv", {**CUR, **dict.fromkeys((*known, "line_item_new"), "")}, {})
    land(project, path)
    assert "cur.csv: unknown column line_item_new; left out" in " ".join(
        capsys.readouterr().err.split()
    )


def test_a_report_without_the_kinds_of_lines_is_refused(project: Project, folder: Path) -> None:
    names = [name for name in CUR if name != "line_item_line_item_type"]
    path = write_csv(folder / "cur.csv", ",".join(names))
    with pytest.raises(UserError, match="aws-cur: it has no column line_item_line_item_type"):
        land(project, path)


@pytest.mark.parametrize(
    "spelled",
    [
        {},
        {"date": "2026-03-31"},
        {"date": "2026-03-31T00:00:00Z"},
    ],
)
def test_a_day_is_written_in_several_ways(
    project: Project, folder: Path, spelled: dict[str, str]
) -> None:
    path = table(folder / "part_0_0001.csv", MCA, spelled)
    columns = "usage_date::varchar, provider, project_id, line_item, amount_usd, quantity, currency"
    assert bill(project, columns, path) == [
        (
            "2026-03-31",
            "azure",
            RESOURCE.lower(),
            METER,
            Decimal("3.750000"),
            Decimal(1_500_000),
            "USD",
        )
    ]


@pytest.mark.parametrize(
    "names",
    [
        {"costInBillingCurrency": "Cost", "billingCurrency": "BillingCurrencyCode"},
        {
            "date": "UsageDateTime",
            "costInBillingCurrency": "PreTaxCost",
            "billingCurrency": "Currency",
            "quantity": "UsageQuantity",
            "ResourceId": "InstanceId",
        },
    ],
)
def test_agreements_have_names_of_their_own(
    project: Project, folder: Path, names: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    base = {names.get(name, name[0].upper() + name[1:]): value for name, value in MCA.items()}
    path = table(folder / "costs.csv", base, {})
    columns = "usage_date::varchar, project_id, amount_usd, quantity, currency"
    expected = ("2026-03-31", RESOURCE.lower(), Decimal("3.750000"), Decimal(1_500_000), "USD")
    assert bill(project, columns, path) == [expected]
    assert "unknown column" not in capsys.readouterr().err


@pytest.mark.parametrize("name", ["costInBillingCurrency", "quantity"])
def test_a_decimal_comma_is_refused_with_its_row(project: Project, folder: Path, name: str) -> None:
    table(folder / "a.csv", MCA, {}, {})
    table(folder / "b.csv", MCA, {}, {name: "1.234,5"})
    said = rf"^b\.csv, row 2, column {name}, .*'1\.234,5'.*; write decimal numbers with a point\.$"
    with pytest.raises(UserError, match=said):
        land(project, folder)


def test_a_file_without_any_cost_is_told_what_it_lacks(project: Project, folder: Path) -> None:
    names = [name for name in MCA if name != "costInBillingCurrency"]
    path = write_csv(folder / "costs.csv", ",".join(names))
    with pytest.raises(UserError, match="azure-costs: it has no column costInBillingCurrency"):
        land(project, path)


@pytest.mark.parametrize(
    ("members", "line_item"),
    [
        (
            {"meterName": "5.4 inp Gl 1M Tokens", "meterSubCategory": "Azure OpenAI GPT5"},
            "gpt 5.4 inp Gl 1M Tokens",
        ),
        (
            {"meterName": "5.5 ShortCo opt Dz 1M Tokens", "meterSubCategory": "Azure OpenAI GPT5"},
            "gpt 5.5 short context opt Dz 1M Tokens",
        ),
        (
            {
                "meterName": "V4 Pro Inp glbl Tokens",
                "meterSubCategory": "Azure Deepseek Models",
                "meterCategory": "Foundry Models",
            },
            "deepseek V4 Pro Inp glbl Tokens",
        ),
        ({"meterName": "Provisioned Managed Global Unit"}, "Provisioned Managed Global Unit"),
        ({"chargeType": "Refund"}, f"Refund | {METER}"),
        ({"chargeType": "Purchase", "meterName": ""}, MCA["ProductName"]),
    ],
)
def test_a_meter_names_its_model(
    project: Project, folder: Path, members: dict[str, str], line_item: str
) -> None:
    path = table(folder / "costs.csv", MCA, members)
    assert bill(project, "line_item", path) == [(line_item,)]


@pytest.mark.parametrize(
    ("members", "currency", "amount"),
    [
        ({}, "USD", "3.75"),
        ({"billingCurrency": "eur", "costInUsd": "4.1"}, "USD", "4.1"),
        ({"billingCurrency": "JPY", "costInBillingCurrency": "600"}, "USD", "3.75"),
        ({"billingCurrency": "eur", "costInUsd": ""}, "EUR", "3.75"),
        # it is the bill that counts
        ({"billingCurrency": "usd", "costInUsd": "9"}, "USD", "3.75"),
        ({"billingCurrency": "", "costInUsd": "9"}, None, "3.75"),
    ],
)
def test_dollars_are_read_where_the_bill_is_in_another_currency(
    project: Project,
    folder: Path,
    members: dict[str, str],
    currency: str | None,
    amount: str,
) -> None:
    path = table(folder / "costs.csv", MCA, members)
    assert bill(project, "currency, amount_usd", path) == [(currency, Decimal(amount))]


def test_a_line_without_dollars_keeps_its_currency(project: Project, folder: Path) -> None:
    base = {name: value for name, value in MCA.items() if name != "costInUsd"}
    path = table(folder / "costs.csv", base, {"billingCurrency": "eur"}, {})
    assert bill(project, "currency, amount_usd", path) == [
        ("EUR", Decimal("3.750000")),
        ("USD", Decimal("3.750000")),
    ]


def test_of_exports_of_the_month_so_far_the_last_one_counts(project: Project, folder: Path) -> None:
    table(folder / "20260330.csv", MCA, {}, {})
    land(project, folder)
    path = table(folder / "20260331.csv", MCA, {"costInBillingCurrency": "4"}, {})
    assert bill(project, "sum(amount_usd)", path) == [(Decimal("7.750000"),)]


def test_meters_of_other_services_are_left_out_and_counted(
    project: Project, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = {
        "meterCategory": "Virtual Machines",
        "meterSubCategory": "Dv5",
        "meterName": "D4s v5",
        "ProductName": "",
    }
    path = table(folder / "costs.csv", MCA, {}, other, other)
    assert len(bill(project, "line_item", path)) == 1
    assert "azure-costs: 2 rows left out: they are of other services" in capsys.readouterr().err


def test_the_version_of_duckdb_writes_maps_as_objects() -> None:
    row = duckdb.sql("select to_json(map {'a': 'b'})::varchar").fetchone()
    assert row == ('{"a":"b"}',)


def invoked(**members: Any) -> dict[str, Any]:
    """A request as Bedrock logs it."""
    return {
        "schemaType": "ModelInvocationLog",
        "schemaVersion": "1.0",
        "timestamp": "2026-03-01T08:15:00Z",
        "accountId": "111122223333",
        "identity": {"arn": "arn:aws:sts::111122223333:assumed-role/Support/noor"},
        "region": "us-east-1",
        "requestId": "r-1",
        "operation": "InvokeModel",
        "modelId": "amazon.nova-lite-v1:0",
        "input": {"inputBodyJson": {"prompt": "secret"}, "inputTokenCount": 500},
        "output": {"outputBodyJson": "secret", "outputTokenCount": 40},
        **members,
    }


def test_a_log_of_bedrock_has_cached_tokens_beside_the_others(
    project: Project, folder: Path
) -> None:
    written = {"ephemeral_5m_input_tokens": 400, "ephemeral_1h_input_tokens": 600}
    said = {"usage": {"cache_creation": written}}
    counts = {"inputTokenCount": 20, "cacheReadInputTokenCount": 9000}
    path = write_lines(
        folder / "log.json",
        invoked(
            requestId="r-2",
            input=counts | {"cacheWriteInputTokenCount": 1000},
            output={"outputBodyJson": [{"message": said}], "outputTokenCount": 300},
            requestMetadata={"team": "support"},
        ),
        invoked(),
        invoked(),
    )
    columns = "tokens_in, input_cached_tokens, input_cache_write_tokens, tokens_out"
    more = "input_cache_write_5m_tokens, input_cache_write_1h_tokens, tags::varchar, request_id"
    assert usage(project, f"{columns}, {more}", path) == [
        (500, None, None, 40, None, None, None, "r-1"),
        (10020, 9000, 1000, 300, 400, 600, '{"team":"support"}', "r-2"),
    ]
    assert usage(project, "distinct project_id, openai_user_id") == [
        ("111122223333", "assumed-role/Support/noor")
    ]
    assert query(project, "select provider from raw_provider.provider_keys") == [("aws",)]
    everything = query(project, "select to_json(rows)::varchar from raw_provider.usage_events rows")
    assert "secret" not in str(everything)


@pytest.mark.parametrize(
    ("model_id", "answer", "model"),
    [
        ("amazon.nova-lite-v1:0", {}, "amazon.nova-lite-v1:0"),
        (
            "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-haiku-4-5-20251001-v1:0",
            {"model": "claude-haiku-4-5"},
            "anthropic.claude-haiku-4-5-20251001-v1:0",
        ),
        (
            "arn:aws-us-gov:bedrock:us-gov-west-1:1:inference-profile/us-gov.amazon.nova-pro-v1:0",
            {},
            "us-gov.amazon.nova-pro-v1:0",
        ),
        (
            "arn:aws:bedrock:us-east-1:1:application-inference-profile/xyz",
            {"model": "claude-haiku-4-5-20251001"},
            "claude-haiku-4-5-20251001",
        ),
        (
            "arn:aws:bedrock:us-east-1:1:provisioned-model/abc",
            {},
            "arn:aws:bedrock:us-east-1:1:provisioned-model/abc",
        ),
    ],
)
def test_a_model_of_bedrock_is_its_id_or_what_the_answer_says(
    project: Project, folder: Path, model_id: str, answer: dict[str, str], model: str
) -> None:
    output = {"outputBodyJson": answer, "outputTokenCount": 1}
    path = write_lines(folder / "log.jsonl", invoked(modelId=model_id, output=output))
    assert usage(project, "model", path) == [(model,)]


def test_a_request_that_bedrock_refused_used_nothing(
    project: Project, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    failed = invoked(requestId="r-2", errorCode="ThrottlingException", input={}, output={})
    path = write_lines(folder / "log.jsonl", invoked(), failed)
    assert usage(project, "request_id", path) == [("r-1",)]
    said = " ".join(capsys.readouterr().err.split())
    assert "bedrock-logs: 1 row left out: these requests failed, or used no tokens" in said


def test_logs_of_bedrock_without_an_id_are_told_by_all_that_they_say(
    project: Project, folder: Path
) -> None:
    one, other = (invoked(input={"inputTokenCount": count}) for count in (1, 2))
    del one["requestId"], other["requestId"]
    path = write_lines(folder / "log.jsonl", one, other, one)
    assert usage(project, "tokens_in", path) == [(1,), (2,)]


def test_an_answer_says_what_was_cached_where_the_log_does_not(
    project: Project, folder: Path
) -> None:
    said = {"cache_read_input_tokens": 70, "cache_creation_input_tokens": 30}
    output = {"outputBodyJson": {"usage": said}, "outputTokenCount": 5}
    path = write_lines(folder / "log.jsonl", invoked(input={"inputTokenCount": 1}, output=output))
    assert usage(project, "tokens_in, input_cached_tokens, input_cache_write_tokens", path) == [
        (101, 70, 30)
    ]


def test_the_bodies_beside_a_log_of_bedrock_are_passed_over(project: Project, folder: Path) -> None:
    log = write_lines(folder / "08" / "20260301T081500Z_a1.json", invoked())
    bodies = log.parent / "data"
    bodies.mkdir()
    for name in ("r-1_input.json.gz", "r-1_output.json"):
        (bodies / name).write_bytes(b"\x89PNG")
    # with the mark of UTF-8, and more than one line
    write_lines(folder / "09.jsonl", invoked(requestId="r-2"), invoked(requestId="r-3"))
    marked = folder / "09.jsonl"
    marked.write_bytes(b"\xef\xbb\xbf" + marked.read_bytes())
    assert usage(project, "request_id", folder) == [("r-1",), ("r-2",), ("r-3",)]


def test_another_document_in_a_log_of_bedrock_is_counted_as_left_out(
    project: Project, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logs = [invoked(requestId=f"r-{number}") for number in range(300)]
    path = write_lines(folder / "log.jsonl", *logs, {"schemaType": "Other"})
    assert usage(project, "count(*)", path) == [(300,)]
    assert "1 row left out: they are no logs of invocations" in capsys.readouterr().err
