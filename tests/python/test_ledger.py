"""The ledger remembers: what is new, what changed, what left, and what stands twice."""

from warehouses import Warehouse

VERSIONS = """
    select row_key, row_version, is_deleted, input_tokens
    from analytics_ledger.ledger_usage_events
    order by row_key, row_version
"""
COUNTED = "select sum(input_tokens) from analytics.fct_provider_usage_daily"
LEDGER = ("--select", "+audit_provider_usage")


def test_new_changed_vanished_and_returned_rows_are_appended_as_versions(
    sources: Warehouse, event
) -> None:
    sources.insert("usage_events", event(1), event(2))
    sources.build(*LEDGER)
    sources.execute("update raw_provider.usage_events set tokens_in = 150 where id = 1")
    sources.execute("delete from raw_provider.usage_events where id = 2")
    sources.insert("usage_events", event(3))
    sources.build(*LEDGER)
    assert sources.rows(VERSIONS) == [
        ("1", 1, False, 100),
        ("1", 2, False, 150),
        ("2", 1, False, 100),
        ("2", 2, True, 100),
        ("3", 1, False, 100),
    ]
    assert sources.value(COUNTED) == 150 + 100 + 100

    sources.insert("usage_events", event(2))
    sources.build(*LEDGER)
    assert sources.rows(VERSIONS)[4] == ("2", 3, False, 100)
    assert sources.value(COUNTED) == 350


def test_a_row_that_returns_on_another_day_is_its_next_version(sources: Warehouse, event) -> None:
    sources.insert("usage_events", event(1), event(2), event(2, tokens_in=7))
    sources.build(*LEDGER)
    sources.execute("delete from raw_provider.usage_events where id = 1")
    sources.build(*LEDGER)
    sources.execute("delete from raw_provider.usage_events")
    moved = {"timestamp": "2025-03-09 09:00:00"}
    sources.insert("usage_events", event(1, **moved), event(2), event(2, tokens_in=7, **moved))
    sources.build(*LEDGER)
    assert sources.rows(
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
    assert sources.rows(
        """
        select cast(usage_date_utc as text), input_tokens
        from analytics_intermediate.int_provider_usage_checked
        where usage_event_id = 2 order by input_tokens
        """
    ) == [("2025-03-09", 7), ("2025-01-01", 100)]


def test_usage_survives_the_deletion_of_its_key_and_a_full_refresh(
    sources: Warehouse, event
) -> None:
    sources.insert("usage_events", event(1))
    sources.build(*LEDGER)
    sources.execute("delete from raw_provider.usage_events")
    sources.execute("delete from raw_provider.provider_keys")
    sources.build(*LEDGER, "--full-refresh")
    assert sources.value(COUNTED) == 100
    sources.build("--select", "dim_provider_key")
    assert sources.rows("select provider_key_id, is_deleted from analytics.dim_provider_key") == [
        (1, True)
    ]


def test_with_an_overlap_only_the_last_days_are_compared_and_nothing_else_is_lost(
    sources: Warehouse, event
) -> None:
    def on(day: int, id: int, **columns: object) -> dict[str, object]:
        return event(id, timestamp=f"2025-01-{day:02} 10:00:{id:02}", **columns)

    sources.insert("usage_events", on(1, 1), on(1, 2), on(2, 3), on(8, 4), on(10, 5), on(10, 6))
    # a clock that ran ahead does not hide the last days
    sources.insert("usage_events", event(7, timestamp="2999-01-01"))
    clock = {"as_of": "2025-01-11"}
    sources.build(*LEDGER, **clock)
    sources.execute(
        """
        update raw_provider.usage_events set tokens_in = 150 where id in (1, 4);
        update raw_provider.usage_events set timestamp = '2025-01-01' where id = 5;
        delete from raw_provider.usage_events where id in (2, 6)
        """
    )
    sources.insert("usage_events", on(1, 8), on(9, 9), event(10, timestamp=None))
    changes = """
        select row_key, row_version, is_deleted, input_tokens
        from analytics_ledger.ledger_usage_events
        where batch_id = (select max(batch_id) from analytics_ledger.ledger_usage_events)
        order by cast(row_key as int)
    """
    sources.build(*LEDGER, source_overlap_days=2, **clock)
    assert sources.rows(changes) == [
        ("4", 2, False, 150),
        ("6", 2, True, 100),
        ("9", 1, False, 100),
        ("10", 1, False, 100),
    ]
    assert sources.value(COUNTED) == 100 * 6 + 150

    sources.build(*LEDGER, **clock)
    assert sources.rows(changes) == [
        ("1", 2, False, 150),
        ("2", 2, True, 100),
        ("5", 2, False, 100),
        ("8", 1, False, 100),
    ]
    assert sources.value(COUNTED) == 100 * 6 + 2 * 150


def test_only_reset_ledger_forgets(sources: Warehouse, event) -> None:
    sources.insert("usage_events", event(1))
    sources.build(*LEDGER)
    sources.execute("delete from raw_provider.usage_events")
    sources.build(*LEDGER, reset_ledger=True)
    assert sources.value("select count(*) from analytics_ledger.ledger_usage_events") == 0


def test_a_row_that_stands_twice_is_kept_twice_and_counted_once(sources: Warehouse, event) -> None:
    sources.insert("usage_events", event(1), event(1), event(2), event(None), event(None))
    sources.build(*LEDGER)
    assert sources.rows(
        "select row_key from analytics_ledger.ledger_usage_events order by row_key"
    ) == [("",), ("#2",), ("1",), ("1#2",), ("2",)]
    assert sources.rows(
        """
        select row_key, quarantine_reasons
        from analytics_intermediate.int_provider_usage_checked
        where quarantine_reasons is not null order by row_key
        """
    ) == [("", "missing_id"), ("#2", "missing_id, repeated_id"), ("1#2", "repeated_id")]
    assert sources.value(COUNTED) == 200
    sources.build(*LEDGER)
    assert sources.value("select max(row_version) from analytics_ledger.ledger_usage_events") == 1


def test_two_installations_share_a_warehouse_without_touching_each_other(
    sources: Warehouse, event
) -> None:
    sources.insert("usage_events", event(1))
    sources.create_sources("provider", schema="second")
    sources.insert("provider_keys", {"id": 1}, schema="second")
    sources.insert("usage_events", event(1, tokens_in=7), schema="second")
    sources.build(*LEDGER)
    sources.build(*LEDGER, source_instance="eu", provider_schema="second")
    by_instance = """
        select source_instance, sum(input_tokens), max(row_version)
        from analytics_ledger.ledger_usage_events group by 1 order by 1
    """
    assert sources.rows(by_instance) == [("eu", 7, 1), ("main", 100, 1)]
    assert sources.value(COUNTED) == 107


def test_the_future_is_measured_from_the_first_observation_not_from_now(
    sources: Warehouse, event
) -> None:
    sources.insert("usage_events", event(1, timestamp="2025-03-01"))
    sources.build(*LEDGER, as_of="2025-01-01")
    sources.execute("update raw_provider.usage_events set tokens_in = 101")
    sources.build(*LEDGER, as_of="2025-04-01")
    assert sources.rows(
        """
        select
            row_version, first_observed_at::date::text, observed_at::date::text,
            quarantine_reasons
        from analytics_intermediate.int_provider_usage_checked
        """
    ) == [(2, "2025-01-01", "2025-04-01", "from_the_future")]


def test_a_window_that_is_fetched_again_for_days_stays_counted(sources: Warehouse, event) -> None:
    window = {"window_start": "2025-03-01", "window_end": "2025-03-02"}
    sources.insert("usage_events", event(1, timestamp="2025-03-02 05:00:00", **window))
    sources.build(*LEDGER, as_of="2025-03-02 06:00:00")
    sources.execute(
        "update raw_provider.usage_events set tokens_in = 101, timestamp = '2025-03-04 05:00:00'"
    )
    sources.build(*LEDGER, as_of="2025-03-04 06:00:00")
    assert sources.value(COUNTED) == 101

    # a clock that is ahead stays so, also when the row leaves its source after that day
    sources.execute("update raw_provider.usage_events set timestamp = '2025-03-09'")
    sources.build(*LEDGER, as_of="2025-03-05 06:00:00")
    sources.execute("delete from raw_provider.usage_events")
    sources.build(*LEDGER, as_of="2025-03-10 06:00:00")
    assert sources.value(COUNTED) is None


def test_a_reset_that_is_cut_short_leaves_nothing_of_what_was_counted(
    sources: Warehouse, event
) -> None:
    sources.insert("usage_events", event(1), event(2, timestamp="2025-01-02 10:00:00"))
    sources.build(*LEDGER)
    sources.execute("delete from raw_provider.usage_events")
    sources.insert("usage_events", event(7, tokens_in=777, timestamp="2025-01-03 10:00:00"))
    sources.build("--select", "+ledger_usage_events", reset_ledger=True)
    sources.build(*LEDGER)
    assert sources.value(COUNTED) == 777


def test_days_of_a_run_that_judged_nothing_are_counted_by_the_next(
    sources: Warehouse, event
) -> None:
    sources.insert("usage_events", event(1))
    sources.build(*LEDGER)
    sources.insert("usage_events", event(2, timestamp="2025-06-01"))
    # cut short, and taken up by hand behind the models that judge
    for selected in ("+int_provider_days", "int_provider_usage_daily"):
        assert sources.dbt("run", "--select", selected).returncode == 0
    sources.build(*LEDGER)
    assert sources.value(COUNTED) == 200


def test_a_full_refresh_that_is_cut_short_leaves_nothing_of_its_rules(
    sources: Warehouse, event
) -> None:
    sources.insert(
        "usage_events",
        event(1, timestamp="2025-01-01 10:00"),
        event(2, window_start="2025-01-01 12:00", window_end="2025-01-01 13:00"),
    )
    sources.build(*LEDGER)
    variables = {"requests_beside_windows": "day"}
    until = ("--select", "+int_provider_excluded")
    assert sources.dbt("run", "--full-refresh", *until, **variables).returncode == 0
    excluded = "select count(*) from analytics_intermediate.int_provider_excluded"
    assert sources.value(excluded) == 1
    sources.build(*LEDGER)
    assert (sources.value(excluded), sources.value(COUNTED)) == (0, 200)


def test_a_ledger_from_before_a_column_is_extended(sources: Warehouse, event) -> None:
    sources.insert("usage_events", event(1), event(2))
    sources.build(*LEDGER)
    sources.execute("drop view analytics_intermediate.int_provider_usage_checked")
    sources.execute("alter table analytics_ledger.ledger_usage_events drop column service_tier")
    sources.execute("update raw_provider.usage_events set service_tier = 'flex' where id = 1")
    sources.execute("delete from raw_provider.usage_events where id = 2")
    sources.build(*LEDGER)
    assert sources.rows(
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
