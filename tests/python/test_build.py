"""Whole builds: on sample data, again, empty, with some of the sources."""

import itertools
import shutil

import pytest
from conftest import uuid
from warehouses import ROOT, Warehouse

from tokenmart.sources import USAGE

USAGE_SOURCES = tuple(USAGE)
SUBSETS = [
    list(subset) for size in (2, 3) for subset in itertools.combinations(USAGE_SOURCES, size)
]
"""Those of one source are built below."""

COUNTED_BY_SOURCE = """
    select source_system, sum(rows_in), sum(rows_counted), sum(rows_excluded), sum(rows_quarantined)
    from analytics.audit_usage_conservation
    group by 1
    order by 1
"""


def test_every_row_of_the_sample_is_counted_excluded_or_quarantined(
    sample_build: Warehouse,
) -> None:
    raw = {
        source: sample_build.value(f"select count(*) from {table}")
        for source, table in (
            ("provider", "raw_provider.usage_events"),
            ("agents", "raw_agents.usage_records"),
            ("voice", "raw_voice.voice_usage_metrics"),
        )
    }
    for source, rows_in, counted, excluded, quarantined in sample_build.rows(COUNTED_BY_SOURCE):
        assert rows_in == raw[source]
        assert rows_in == counted + excluded + quarantined
        assert quarantined > 0


def test_facts_hold_the_tokens_of_the_source_rows_that_count(
    sample_build: Warehouse,
) -> None:
    in_source = sample_build.rows(
        """
        select
            -- some rows count audio beside a total that is text alone
            sum(tokens_in) + sum(input_audio_tokens) filter (
                where input_text_tokens + input_cached_text_tokens = tokens_in
            ),
            sum(tokens_out),
            sum(cost_estimate)
        from raw_provider.usage_events
        where
            id not in (select usage_event_id from analytics.quarantine_usage_events)
            and id not in (select usage_event_id from analytics.excluded_usage_events)
        """
    )
    in_fact = sample_build.rows(
        """
        select sum(input_tokens), sum(output_tokens), sum(recorded_cost_usd)
        from analytics.fct_provider_usage_daily
        """
    )
    assert in_fact == in_source


def test_agents_money_survives_the_spreading_to_the_last_digit(sample_build: Warehouse) -> None:
    in_source = sample_build.rows(
        """
        select coalesce(token_source, 'company') = 'personal', sum(cost_usd)
        from raw_agents.usage_records
        where id not in (select usage_record_id::uuid from analytics.quarantine_usage_records)
        group by 1 order by 1
        """
    )
    in_fact = sample_build.rows(
        "select sum(company_cost_usd), sum(personal_cost_usd) from analytics.fct_agent_usage_daily"
    )
    assert in_fact == [(in_source[0][1], in_source[1][1])]


def test_unknown_words_are_kept_and_counted(sample_build: Warehouse) -> None:
    assert sample_build.value(
        "select count(*) from analytics.fct_agent_usage_daily where resource_type = 'gpu_minutes'"
    )


def test_bills_come_before_prices_and_agents_cost_what_they_recorded(
    sample_build: Warehouse,
) -> None:
    assert sample_build.rows(
        """
        select
            source_system, cost_basis, count(*) = count(cost_usd),
            coalesce(bool_and(cost_usd = contracted_cost_usd), false)
        from analytics.fct_cost_daily group by 1, 2 order by 1, 2
        """
    ) == [
        ("agents", "recorded", True, False),
        ("billing", "billed", True, False),
        ("provider", "billed", True, False),
        ("provider", "contracted", True, True),
        ("provider", "unpriced", False, False),
        ("voice", "contracted", True, True),
    ]
    # 'unknown' and 'responses-create' are no models
    assert sample_build.rows(
        """
        select distinct provider, model_id from analytics.mart_unpriced_usage
        where source_system = 'provider' order by model_id
        """
    ) == [("openai", "responses-create"), ("openai", "unknown")]


def test_a_changed_price_or_alias_restates_the_past_in_the_next_build(
    copy_of_sample: Warehouse,
) -> None:
    cost = """
        select sum(list_cost_usd), sum(contracted_cost_usd), sum(cost_usd), sum(total_tokens)
        from analytics.fct_voice_usage_daily
    """
    ((list_cost, contracted, _, tokens),) = copy_of_sample.rows(cost)
    assert list_cost == contracted
    copy_of_sample.project = copy_of_sample.folder / "project"
    shutil.copytree(
        ROOT,
        copy_of_sample.project,
        ignore=shutil.ignore_patterns(".*", "build", "target", "logs", "python"),
    )
    seeds = copy_of_sample.project / "seeds"
    with (seeds / "contract_prices.csv").open("a") as prices:
        prices.write("*,*,*,*,,,,50,USD\n")
    with (seeds / "model_aliases.csv").open("a") as aliases:
        aliases.write("openai,unknown,gpt-4.1\n")
    copy_of_sample.build("--selector", "marts")
    # half of a price has at most as many decimals as there are
    assert copy_of_sample.rows(cost) == [(list_cost, list_cost / 2, list_cost / 2, tokens)]
    assert copy_of_sample.rows(
        "select distinct model_id from analytics.mart_unpriced_usage where provider is not null"
    ) == [("responses-create",)]


def test_empty_sources_build_into_empty_marts(warehouse: Warehouse) -> None:
    warehouse.create_sources()
    warehouse.build()
    for mart in (
        "fct_cost_daily",
        "dim_date",
        "mart_cost_by_model_daily",
        "mart_cost_by_org_monthly",
        "mart_cost_by_employee_monthly",
        "mart_cost_by_team_monthly",
        "mart_cost_by_project_monthly",
        "mart_voice_daily",
        "mart_budget_daily",
        "mart_budget_status",
        "mart_cost_mover_models",
        "mart_cost_movers",
        "mart_cost_expected_daily",
        "mart_cost_anomalies",
        "audit_usage_conservation",
    ):
        assert warehouse.value(f"select count(*) from analytics.{mart}") == 0


def test_optional_tables_and_columns_may_be_missing(sources: Warehouse, event, record) -> None:
    for table in ("raw_agents.teams", "raw_agents.agents", "raw_billing.provider_costs"):
        sources.execute(f"drop table {table}")
    sources.execute("alter table raw_provider.usage_events drop column service_tier")
    sources.execute("alter table raw_agents.usage_records drop column metadata")
    sources.execute("alter table raw_voice.voice_conversations drop column metadata")
    sources.insert("usage_events", event(1))
    sources.insert("usage_records", {k: v for k, v in record(1).items() if k != "metadata"})
    sources.build()
    assert sources.rows(
        "select service_tier, total_tokens from analytics.fct_provider_usage_daily"
    ) == [(None, 110)]
    assert sources.rows("select model_id, unsplit_tokens from analytics.fct_agent_usage_daily") == [
        (None, 100)
    ]


@pytest.mark.drawn(1)
@pytest.mark.parametrize("enabled", SUBSETS, ids="+".join)
def test_sources_may_be_enabled_together(warehouse: Warehouse, enabled: list[str]) -> None:
    result = warehouse.dbt("parse", sources_enabled=enabled)
    assert result.returncode == 0, result.stdout


@pytest.mark.drawn(1)
@pytest.mark.parametrize("enabled", [["provider"], ["agents"], ["voice"]], ids="+".join)
def test_a_single_source_builds_and_validates(
    sources: Warehouse, enabled: list[str], event, record
) -> None:
    sources.insert("usage_events", event(1))
    sources.insert("usage_records", record(1))
    moment = "2025-01-01 10:00:00+00"
    sources.insert(
        "voice_usage_metrics", {"id": uuid(1), "timestamp": moment, "event_type": "message"}
    )
    for other in set(USAGE_SOURCES) - set(enabled):
        sources.execute(f"drop schema raw_{other} cascade")
    built = sources.tokenmart("build")
    assert built.returncode == 0, built.stdout + built.stderr
    off = [name for name in USAGE_SOURCES if name not in enabled]
    schemas = ", ".join(f"raw_{name}" for name in off)
    assert f"left out, because nothing was landed in {schemas}: {', '.join(off)}" in built.stderr
    assert sources.rows("select distinct source_system from analytics.fct_cost_daily") == [
        (enabled[0],)
    ]
    validated = sources.tokenmart("validate")
    assert validated.returncode == 0, validated.stdout + validated.stderr


def test_another_time_zone_needs_a_full_refresh_and_keeps_every_token(
    copy_of_sample: Warehouse,
) -> None:
    total = "select sum(total_tokens), sum(recorded_cost_usd) from analytics.fct_cost_daily"
    before = copy_of_sample.rows(total)
    refused = copy_of_sample.dbt("build", reporting_timezone="Asia/Kolkata")
    assert '- reporting_timezone was "UTC" and is "Asia/Kolkata"' in refused.stdout
    assert "Run --full-refresh; the ledger stays." in refused.stdout
    assert refused.returncode and copy_of_sample.rows(total) == before
    copy_of_sample.build("--full-refresh", reporting_timezone="Asia/Kolkata")
    assert copy_of_sample.rows(total) == before
    assert copy_of_sample.value(
        "select count(*) from analytics.fct_provider_usage_daily where usage_date <> usage_date_utc"
    )
