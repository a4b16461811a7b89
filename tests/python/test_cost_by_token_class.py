"""What each class of tokens costs adds up to what was spent, and FOCUS says the same."""

import csv
import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from both_engines import on_each
from conftest import ORG, uuid
from postgres import PostgresWarehouse
from warehouses import Warehouse

AS_OF = "2026-11-20 00:00:00"
DAY = {"window_start": "2026-10-05", "window_end": "2026-10-06", "timestamp": "2026-10-05"}
TOKENS = {"tokens_in": 1000, "tokens_out": 100}
MARTS = ("+mart_focus_cost_and_usage", "+mart_model_alternatives")
FOCUS = "analytics.mart_focus_cost_and_usage"
BILLED, EFFECTIVE, PERSONAL = '"BilledCost"', '"EffectiveCost"', '"x_PersonalCost"'
OBSERVED = [{"source": "voice", "through": "provider"}]


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def spent(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Spending of each kind, built once on each engine: ten CPU seconds."""
    folder = tmp_path_factory.mktemp(f"spent_{request.param}")
    if request.param == "postgres":
        warehouse: Warehouse = PostgresWarehouse(folder, request.getfixturevalue("postgres_server"))
    else:
        warehouse = Warehouse(folder)
    warehouse.create_sources()
    _spend(warehouse)
    on_each([warehouse], "build", "--select", *MARTS, as_of=AS_OF, observed_through=OBSERVED)
    return warehouse


def _spend(warehouse: Warehouse) -> None:
    def event(id: int, **changes: Any) -> dict[str, Any]:
        return {"id": id, "key_id": 1, "cost_estimate": "0.5", **DAY, **TOKENS, **changes}

    warehouse.insert("provider_keys", {"id": 1, "provider": "openai"})
    warehouse.insert("organizations", {"id": ORG, "name": 'The "Acme"\\'})
    warehouse.insert(
        "usage_events",
        # billed by category, and for audio that it does not have
        event(1, model="gpt-4.1", project_id="a", input_cached_tokens=400),
        # no bill: contracted, and unknown
        event(2, model="gpt-4.1", project_id="b", timestamp="2026-09-30", window_start="2026-09-30",
              window_end="2026-10-01"),
        event(3, model="nobody-knows-it", project_id="b", window_start="2026-09-30",
              window_end="2026-10-01", timestamp="2026-09-30"),
    )  # fmt: skip
    for project, item, dollars in [
        ("a", "gpt-4.1, input", "0.001"),
        ("a", "gpt-4.1, cached input", "0.0002"),
        ("a", "gpt-4.1, output", "0.000701"),
        ("nobody", "gpt-4.1, output", "3"),
        ("nobody", "gpt-4.1, input", "4"),
        ("nobody", "gpt-4o audio, cached input", "5"),
        ("nobody", "Claude Sonnet 4.5 Usage - Input Tokens, Cache Write (5m)", "6"),
        ("nobody", "gpt-4.1 tokens", "7"),
        ("a", "web search", "0.1"),
        ("a", "credit grant", "-0.05"),
    ]:
        line = {"usage_date": "2026-10-05", "provider": "openai", "project_id": project}
        warehouse.insert("provider_costs", line | {"line_item": item, "amount_usd": dollars})

    def record(number: int, **changes: Any) -> dict[str, Any]:
        split = {"model": "claude-sonnet-4-5", "input_tokens": 60, "output_tokens": 40}
        return {
            **{"id": uuid(number), "org_id": ORG, "resource_type": "llm_tokens", "quantity": 100},
            **{"cost_usd": "1.0001", "period_start": "2026-10-03", "period_end": "2026-10-06"},
            **{"metadata": split, "token_source": "company", "created_at": "2026-10-06"},
            **changes,
        }

    warehouse.insert(
        "usage_records",
        record(1),
        record(2, token_source="personal", cost_usd="0.7"),
        record(3, metadata={"model": "claude-sonnet-4-5"}),
        record(4, resource_type="api_calls", quantity=7, cost_usd="0.07", metadata={}),
    )
    warehouse.insert("voice_conversations", {"id": uuid(1), "metadata": {"model": "gpt-realtime"}})
    response = {"conversation_id": uuid(1), "timestamp": "2026-10-05 10:00:00"}
    warehouse.insert(
        "voice_usage_metrics",
        {
            **{"id": uuid(1), "event_type": "response_complete", **response},
            **{"input_tokens": 30, "output_tokens": 20, "metadata": {}},
        },
    )


def test_the_classes_add_up_to_what_was_spent(spent: Warehouse) -> None:
    measures = ["tokens", "list_cost_usd", "contracted_cost_usd", "billed_cost_usd", "cost_usd",
                "company_cost_usd", "personal_cost_usd", "unpriced_tokens"]  # fmt: skip
    sums = ", ".join(f"sum({measure})" for measure in measures)
    of_fact = sums.replace("sum(tokens)", "sum(total_tokens)").replace(
        "sum(unpriced_tokens)", "sum(case when cost_usd is null then total_tokens else 0 end)"
    )
    by = "usage_date, source_system, provider, model_id"
    classes = spent.rows(
        f"select {by}, {sums} from analytics.mart_cost_by_token_class_daily group by {by}"
    )
    facts = spent.rows(
        f"select {by}, {of_fact} from analytics.fct_cost_daily where is_counted group by {by}"
    )
    assert sorted(map(str, classes)) == sorted(map(str, facts))
    assert len(facts) == 10


def test_a_class_costs_what_its_line_of_the_bill_says(spent: Warehouse) -> None:
    rows = spent.rows(
        """
        select token_class, token_category, modality, tokens, cost_usd
        from analytics.mart_cost_by_token_class_daily
        where usage_date = '2026-10-05' and source_system in ('provider', 'billing')
        order by token_class
        """
    )
    assert rows == [
        ("cached_text_input", "cached_input", "text", 400, Decimal("0.0002")),
        ("credits", None, None, 0, Decimal("-0.05")),
        ("other_charges", None, None, 0, Decimal("0.1")),
        ("text_output", "output", "text", 100, Decimal("0.000701")),
        ("uncached_text_input", "input", "text", 600, Decimal("0.001")),
        ("unsplit", "unsplit", None, 0, Decimal(7)),
        ("unsplit:audio_cached_input", "cached_input", "audio", 0, Decimal(5)),
        ("unsplit:cache_write", "cache_write", "text", 0, Decimal(6)),
        ("unsplit:input", "input", None, 0, Decimal(4)),
        ("unsplit:output", "output", None, 0, Decimal(3)),
    ]


def test_focus_has_what_the_company_paid_and_what_employees_paid(spent: Warehouse) -> None:
    counted = "from analytics.fct_cost_daily where is_counted"
    assert spent.rows(f"select sum({EFFECTIVE}), sum({PERSONAL}) from {FOCUS}") == spent.rows(
        f"select sum(company_cost_usd), sum(personal_cost_usd) {counted}"
    )
    # what an employee paid has a price, and is no bill of the company's
    assert spent.rows(
        f"""
        select distinct {BILLED} = 0, {EFFECTIVE} = 0, "ListCost" > 0, "x_TokenSource"
        from {FOCUS} where {PERSONAL} > 0
        """
    ) == [(True, True, True, "personal")]
    # what voice used, the provider reports again; what has no price and no bill is no charge
    assert spent.rows(f"""select distinct "x_SourceSystem" from {FOCUS} order by 1""") == [
        ("agents",),
        ("billing",),
        ("provider",),
    ]
    assert (
        spent.value(f"""select count(*) from {FOCUS} where "x_ModelId" = 'nobody-knows-it'""") == 0
    )


def test_a_unit_price_times_its_quantity_is_the_cost(spent: Warehouse) -> None:
    wrong = spent.rows(
        f"""
        select * from {FOCUS}
        where "ListCost" <> cast("PricingQuantity" as decimal(25, 9)) * "ListUnitPrice"
            or "ContractedCost" <> cast("PricingQuantity" as decimal(25, 9)) * "ContractedUnitPrice"
            or ("ChargeCategory" = 'Usage') <> ("ListUnitPrice" is not null)
        """
    )
    assert wrong == []
    assert spent.rows(
        f"""
        select "ChargeCategory", "ConsumedQuantity", "ConsumedUnit", "PricingUnit", {EFFECTIVE},
            "BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodEnd"
        from {FOCUS}
        where "x_SourceSystem" = 'billing' or "x_TokenClass" = 'cached_text_input'
        order by {EFFECTIVE}
        """
    ) == [
        (*charge, datetime(2026, 10, 1), datetime(2026, 11, 1), datetime(2026, 10, 6))
        for charge in (
            ("Credit", None, None, None, Decimal("-0.05")),
            ("Usage", 400, "Tokens", "1000000 Tokens", Decimal("0.0002")),
            ("Usage", 1, "Charges", "Charges", Decimal("0.1")),
            *(("Usage", 1, "Charges", "Charges", Decimal(usd)) for usd in (3, 4, 5, 6, 7)),
        )
    ]


def test_what_is_no_tokens_is_called_as_on_the_bill(spent: Warehouse) -> None:
    assert spent.rows(
        f"""
        select "ChargeDescription", "SkuId", "SkuMeter" from {FOCUS}
        where "x_SourceSystem" = 'billing' and "x_TokenClass" in ('other_charges', 'credits')
        order by {EFFECTIVE}
        """
    ) == [
        ("credit grant", None, None),
        ("web search", "openai/web search/other_charges", "web search"),
    ]


def test_tags_are_json_of_what_is_known(spent: Warehouse) -> None:
    tags = {
        system: json.loads(text)
        for system, text in spent.rows(
            f"""select "x_SourceSystem", "Tags" from {FOCUS} where "x_TokenClass" in """
            "('api_calls', 'cached_text_input')"
        )
    }
    assert tags == {
        "agents": {"org": 'The "Acme"\\'},
        "provider": {"key": "1", "project": "a"},
    }


def test_a_month_is_exported_as_csv_and_parquet(spent: Warehouse, tmp_path: Path) -> None:
    folder = tmp_path / "of ours"
    done = spent.tokenmart("focus", "export", "--month", "2026-10", "--out", str(folder), "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    charges, effective = spent.rows(
        f"""
        select count(*), sum({EFFECTIVE}) from {FOCUS}
        where "BillingPeriodStart" = cast('2026-10-01' as timestamp)
        """
    )[0]
    assert (told["charges"], Decimal(told["effective_cost_usd"])) == (charges, effective)
    with (folder / "focus_2026-10.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == charges
    assert sum(Decimal(row["EffectiveCost"]) for row in rows) == effective
    assert {row["BillingPeriodStart"] for row in rows} == {"2026-10-01T00:00:00Z"}
    with duckdb.connect() as connection:
        read = connection.execute(
            'select count(*), sum("EffectiveCost"), max("Tags"), min(typeof("ChargePeriodEnd"))'
            f" from read_parquet('{folder}/focus_2026-10.parquet')"
        ).fetchall()
    assert read == [
        (charges, effective, max(row["Tags"] for row in rows), "TIMESTAMP WITH TIME ZONE")
    ]


@pytest.mark.parametrize(
    ("month", "sentence"),
    [
        ("2027-01", "has no charge in 2027-01: it has months from 2026-09 to 2026-10."),
        ("2026-13", "'2026-13' is no month: write --month as YYYY-MM, such as 2026-10."),
        ("October", "'October' is no month: write --month as YYYY-MM, such as 2026-10."),
    ],
)
def test_a_month_that_cannot_be_exported_is_named(
    spent: Warehouse, tmp_path: Path, month: str, sentence: str
) -> None:
    refused = spent.tokenmart("focus", "export", "--month", month, "--out", str(tmp_path / "out"))
    assert refused.returncode == 2
    assert sentence in " ".join(refused.stderr.split())
    assert not (tmp_path / "out").exists()


def test_a_file_in_the_place_of_the_folder_is_named(spent: Warehouse, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    refused = spent.tokenmart(
        "focus", "export", "--month", "2026-10", "--out", str(tmp_path / "out")
    )
    assert refused.returncode == 2
    assert "is a file: name a folder with --out." in " ".join(refused.stderr.split())


def test_what_if_is_tokens_times_list_prices(spent: Warehouse) -> None:
    rows = spent.rows(
        """
        select alternative_kind, alternative_model_id, alternative_processing, tokens,
            list_cost_usd, alternative_list_cost_usd, difference_usd
        from analytics.mart_model_alternatives
        where usage_month = '2026-10-01' and canonical_model_id = 'gpt-4.1'
            and (alternative_kind <> 'model' or alternative_model_id = 'gpt-4.1-mini')
        order by 1, 3
        """
    )
    # 600 tokens at 2 dollars a million, 400 cached ones at 0.5, 100 of output at 8;
    # in batch input costs 1 dollar, cached or not
    used = Decimal("0.0022")
    assert rows == [
        (kind, model, processing, 1100, used, cost, cost - used)
        for kind, model, processing, cost in (
            ("model", "gpt-4.1-mini", None, Decimal("0.00044")),
            ("processing", "gpt-4.1", "batch", Decimal("0.0014")),
            ("processing", "gpt-4.1", "priority", Decimal("0.00385")),
            ("processing", "gpt-4.1", "standard", used),
            ("without_cache", "gpt-4.1", None, Decimal("0.0028")),
        )
    ]


def test_what_if_knows_no_cost_of_tokens_without_a_price(spent: Warehouse) -> None:
    # some of its tokens are neither input nor output, so no model has a price for all
    rows = spent.rows(
        """
        select distinct alternative_list_cost_usd is null, difference_usd is null,
            tokens - priced_tokens, share_of_tokens_priced
        from analytics.mart_model_alternatives
        where usage_month = '2026-10-01' and canonical_model_id = 'claude-sonnet-4-5'
        """
    )
    assert rows == [(True, True, 100, Decimal("0.666667"))]
    # and what no list knows has no alternative but models in use
    assert (
        spent.value(
            "select count(*) from analytics.mart_model_alternatives"
            " where canonical_model_id = 'nobody-knows-it' and alternative_kind <> 'model'"
        )
        == 0
    )


def test_next_to_a_line_for_audio_a_line_for_output_is_for_text(sample_build: Warehouse) -> None:
    lines = dict(
        sample_build.rows(
            """
            select direction, sum(billed_cost_usd) from analytics.mart_bill_lines
            where canonical_model_id = 'gpt-4o-realtime-preview' and usage_row_count > 0
            group by 1
            """
        )
    )
    classes = dict(
        sample_build.rows(
            """
            select token_class, sum(billed_cost_usd) from analytics.mart_cost_by_token_class_daily
            where canonical_model_id = 'gpt-4o-realtime-preview' and source_system = 'provider'
            group by 1
            """
        )
    )
    assert lines["output"] > 0 and lines["audio_output"] > 0
    assert classes["text_output"] == lines["output"]
    assert classes["audio_output"] == lines["audio_output"]
    assert classes["uncached_text_input"] == lines["input"]
    assert classes["uncached_audio_input"] == lines["audio_input"]
