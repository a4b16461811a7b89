"""The ledger remembers: what is new, what changed, what left, and what stands twice."""

import re

import pytest
from refusals import refusal
from warehouses import ROOT, Warehouse

VERSIONS = """
    select row_key, row_version, is_deleted, input_tokens
    from analytics_ledger.ledger_usage_events
    order by row_key, row_version
"""
COUNTED = "select sum(input_tokens) from analytics.fct_provider_usage_daily"
LEDGER = ("--select", "+audit_provider_usage")


def test_new_changed_vanished_and_returned_rows_are_appended_as_versions(
    provider: Warehouse, event
) -> None:
    provider.insert("usage_events", event(1), event(2))
    provider.build(*LEDGER)
    provider.execute("update raw_provider.usage_events set tokens_in = 150 where id = 1")
    provider.execute("delete from raw_provider.usage_events where id = 2")
    provider.insert("usage_events", event(3))
    provider.build(*LEDGER)
    assert provider.rows(VERSIONS) == [
        ("1", 1, False, 100),
        ("1", 2, False, 150),
        ("2", 1, False, 100),
        ("2", 2, True, 100),
        ("3", 1, False, 100),
    ]
    assert provider.value(COUNTED) == 150 + 100 + 100

    provider.insert("usage_events", event(2))
    provider.build(*LEDGER)
    assert provider.rows(VERSIONS)[4] == ("2", 3, False, 100)
    assert provider.value(COUNTED) == 350


def test_a_row_that_returns_on_another_day_is_its_next_version(provider: Warehouse, event) -> None:
    provider.insert("usage_events", event(1), event(2), event(2, tokens_in=7))
    provider.build(*LEDGER)
    provider.execute("delete from raw_provider.usage_events where id = 1")
    provider.build(*LEDGER)
    provider.execute("delete from raw_provider.usage_events")
    moved = {"timestamp": "2025-03-09 09:00:00"}
    provider.insert("usage_events", event(1, **moved), event(2), event(2, tokens_in=7, **moved))
    provider.build(*LEDGER)
    assert provider.rows(
        """
        select row_key, row_version, is_deleted, cast(usage_date_utc as text)
        from analytics_ledger.ledger_usage_events
        where row_key = '1' order by row_version
        """
    ) == [
        ("1", 1, False, "2025-01-01"),
        ("1", 2, True, "2025-01-01"),
        ("1", 3, False, "2025-03-09"),
    ]
    # of a key that stands twice one row has moved; the other is compared with it
    assert provider.rows(
        """
        select cast(usage_date_utc as text), input_tokens
        from analytics_intermediate.int_provider_usage_validated
        where usage_event_id = 2 order by input_tokens
        """
    ) == [("2025-03-09", 7), ("2025-01-01", 100)]


def test_usage_survives_the_deletion_of_its_key_and_a_full_refresh(
    provider: Warehouse, event
) -> None:
    provider.insert("usage_events", event(1))
    provider.build(*LEDGER)
    provider.execute("delete from raw_provider.usage_events")
    provider.execute("delete from raw_provider.provider_keys")
    provider.build(*LEDGER, "--full-refresh")
    assert provider.value(COUNTED) == 100
    provider.build("--select", "dim_provider_key")
    assert provider.rows("select provider_key_id, is_deleted from analytics.dim_provider_key") == [
        (1, True)
    ]


def test_with_an_overlap_only_the_last_days_are_compared_and_nothing_else_is_lost(
    provider: Warehouse, event
) -> None:
    def on(day: int, id: int, **columns: object) -> dict[str, object]:
        return event(id, timestamp=f"2025-01-{day:02} 10:00:{id:02}", **columns)

    provider.insert("usage_events", on(1, 1), on(1, 2), on(2, 3), on(8, 4), on(10, 5), on(10, 6))
    # a clock that ran ahead does not hide the last days
    provider.insert("usage_events", event(7, timestamp="2999-01-01"))
    clock = {"as_of": "2025-01-11"}
    provider.build(*LEDGER, **clock)
    provider.execute(
        """
        update raw_provider.usage_events set tokens_in = 150 where id in (1, 4);
        update raw_provider.usage_events set timestamp = '2025-01-01' where id = 5;
        delete from raw_provider.usage_events where id in (2, 6)
        """
    )
    provider.insert("usage_events", on(1, 8), on(9, 9), event(10, timestamp=None))
    changes = """
        select row_key, row_version, is_deleted, input_tokens
        from analytics_ledger.ledger_usage_events
        where batch_id = (select max(batch_id) from analytics_ledger.ledger_usage_events)
        order by cast(row_key as int)
    """
    provider.build(*LEDGER, source_overlap_days=2, **clock)
    assert provider.rows(changes) == [
        ("4", 2, False, 150),
        ("6", 2, True, 100),
        ("9", 1, False, 100),
        ("10", 1, False, 100),
    ]
    assert provider.value(COUNTED) == 100 * 6 + 150

    provider.build(*LEDGER, **clock)
    assert provider.rows(changes) == [
        ("1", 2, False, 150),
        ("2", 2, True, 100),
        ("5", 2, False, 100),
        ("8", 1, False, 100),
    ]
    assert provider.value(COUNTED) == 100 * 6 + 2 * 150


def test_only_reset_ledger_forgets(provider: Warehouse, event) -> None:
    provider.insert("usage_events", event(1))
    provider.build(*LEDGER)
    provider.execute("delete from raw_provider.usage_events")
    # what the source has lost is told, and kept
    empty = "The source table usage_events is empty and used to have rows."
    assert empty in provider.build(*LEDGER)
    assert provider.value(COUNTED) == 100
    assert empty not in provider.build(*LEDGER, reset_ledger="forget_everything")
    assert provider.value("select count(*) from analytics_ledger.ledger_usage_events") == 0


def test_a_row_that_stands_twice_is_kept_twice_and_counted_once(provider: Warehouse, event) -> None:
    provider.insert("usage_events", event(1), event(1), event(2), event(None), event(None))
    provider.build(*LEDGER)
    assert provider.rows(
        "select row_key from analytics_ledger.ledger_usage_events order by row_key"
    ) == [("",), ("#2",), ("1",), ("1#2",), ("2",)]
    assert provider.rows(
        """
        select row_key, quarantine_reasons
        from analytics_intermediate.int_provider_usage_validated
        where quarantine_reasons is not null order by row_key
        """
    ) == [("", "missing_id"), ("#2", "missing_id, repeated_id"), ("1#2", "repeated_id")]
    assert provider.value(COUNTED) == 200
    provider.build(*LEDGER)
    assert provider.value("select max(row_version) from analytics_ledger.ledger_usage_events") == 1


def test_two_installations_share_a_warehouse_without_touching_each_other(
    provider: Warehouse, event
) -> None:
    provider.insert("usage_events", event(1))
    provider.create_sources("provider", schema="second")
    provider.insert("provider_keys", {"id": 1}, schema="second")
    other = event(1, tokens_in=7, timestamp="2025-01-02 10:00:01")
    provider.insert("usage_events", other, schema="second")
    provider.build(*LEDGER)
    provider.build(*LEDGER, source_instance="eu", provider_schema="second")
    by_instance = """
        select source_instance, sum(input_tokens), max(row_version)
        from analytics_ledger.ledger_usage_events group by 1 order by 1
    """
    assert provider.rows(by_instance) == [("eu", 7, 1), ("main", 100, 1)]
    assert provider.value(COUNTED) == 107


def test_the_future_is_measured_from_the_first_observation_not_from_now(
    provider: Warehouse, event
) -> None:
    provider.insert("usage_events", event(1, timestamp="2025-03-01"))
    provider.build(*LEDGER, as_of="2025-01-01")
    provider.execute("update raw_provider.usage_events set tokens_in = 101")
    provider.build(*LEDGER, as_of="2025-04-01")
    assert provider.rows(
        """
        select
            row_version, first_observed_at::date::text, observed_at::date::text,
            quarantine_reasons
        from analytics_intermediate.int_provider_usage_validated
        """
    ) == [(2, "2025-01-01", "2025-04-01", "from_the_future")]


def test_a_run_before_the_last_observation_is_refused(provider: Warehouse, event) -> None:
    provider.insert("usage_events", event(1, timestamp="2025-03-01"))
    provider.build(*LEDGER, as_of="2025-03-02")
    provider.insert("usage_events", event(2, timestamp="2025-03-03"))
    said = refusal(provider.dbt("build", *LEDGER, as_of="2025-03-01 23:59:59"))
    assert (
        "as_of is '2025-03-01 23:59:59', but the ledger last observed main at 2025-03-02 00:00:00"
    ) in said
    # another installation has observations of its own, and a dimension observes nothing
    provider.build(
        *LEDGER, as_of="2025-03-01", source_instance="eu", allow_copied_installation=True
    )
    provider.build("--select", "dim_provider_key", as_of="2025-03-01")
    provider.build(*LEDGER, as_of="2025-03-02")

    # a clock may be behind a little
    for ahead, is_refused in (("23 hours", False), ("25 hours", True)):
        provider.execute(
            "update analytics_ledger.ledger_usage_events"
            f" set observed_at = (now() at time zone 'UTC') + interval '{ahead}'"
        )
        result = provider.dbt("build", *LEDGER)
        assert (result.returncode != 0) is is_refused, result.stdout
    assert "This machine's clock says 20" in refusal(result)


def test_what_a_wrong_clock_observed_can_be_corrected(either_warehouse: Warehouse, event) -> None:
    """By the statement of docs/quarantine.md; a full refresh alone judges as before."""
    either_warehouse.variables = {"sources_enabled": ["provider"]}
    either_warehouse.create_sources()
    either_warehouse.insert("provider_keys", {"id": 1, "provider": "openai"})
    either_warehouse.insert("usage_events", event(1, timestamp="2025-03-01"))
    either_warehouse.build(*LEDGER, as_of="2020-01-01")
    either_warehouse.build(*LEDGER, "--full-refresh")
    assert either_warehouse.value(COUNTED) is None
    page = (ROOT / "docs" / "quarantine.md").read_text(encoding="utf-8")
    (statements,) = re.findall(r"```sql\n(update .*?)```", page, flags=re.DOTALL)
    either_warehouse.execute(statements)
    either_warehouse.build(*LEDGER, "--full-refresh")
    assert either_warehouse.value(COUNTED) == 100


def test_a_window_that_is_fetched_again_for_days_stays_counted(provider: Warehouse, event) -> None:
    window = {"window_start": "2025-03-01", "window_end": "2025-03-02"}
    provider.insert("usage_events", event(1, timestamp="2025-03-02 05:00:00", **window))
    provider.build(*LEDGER, as_of="2025-03-02 06:00:00")
    provider.execute(
        "update raw_provider.usage_events set tokens_in = 101, timestamp = '2025-03-04 05:00:00'"
    )
    provider.build(*LEDGER, as_of="2025-03-04 06:00:00")
    assert provider.value(COUNTED) == 101

    # a clock that is ahead stays so, also when the row leaves its source after that day
    provider.execute("update raw_provider.usage_events set timestamp = '2025-03-09'")
    provider.build(*LEDGER, as_of="2025-03-05 06:00:00")
    provider.execute("delete from raw_provider.usage_events")
    provider.build(*LEDGER, as_of="2025-03-10 06:00:00")
    assert provider.value(COUNTED) is None


def test_a_reset_that_is_cut_short_leaves_nothing_of_what_was_counted(
    provider: Warehouse, event
) -> None:
    provider.insert("usage_events", event(1), event(2, timestamp="2025-01-02 10:00:00"))
    provider.build(*LEDGER)
    provider.execute("delete from raw_provider.usage_events")
    provider.insert("usage_events", event(7, tokens_in=777, timestamp="2025-01-03 10:00:00"))
    provider.build("--select", "+ledger_usage_events", reset_ledger="forget_everything")
    provider.build(*LEDGER)
    assert provider.value(COUNTED) == 777


def test_days_of_a_run_that_judged_nothing_are_counted_by_the_next(
    provider: Warehouse, event
) -> None:
    provider.insert("usage_events", event(1))
    provider.build(*LEDGER)
    provider.insert("usage_events", event(2, timestamp="2025-06-01"))
    # cut short, and taken up by hand behind the models that judge
    for selected in ("+int_provider_days_to_recompute", "int_provider_usage_daily"):
        assert provider.dbt("run", "--select", selected).returncode == 0
    provider.build(*LEDGER)
    assert provider.value(COUNTED) == 200


@pytest.mark.drawn(1)
@pytest.mark.parametrize("taken_up", ["int_provider_usage_daily", "excluded_usage_events"])
def test_days_asked_for_are_counted_by_the_next_run_if_theirs_is_cut_short(
    provider: Warehouse, event, taken_up: str
) -> None:
    window = {"window_start": "2025-01-01 12:00", "window_end": "2025-01-01 13:00"}
    provider.insert("usage_events", event(1, **window), event(2, **window, timestamp="2025-01-02"))
    provider.build(*LEDGER)
    provider.insert("usage_events", event(3, timestamp="2025-06-01"))
    provider.build(*LEDGER)
    asked = provider.dbt(
        "run", "--select", "+int_provider_days_to_recompute", start_date="2025-01-01"
    )
    assert asked.returncode == 0
    assert provider.dbt("run", "--select", taken_up).returncode == 0
    provider.build(*LEDGER)
    assert provider.value(COUNTED) == 200
    assert provider.value("select count(*) from analytics.excluded_usage_events") == 1


@pytest.mark.drawn(1)
@pytest.mark.parametrize("left_out", ["int_provider_usage_repeats", "int_provider_usage_this_run"])
def test_what_a_run_counts_without_all_that_judges_is_counted_by_the_next(
    provider: Warehouse, event, left_out: str
) -> None:
    window = {"window_start": "2025-01-01 12:00", "window_end": "2025-01-01 13:00"}
    provider.insert("usage_events", event(1, **window))
    provider.build(*LEDGER)
    provider.insert("usage_events", event(2, **window, timestamp="2025-01-02", tokens_in=101))
    provider.dbt("run", *LEDGER, "--exclude", left_out)
    provider.build(*LEDGER)
    assert provider.value(COUNTED) == 101


def test_what_a_run_counts_whole_without_all_that_judges_is_counted_by_the_next(
    provider: Warehouse, event
) -> None:
    provider.insert("usage_events", event(1))
    provider.build(*LEDGER)
    provider.insert("usage_events", event(2, timestamp="2025-06-01"))
    provider.build(*LEDGER)
    provider.build("--select", "1+int_provider_usage_daily", "--full-refresh")
    provider.build(*LEDGER)
    assert provider.value(COUNTED) == 200


def test_a_full_refresh_that_is_cut_short_leaves_nothing_of_its_rules(
    provider: Warehouse, event
) -> None:
    provider.insert(
        "usage_events",
        event(1, timestamp="2025-01-01 10:00"),
        event(2, window_start="2025-01-01 12:00", window_end="2025-01-01 13:00"),
    )
    provider.build(*LEDGER)
    variables = {"requests_beside_windows": "day"}
    until = ("--select", "+excluded_usage_events")
    assert provider.dbt("run", "--full-refresh", *until, **variables).returncode == 0
    excluded = "select count(*) from analytics.excluded_usage_events"
    assert provider.value(excluded) == 1
    provider.build(*LEDGER)
    assert (provider.value(excluded), provider.value(COUNTED)) == (0, 200)


def test_a_ledger_from_before_a_column_is_extended(provider: Warehouse, event) -> None:
    provider.insert("usage_events", event(1), event(2))
    provider.build(*LEDGER)
    provider.execute("drop view analytics_intermediate.int_provider_usage_validated")
    provider.execute("alter table analytics_ledger.ledger_usage_events drop column service_tier")
    provider.execute("update raw_provider.usage_events set service_tier = 'flex' where id = 1")
    provider.execute("delete from raw_provider.usage_events where id = 2")
    provider.build(*LEDGER)
    assert provider.rows(
        """
        select row_key, row_version, service_tier, is_deleted
        from analytics_ledger.ledger_usage_events order by row_key, row_version
        """
    ) == [
        ("1", 1, None, False),
        ("1", 2, "flex", False),
        ("2", 1, None, False),
        ("2", 2, None, True),
    ]
