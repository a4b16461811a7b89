"""A day is recomputed when anything in it has changed, and left alone otherwise."""

import json
import shutil
from typing import Any

import pytest
from conftest import uuid
from warehouses import ROOT, Warehouse

FACT = ("--select", "+fct_provider_usage_daily")
DAYS = """
    select cast(usage_date_utc as text), sum(input_tokens), max(request_count)
    from analytics.fct_provider_usage_daily group by 1 order by 1
"""
LEFT_ALONE = 99
"""What no build writes: a row that has it was not written again."""


COUNTED = "select sum(input_tokens) from analytics.fct_provider_usage_daily"


def touch(warehouse: Warehouse) -> None:
    warehouse.execute(f"update analytics.fct_provider_usage_daily set request_count = {LEFT_ALONE}")


def test_only_days_with_changes_are_recomputed(provider: Warehouse, event: Any) -> None:
    days = [f"2025-01-0{day}" for day in range(1, 6)]
    provider.insert("provider_keys", {"id": 2, "provider": "openai", "user_id": "one"})
    provider.insert(
        "usage_events",
        *(event(number, timestamp=f"{day} 10:00:00") for number, day in enumerate(days)),
        event(9, key_id=2, timestamp="2025-01-05 11:00:00"),
    )
    provider.build(*FACT, as_of="2025-01-04 12:00:00", provisional_days=1)
    touch(provider)

    # a corrected row, one that has left its day, a key that has another owner from today on
    provider.execute(
        """
        update raw_provider.usage_events set tokens_in = 150 where id = 1;
        update raw_provider.usage_events set timestamp = '2025-01-01 11:00:00' where id = 2;
        update raw_provider.provider_keys set user_id = 'other' where id = 2
        """
    )
    provider.build(*FACT, as_of="2025-01-05 12:00:00", provisional_days=2)
    assert provider.rows(DAYS) == [
        ("2025-01-01", 200, 0),
        ("2025-01-02", 150, 0),
        ("2025-01-04", 100, LEFT_ALONE),
        ("2025-01-05", 200, 0),
    ]
    owners = "select key_user_id from analytics.fct_provider_usage_daily where provider_key_id = 2"
    assert provider.value(owners) == "other"

    # the clock alone: the 3rd to the 5th are provisional no more
    touch(provider)
    provider.build(*FACT, as_of="2025-01-09 12:00:00", provisional_days=2)
    assert provider.rows(DAYS) == [
        ("2025-01-01", 200, LEFT_ALONE),
        ("2025-01-02", 150, LEFT_ALONE),
        ("2025-01-04", 100, 0),
        ("2025-01-05", 200, 0),
    ]


def test_a_fact_is_rebuilt_in_full_if_its_rule_has_changed_or_its_days_are_unknown(
    provider: Warehouse, event: Any
) -> None:
    provider.insert("usage_events", event(1), event(2, timestamp="2025-01-02 10:00:00"))
    provider.build(*FACT)
    basis = "select distinct cost_basis from analytics.fct_provider_usage_daily"
    touch(provider)
    provider.build(*FACT, cost_basis={"provider": ["list"]})
    assert [request_count for *_, request_count in provider.rows(DAYS)] == [0, 0]
    assert provider.rows(basis) == [("list",)]

    touch(provider)
    provider.execute("delete from analytics_intermediate.int_day_inputs")
    provider.execute("delete from raw_provider.usage_events where id = 1")
    provider.build(*FACT, cost_basis={"provider": ["list"]})
    assert [request_count for *_, request_count in provider.rows(DAYS)] == [0, 0]


def test_days_that_a_run_has_counted_and_not_stated_are_stated_by_the_next(
    provider: Warehouse, event: Any
) -> None:
    provider.insert("usage_events", event(1))
    provider.build(*FACT)
    provider.insert("usage_events", event(2, timestamp="2025-01-02 10:00:00"))
    provider.build("--select", "+int_provider_usage_daily")
    assert [day for day, *_ in provider.rows(DAYS)] == ["2025-01-01"]
    provider.build(*FACT)
    assert [day for day, *_ in provider.rows(DAYS)] == ["2025-01-01", "2025-01-02"]


@pytest.mark.drawn(1)
def test_values_that_change_places_within_a_day_are_seen(
    either_warehouse: Warehouse, event: Any
) -> None:
    warehouse = either_warehouse
    warehouse.create_sources("provider")
    warehouse.variables = {"sources_enabled": ["provider"]}
    warehouse.insert("provider_keys", {"id": 1}, {"id": 2})
    for day in range(1, 11):
        at = {"timestamp": f"2025-01-{day:02} 10:00:00"}
        warehouse.insert("usage_events", event(day, tokens_in=100, **at))
        warehouse.insert("usage_events", event(100 + day, key_id=2, tokens_in=200, **at))
    warehouse.build(*FACT)
    warehouse.execute("update raw_provider.usage_events set tokens_in = 300 - tokens_in")
    warehouse.build(*FACT)
    assert warehouse.rows(
        """
        select provider_key_id, input_tokens, count(*) from analytics.fct_provider_usage_daily
        group by 1, 2 order by 1
        """
    ) == [(1, 200, 10), (2, 100, 10)]


def test_a_micro_dollar_below_zero_is_not_zero(provider: Warehouse, event: Any) -> None:
    provider.insert("usage_events", event(1, cost_estimate="0"))
    provider.build(*FACT)
    provider.execute("update raw_provider.usage_events set cost_estimate = -0.000001")
    provider.build(*FACT)
    cost = "select cast(recorded_cost_usd as text) from analytics.fct_provider_usage_daily"
    assert float(provider.value(cost)) == -0.000001


def test_a_fact_stated_by_itself_is_looked_at_again(provider: Warehouse, event: Any) -> None:
    provider.insert("usage_events", event(1))
    provider.build(*FACT)
    provider.execute("update raw_provider.usage_events set tokens_in = 150")
    provider.build("--select", "+int_provider_usage_daily")
    provider.build("--select", "int_provider_usage_priced", "fct_provider_usage_daily")
    provider.execute("update raw_provider.usage_events set tokens_in = 100")
    provider.build(*FACT)
    assert [tokens for _, tokens, _ in provider.rows(DAYS)] == [100]


def test_a_fact_that_stood_elsewhere_for_a_while_is_brought_up_to_date(
    provider: Warehouse, event: Any
) -> None:
    provider.insert("usage_events", event(1))
    provider.build(*FACT)
    provider.execute(
        """
        create schema elsewhere;
        create table elsewhere.fact as from analytics.fct_provider_usage_daily
        """
    )
    provider.execute("update raw_provider.usage_events set tokens_in = 150")
    provider.build(*FACT)
    # as if the schema of the marts had been another one, with notes of its own
    provider.execute(
        """
        update analytics_intermediate.int_day_inputs
        set built_table = replace(built_table, 'analytics.', 'elsewhere.')
        where built_table like '%fct_%';
        delete from analytics.fct_provider_usage_daily;
        insert into analytics.fct_provider_usage_daily from elsewhere.fact
        """
    )
    provider.build(*FACT)
    assert [tokens for _, tokens, _ in provider.rows(DAYS)] == [150]


def test_the_day_after_a_changed_one_is_recomputed(provider: Warehouse, event: Any) -> None:
    """A window that starts the day before has the request in it."""
    provider.insert("usage_events", event(1, timestamp="2025-01-02 00:10:00"))
    provider.build(*FACT)
    window = {"window_start": "2025-01-01 23:00:00", "window_end": "2025-01-02 01:00:00"}
    provider.insert("usage_events", event(2, tokens_in=500, **window))
    provider.build(*FACT)
    assert provider.value(COUNTED) == 500
    provider.execute("update raw_provider.usage_events set window_end = '2025-01-02' where id = 2")
    provider.build(*FACT)
    assert provider.value(COUNTED) == 600


def test_usage_that_waits_for_its_parent_counts_once_that_is_known(
    sources: Warehouse, event: Any, record: Any
) -> None:
    sources.variables = {"sources_enabled": ["provider", "agents"]}
    facts = ("--select", "+fct_provider_usage_daily", "+fct_agent_usage_daily")
    sources.insert("usage_events", event(1), event(2, key_id=7, timestamp="2024-06-01"))
    late = {"org_id": uuid(7), "period_start": "2024-06-01", "period_end": "2024-06-02"}
    sources.insert("usage_records", record(1), record(2, **late))
    sources.build(*facts)
    counted = f"select ({COUNTED}), (select sum(quantity) from analytics.fct_agent_usage_daily)"
    assert sources.rows(counted) == [(100, 100)]
    sources.insert("provider_keys", {"id": 7, "provider": "openai"})
    sources.insert("organizations", {"id": uuid(7), "name": "Late"})
    sources.build(*facts)
    assert sources.rows(counted) == [(200, 200)]
    assert not sources.rows("from analytics.quarantine_usage_records")


def test_another_rule_recomputes_all_days_and_another_comment_none(
    provider: Warehouse, event: Any
) -> None:
    provider.insert("usage_events", event(1), event(2, timestamp="2025-01-02", tokens_in=-1))
    provider.project = provider.folder / "project"
    left_out = shutil.ignore_patterns(".*", "build", "target", "logs", "python")
    shutil.copytree(ROOT, provider.project, ignore=left_out)
    provider.build(*FACT)
    written = "analytics_intermediate.int_provider_usage_daily"
    provider.execute(f"update {written} set request_count = {LEFT_ALONE}")

    def change(file: str, old: str, new: str) -> str:
        path = provider.project / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
        provider.build(*FACT)
        ((count, reasons),) = provider.rows(
            f"select max(request_count), (select max(quarantine_reasons) from"
            f" analytics.quarantine_usage_events) from {written}"
        )
        return f"{count} {reasons}"

    checked = "models/intermediate/2_validation/int_provider_usage_validated.sql"
    assert change(checked, "-- Grain:", "-- {# a comment #} Grain:") == "99 negative_tokens"
    assert change(checked, "'negative_tokens'", "'below_zero'") == "0 below_zero"
    provider.execute(f"update {written} set request_count = {LEFT_ALONE}")
    # in a macro that a macro calls
    classes = "macros/usage/token_classes.sql"
    assert change(classes, "{% macro", "{# a comment #}{% macro")[:2] == "99"
    assert change(classes, "return([", "return([] + [")[:2] == "0 "


@pytest.mark.parametrize(
    "relation",
    [
        "analytics_intermediate.int_provider_usage_daily",
        "analytics.quarantine_usage_events",
        "analytics.excluded_usage_events",
    ],
)
def test_deleted_rows_come_back(provider: Warehouse, event: Any, relation: str) -> None:
    window = {"window_start": "2025-01-02 12:00", "window_end": "2025-01-02 13:00"}
    provider.insert(
        "usage_events",
        *(event(1), event(2, tokens_in=-1), event(3, **window)),
        event(4, **window, tokens_in=101),
    )
    provider.build(*FACT)
    before = provider.rows(f"from {relation} order by all")
    assert before
    provider.execute(f"delete from {relation}")
    provider.build(*FACT)
    assert provider.rows(f"from {relation} order by all") == before


def test_a_run_says_what_was_new_and_which_days_it_recomputes(
    provider: Warehouse, event: Any
) -> None:
    provider.insert("usage_events", event(1), event(2), event(3, timestamp="2025-03-01"))
    built = provider.build(*FACT, as_of="2025-04-01")
    found = "Found in provider: provider_keys 1 new, 0 changed, 0 gone; usage_events 3 new, 0 cha"
    assert found in built
    assert "Built in full: " in built and "excluded_usage_events, " in built
    provider.insert("usage_events", event(4, timestamp="2025-03-02"))
    provider.execute(
        """
        delete from raw_provider.usage_events where id = 3;
        update raw_provider.usage_events set tokens_in = 7 where id = 1
        """
    )
    built = provider.build(*FACT, as_of="2025-04-02")
    assert "Found in provider: usage_events 1 new, 1 changed, 1 gone." in built
    stated = "Recomputed in fct_provider_usage_daily: 1 day, "
    assert stated + "2025-03-02 to 2025-03-02 (new)." in built
    assert stated + "2025-01-01 to 2025-01-01 (changed)." in built
    assert "Found nothing new in any source." in provider.build(*FACT, as_of="2025-04-03")
    asked = provider.build(
        *FACT, as_of="2025-04-03", start_date="2025-03-01", end_date="2025-03-01"
    )
    (line,) = (each for each in asked.splitlines() if "int_provider_usage_daily, " in each)
    assert line.endswith(": 1 day, 2025-03-01 to 2025-03-01 (asked for).")


def test_what_a_table_by_day_reads_is_in_the_digests_of_its_days(sample_build: Warehouse) -> None:
    """On every way to it: what is not would change a day, unnoticed."""
    manifest = json.loads((sample_build.folder / "target" / "manifest.json").read_text("utf-8"))
    models = manifest["nodes"]
    by_day = [node for node in models.values() if "days" in node["config"].get("meta", {})]
    assert len(by_day) > 10
    for table in by_day:
        days = f"model.tokenmart.{table['config']['meta']['days']}"
        digested = {days, *models[days]["depends_on"]["nodes"]}
        left = [table["unique_id"]]
        while left:
            node = models[left.pop()]
            assert node["depends_on"].get("nodes"), (table["name"], node["name"])
            for parent in node["depends_on"]["nodes"]:
                assert parent in models, (table["name"], parent)
                if parent not in digested:
                    assert "ledger" not in models[parent]["fqn"], (table["name"], parent)
                    left.append(parent)


def test_days_asked_for_are_not_forgotten_if_their_run_is_cut_short(
    provider: Warehouse, event: Any
) -> None:
    provider.insert("usage_events", event(1), event(2, timestamp="2025-03-01"))
    provider.build(*FACT)
    written = "analytics_intermediate.int_provider_usage_daily"
    provider.execute(f"update {written} set request_count = {LEFT_ALONE}")
    days = {"start_date": "2025-01-01", "end_date": "2025-01-01"}
    assert (
        provider.dbt("run", "--select", "+int_provider_days_to_recompute", **days).returncode == 0
    )
    provider.build(*FACT)
    counts = f"select request_count from {written} order by usage_date"
    assert provider.rows(counts) == [(0,), (LEFT_ALONE,)]
