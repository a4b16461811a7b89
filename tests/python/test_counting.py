"""One usage is counted once, whichever of the sources' ways of saying it twice they choose.

Each case is a model (or a conversation) of its own, so that one build shows them all.
"""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from conftest import uuid
from warehouses import Warehouse

DAY = {"window_start": "2025-01-01", "window_end": "2025-01-02"}
TWICE = {"tokens_in": 200, "tokens_out": 20}
DOLLARS = {"tokens_in": 0, "tokens_out": None}
IMAGES = {"tokens_in": 0, "tokens_out": 0, "quantity": 1, "quantity_unit": "images"}
GROUPED = {"project_id": "p", "openai_api_key_id": "k", "service_tier": "default"}


def _hour(hour: int, **columns: Any) -> dict[str, Any]:
    return {
        "window_start": f"2025-01-01 {hour:02}:00:00",
        "window_end": f"2025-01-01 {hour + 1:02}:00:00",
        **columns,
    }


def _minute(hour: int, minute: int, **columns: Any) -> dict[str, Any]:
    return {
        "window_start": f"2025-01-01 {hour:02}:{minute:02}:00",
        "window_end": f"2025-01-01 {hour:02}:{minute + 1:02}:00",
        **columns,
    }


def _at(time: str, **columns: Any) -> dict[str, Any]:
    return {"timestamp": f"2025-01-01 {time}", **columns}


# case: the rows, each with what becomes of it: counted, or the reason why not
EVENTS: dict[str, list[tuple[dict[str, Any], str]]] = {
    "a day alone": [(DAY, "counted")],
    "a day over its hours": [
        (DAY | GROUPED, "finer_windows"),
        (_hour(10, **GROUPED), "counted"),
        (_hour(23, **GROUPED), "counted"),
    ],
    "a day over the last of its hours": [
        (DAY | GROUPED | {"tokens_in": 700}, "counted"),
        (_hour(14, **GROUPED), "coarser_window"),
        (_hour(15, **GROUPED), "coarser_window"),
    ],
    "a day over all of its hours": [
        (DAY | {"tokens_in": 2401}, "cost_line"),
        *((_hour(hour), "counted") for hour in range(24)),
    ],
    "a day over all of its hours but one": [
        (DAY | {"tokens_in": 2301}, "counted"),
        *((_hour(hour), "coarser_window") for hour in range(24) if hour != 5),
    ],
    "a day over hours with as much input and less output": [
        (DAY | {"tokens_in": 50, "tokens_out": 11}, "counted"),
        (_hour(10), "coarser_window"),
    ],
    "a day over an hour over minutes that leave some out": [
        (DAY | {"tokens_in": 150}, "counted"),
        (_hour(10), "coarser_window"),
        (_minute(10, 0, tokens_in=99), "coarser_window"),
    ],
    "an hour that is left out over minutes": [
        (DAY, "cost_line"),
        (_hour(10), "counted"),
        (_minute(10, 0, tokens_in=99), "coarser_window"),
    ],
    "days of two projects over hours of neither": [
        (DAY | {"project_id": "p", "tokens_in": 500}, "counted"),
        (DAY | {"project_id": "q", "tokens_in": 200}, "counted"),
        (_hour(10, tokens_in=600, tokens_out=20), "coarser_window"),
        (_hour(11, project_id="r"), "counted"),
    ],
    "days of two projects over hours of either": [
        (DAY | {"project_id": "p", "tokens_in": 500}, "finer_windows"),
        (DAY | {"project_id": "q", "tokens_in": 200}, "finer_windows"),
        (_hour(10, tokens_in=400), "counted"),
        (_hour(11, tokens_in=300), "counted"),
    ],
    "a clipped hour beside a whole one": [
        (
            {"window_start": "2025-01-01 10:17:00", "window_end": "2025-01-01 11:00:00"},
            "coarser_window",
        ),
        (_hour(10, tokens_in=120), "counted"),
        (_minute(10, 30, tokens_in=9), "coarser_window"),
    ],
    "a day over hours over minutes": [
        (DAY | GROUPED, "finer_windows"),
        (_hour(10, **GROUPED), "finer_windows"),
        (_minute(10, 0, **GROUPED), "counted"),
        (_minute(10, 58, **GROUPED), "counted"),
        (_hour(11, **GROUPED), "counted"),
    ],
    "an hour of the next day covers nothing": [
        (DAY | GROUPED, "counted"),
        (
            GROUPED | {"window_start": "2025-01-02", "window_end": "2025-01-02 01:00:00"},
            "counted",
        ),
    ],
    "a day that begins at noon": [
        (
            GROUPED | {"window_start": "2025-01-01 12:00:00", "window_end": "2025-01-02 12:00:00"},
            "finer_windows",
        ),
        (
            GROUPED | {"window_start": "2025-01-02 11:00:00", "window_end": "2025-01-02 12:00:00"},
            "counted",
        ),
    ],
    "hours of another project": [
        (DAY | {"project_id": "p"}, "counted"),
        (_hour(10, project_id="q"), "counted"),
    ],
    "hours that do not tell the project": [
        (DAY | {"project_id": "p"}, "finer_windows"),
        (_hour(10), "counted"),
    ],
    "batch hours beside a day that is none": [
        (DAY | {"project_id": "p", "batch": False}, "counted"),
        (_hour(10, project_id="p", batch=True), "counted"),
    ],
    "batch beside a day that is none": [
        (DAY | {"batch": False}, "counted"),
        (DAY | {"batch": True}, "counted"),
    ],
    "a cost line beside days with batch and without": [
        (DAY | TWICE, "cost_line"),
        (DAY | {"batch": True}, "counted"),
        (DAY | {"batch": True, "project_id": "p"}, "counted"),
    ],
    "an hour that gives way itself covers nothing": [
        (DAY | {"project_id": "p"}, "counted"),
        (_hour(10), "finer_windows"),
        (_minute(10, 0, project_id="q"), "counted"),
    ],
    "days around an hour that gives way": [
        (DAY | {"batch": False}, "cost_line"),
        (DAY | {"batch": False, "project_id": "p"}, "counted"),
        (_hour(10), "finer_windows"),
        (_minute(10, 5, batch=True, tokens_in=101), "counted"),
    ],
    "an empty hour covers nothing": [
        (DAY | GROUPED, "counted"),
        (_hour(10, tokens_in=0, tokens_out=0, cost_estimate=0, **GROUPED), "empty"),
    ],
    "a quarantined hour covers nothing": [
        (DAY | GROUPED, "counted"),
        (_hour(10, tokens_in=-1, **GROUPED), "quarantined"),
    ],
    "a cost line beside grouped days": [
        (DAY | TWICE, "cost_line"),
        (DAY | GROUPED, "counted"),
        (DAY | GROUPED | {"project_id": "q"}, "counted"),
    ],
    "a cost line of dollars alone beside grouped days": [
        (DAY | DOLLARS, "cost_line"),
        (DAY | GROUPED, "counted"),
    ],
    "a day of no project beside larger ones": [
        (DAY | {"tokens_in": 1}, "counted"),
        (DAY | {"project_id": "p"}, "counted"),
        (DAY | {"project_id": "q"}, "counted"),
    ],
    "a day of no project beside one with more output": [
        (DAY | {"tokens_in": 1000}, "counted"),
        (DAY | {"project_id": "p", "tokens_out": 11}, "counted"),
    ],
    "a day that may hold the smaller ones": [
        (DAY | {"tokens_in": 201, "tokens_out": 20}, "counted"),
        (DAY | {"project_id": "p"}, "coarser_window"),
        (DAY | {"service_tier": "flex"}, "coarser_window"),
    ],
    "a cost line beside grouped hours": [
        (DAY | TWICE, "cost_line"),
        (_hour(3, project_id="p"), "counted"),
        (_hour(3, project_id="q"), "counted"),
    ],
    "grouped days of another time": [
        (DAY, "counted"),
        (
            {
                "project_id": "p",
                "window_start": "2025-01-01 12:00:00",
                "window_end": "2025-01-02 12:00:00",
            },
            "counted",
        ),
    ],
    "a cost line over ungrouped hours": [
        (DAY, "cost_line"),
        (_hour(10), "counted"),
    ],
    "a cost line of the day before": [
        ({"window_start": "2024-12-31", "window_end": "2025-01-01"}, "counted"),
        (_hour(10), "counted"),
    ],
    "a window fetched twice": [
        (_hour(10, timestamp="2025-01-01 11:00:00", tokens_in=90), "repeated_window"),
        (_hour(10, timestamp="2025-01-01 12:00:00", tokens_in=100), "counted"),
        (_hour(10, timestamp="2025-01-01 12:00:00", tokens_in=100, project_id="p"), "counted"),
    ],
    "a window fetched by project, and by key": [
        (_hour(10, project_id="p"), "counted"),
        (_hour(10, project_id="p", openai_api_key_id="k"), "counted"),
    ],
    "a window fetched twice in one moment": [
        (_hour(10, tokens_in=90), "repeated_window"),
        (_hour(10, tokens_in=100, project_id=""), "counted"),
    ],
    "identical requests": [
        (_at("10:00:00.000001"), "counted"),
        (_at("10:00:00.000001"), "repeated_request"),
        (_at("10:00:00.000002"), "counted"),
    ],
    "requests that only look alike": [
        (_at("10:00:00"), "counted"),
        (_at("10:00:00", tokens_out=11), "counted"),
        (_at("10:00:00", cost_estimate="0.500001"), "counted"),
        (_at("10:00:00", input_cached_tokens=50), "counted"),
        (_at("10:00:00", input_uncached_tokens=50), "counted"),
        (_at("10:00:00", input_text_tokens=50, input_audio_tokens=50), "counted"),
        (_at("10:00:00", input_text_tokens=100, input_audio_tokens=50), "counted"),
    ],
    "a day over an hour, with audio beside the input": [
        (DAY | {"tokens_in": 100, "input_text_tokens": 100, "input_audio_tokens": 50}, "cost_line"),
        (
            _hour(10, tokens_in=90, input_text_tokens=90, input_audio_tokens=60, project_id="p"),
            "counted",
        ),
    ],
    "requests in and around a window": [
        (_hour(10), "counted"),
        (_at("09:59:59.999999"), "counted"),
        (_at("10:00:00"), "inside_a_window"),
        (_at("10:59:59.999999"), "inside_a_window"),
        (_at("11:00:00"), "counted"),
    ],
    "requests in a day of which only an hour is told": [
        (DAY | GROUPED, "finer_windows"),
        (_hour(10, **GROUPED), "counted"),
        (_at("10:30:00"), "inside_a_window"),
        (_at("11:30:00"), "counted"),
    ],
    "requests that name something else than the window": [
        (_hour(10, project_id="p", service_tier="default", batch=False), "counted"),
        (_at("10:00:00"), "inside_a_window"),
        (_at("10:10:00", project_id="p"), "inside_a_window"),
        (_at("10:20:00", project_id="q"), "counted"),
        (_at("10:30:00", service_tier="flex"), "counted"),
        (_at("10:40:00", batch=True), "counted"),
        (_at("10:50:00", openai_user_id="u", openai_api_key_id="k"), "inside_a_window"),
    ],
    "windows and requests that differ in case and blanks": [
        (_hour(10, service_tier="Flex", timestamp="2025-01-01 11:00:00"), "repeated_window"),
        (_hour(10, service_tier="flex ", timestamp="2025-01-01 12:00:00"), "counted"),
        (_hour(11, project_id=" p", timestamp="2025-01-01 12:00:00"), "repeated_window"),
        (_hour(11, project_id="p", timestamp="2025-01-01 13:00:00"), "counted"),
        (_hour(11, project_id="P", timestamp="2025-01-01 13:00:00"), "counted"),
        (DAY | {"project_id": " ", "service_tier": " "}, "cost_line"),
    ],
    "a model in another case": [
        (
            _hour(10, timestamp="2025-01-01 11:00:00", model="A Model in Another Case "),
            "repeated_window",
        ),
        (_hour(10, timestamp="2025-01-01 12:00:00"), "counted"),
        (_at("11:00:00"), "counted"),
        (_at("11:00:00", model="A MODEL IN ANOTHER CASE"), "repeated_request"),
    ],
    "a window without an end is a moment": [
        ({"window_start": "2025-01-01 10:00:00", "tokens_in": 7}, "counted"),
        (_at("10:00:00", tokens_in=8), "counted"),
    ],
    "a window without an end fetched twice": [
        (_at("11:00:00", window_start="2025-01-01 10:00:00", tokens_in=90), "repeated_window"),
        (_at("12:00:00", window_start="2025-01-01 10:00:00"), "counted"),
        (_at("12:00:00", window_start="2025-01-01 10:00:00", project_id="p"), "counted"),
    ],
    "a cost line of dollars alone beside requests": [
        (DAY | DOLLARS, "cost_line"),
        (_at("10:00:00"), "counted"),
        (_at("23:59:59.999999"), "counted"),
    ],
    "a cost line of dollars alone beside an hour and requests": [
        (DAY | DOLLARS, "cost_line"),
        (_hour(10), "counted"),
        (_at("10:00:00"), "inside_a_window"),
        (_at("11:00:00"), "counted"),
    ],
    "a cost line of dollars alone beside requests of other days": [
        (DAY | DOLLARS, "counted"),
        ({"timestamp": "2024-12-31 23:59:59"}, "counted"),
        ({"timestamp": "2025-01-02 00:00:00"}, "counted"),
    ],
    "a cost line of dollars alone beside requests of a batch": [
        (DAY | DOLLARS | {"batch": False}, "counted"),
        (_at("10:00:00", batch=True), "counted"),
    ],
    "a day that tells how many requests it had": [
        (DAY | DOLLARS | {"num_model_requests": 2}, "counted"),
        (_at("10:00:00"), "inside_a_window"),
    ],
    "two requests of different ids that look alike": [
        (_at("10:00:00", request_id="a"), "counted"),
        (_at("10:00:00", request_id="b"), "counted"),
        (_at("10:00:00", request_id=" b"), "repeated_request"),
        (_at("10:00:00"), "counted"),
        (_at("10:00:00", request_id=""), "repeated_request"),
    ],
    "requests of other users, sessions, teams and tags that look alike": [
        (_at("10:00:00"), "counted"),
        (_at("10:00:00", end_user_id="u"), "counted"),
        (_at("10:00:00", session_id="s"), "counted"),
        (_at("10:00:00", team_id="t"), "counted"),
        (_at("10:00:00", tags='["a"]'), "counted"),
        (_at("10:00:00", tags='["b"]'), "counted"),
        (_at("10:00:00", tags='["b"]'), "repeated_request"),
    ],
    "windows of two teams": [
        (_hour(10, team_id="a"), "counted"),
        (_hour(10, team_id="b"), "counted"),
        (_hour(10, team_id="b", tags='{"k": 1}'), "counted"),
        (_hour(10, team_id="b", timestamp="2024-12-31", end_user_id=""), "repeated_window"),
    ],
    "a total over teams beside their days": [
        (DAY | TWICE, "cost_line"),
        (DAY | {"team_id": "a"}, "counted"),
        (DAY | {"team_id": "b"}, "counted"),
    ],
    "a day of a team over hours of another": [
        (DAY | {"team_id": "a"}, "counted"),
        (_hour(10, team_id="b"), "counted"),
    ],
    "a day of a team over hours of it and its users": [
        (DAY | TWICE | {"team_id": "a"}, "finer_windows"),
        (_hour(10, team_id="a", end_user_id="u"), "counted"),
        (_hour(11, team_id="a", end_user_id="v", session_id="s"), "counted"),
    ],
    "requests of a team inside windows": [
        (_hour(10, team_id="a"), "counted"),
        (_at("10:00:00", team_id="a", end_user_id="u"), "inside_a_window"),
        (_at("10:00:00", team_id="b"), "counted"),
        (_at("10:00:00", tags='["t"]', request_id="r"), "inside_a_window"),
    ],
    "tokens, images and seconds of one window": [
        (_hour(10), "counted"),
        (_hour(10, **IMAGES), "counted"),
        (_hour(10, **IMAGES | {"quantity_unit": "seconds"}), "counted"),
        (
            _hour(10, **IMAGES | {"timestamp": "2024-12-31", "quantity_unit": "Images "}),
            "repeated_window",
        ),
        (_hour(10, tokens_in=101, quantity=0, quantity_unit="images", project_id="p"), "counted"),
    ],
    "images that are repeated, or only look alike": [
        (_at("10:00:00", **IMAGES), "counted"),
        (_at("10:00:00", **IMAGES), "repeated_request"),
        (_at("10:00:00", **IMAGES | {"quantity": "1.000000001"}), "counted"),
    ],
    "a day of images over hours with as many": [
        (DAY | IMAGES | {"quantity": 3}, "cost_line"),
        (_hour(10, **IMAGES), "counted"),
        (_hour(11, **IMAGES | {"quantity": 2}), "counted"),
        (_hour(11, tokens_in=9), "counted"),
    ],
    "a day of images over hours with fewer": [
        (DAY | IMAGES | {"quantity": 4, "project_id": "p"}, "counted"),
        (_hour(10, **IMAGES), "coarser_window"),
        (_hour(11, **IMAGES | {"quantity": 2}), "coarser_window"),
    ],
    "a quantity below zero or without a unit": [
        (_at("10:00:00", quantity=-1, quantity_unit="images"), "quarantined"),
        (_at("10:00:00", quantity=1), "quarantined"),
        (_at("10:00:00", quantity=0), "counted"),
    ],
    "images without tokens, requests and dollars": [
        (_at("10:00:00", cost_estimate=0, **IMAGES), "counted"),
        (_at("10:00:00", cost_estimate=0, **IMAGES | {"quantity": 0}), "empty"),
    ],
    "nothing but zeros": [
        (_at("10:00:00", tokens_in=0, tokens_out=None, cost_estimate=0), "empty"),
        (
            _at("10:00:00", tokens_in=0, tokens_out=0, cost_estimate=0, num_model_requests=1),
            "counted",
        ),
        (_at("10:00:00", tokens_in=0, tokens_out=0, cost_estimate="0.000001"), "counted"),
    ],
}

USAGE = '{"input_token_details": {"cached_tokens": 1}}'
METRICS: dict[str, list[tuple[dict[str, Any], str]]] = {
    "a response retried": [
        ({"timestamp": "2025-01-01 10:00:00+00"}, "counted"),
        ({"timestamp": "2025-01-01 10:00:05+00"}, "retried"),
        ({"timestamp": "2025-01-01 10:00:09+00"}, "retried"),
        ({"timestamp": "2025-01-01 10:00:14.000001+00"}, "counted"),
    ],
    "responses that only look alike": [
        ({}, "counted"),
        ({"output_tokens": 6}, "counted"),
        ({"metadata": '{"input_token_details": {"cached_tokens": 2}}'}, "counted"),
    ],
    "other events are no responses": [
        ({"event_type": "message", "input_tokens": None, "metadata": None}, "counted"),
        ({"event_type": "message", "input_tokens": None, "metadata": None}, "counted"),
        ({"event_type": "error", "input_tokens": None, "metadata": None}, "counted"),
    ],
    "a response without anything": [
        ({"input_tokens": 0, "output_tokens": None, "metadata": None}, "empty"),
        ({"input_tokens": 0, "output_tokens": 0, "latency_ms": 5, "metadata": None}, "counted"),
    ],
    "responses around midnight": [
        ({"timestamp": "2025-01-01 23:59:58+00"}, "counted"),
        ({"timestamp": "2025-01-02 00:00:01+00"}, "retried"),
    ],
}


def _event(number: int, case: str) -> dict[str, Any]:
    return {
        "id": number,
        "key_id": 1,
        "model": case,
        "tokens_in": 100,
        "tokens_out": 10,
        "cost_estimate": "0.500000",
        "timestamp": "2025-01-01",
    }


def _response(number: int, conversation: int) -> dict[str, Any]:
    return {
        "id": uuid(number),
        "conversation_id": uuid(conversation),
        "timestamp": "2025-01-01 10:00:00+00",
        "event_type": "response_complete",
        "input_tokens": 5,
        "output_tokens": 5,
        "metadata": USAGE,
    }


def _outcomes(warehouse: Warehouse, table: str, key: str) -> dict[Any, str]:
    rows = warehouse.rows(
        f"""
        select {key}, exclusion_reason from analytics.excluded_{table}
        union all
        select {key}, 'quarantined' from analytics.quarantine_{table}
        """
    )
    return dict(rows)


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def counted(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warehouse]:
    """Every case, built once an engine."""
    from postgres import PostgresWarehouse

    folder = tmp_path_factory.mktemp("counting")
    warehouse = (
        Warehouse(folder)
        if request.param == "duckdb"
        else PostgresWarehouse(folder, request.getfixturevalue("postgres_server"))
    )
    warehouse.keeps_compiled = True
    if isinstance(warehouse, PostgresWarehouse):
        warehouse.create_sources(constraints=False)
    else:
        warehouse.create_sources()
    warehouse.insert("provider_keys", {"id": 1})
    ids = count(1)
    warehouse.insert(
        "usage_events",
        *(
            _event(next(ids), case) | columns
            for case, rows in EVENTS.items()
            for columns, _ in rows
        ),
    )
    ids = count(1)
    warehouse.insert(
        "voice_usage_metrics",
        *(
            _response(next(ids), number) | columns
            for number, rows in enumerate(METRICS.values())
            for columns, _ in rows
        ),
    )
    warehouse.build()
    yield warehouse


def test_each_usage_event_has_its_fate(counted: Warehouse) -> None:
    outcomes = _outcomes(counted, "usage_events", "usage_event_id")
    ids = count(1)
    for case, rows in EVENTS.items():
        told = [(columns, outcomes.get(next(ids), "counted")) for columns, _ in rows]
        assert told == rows, case


def test_each_voice_event_has_its_fate(counted: Warehouse) -> None:
    outcomes = _outcomes(counted, "voice_usage_metrics", "voice_metric_id")
    ids = count(1)
    for case, rows in METRICS.items():
        told = [(columns, outcomes.get(uuid(next(ids)), "counted")) for columns, _ in rows]
        assert told == rows, case


def test_what_the_finer_windows_leave_uncovered_is_listed(counted: Warehouse) -> None:
    """100 of the day less 100 of each hour that counts; 100 of hour 10 less 100 of two minutes."""
    assert counted.rows(
        """
        select model_id, window_end - window_start > interval '1 hour', uncovered_input_tokens
        from analytics.excluded_usage_events
        where model_id like 'a day over%' and exclusion_reason <> 'coarser_window'
        order by 1, 2
        """
    ) == [
        ("a day over all of its hours", True, 1),
        ("a day over an hour, with audio beside the input", True, 0),
        ("a day over hours over minutes", False, -100),
        ("a day over hours over minutes", True, -200),
        ("a day over its hours", True, -100),
    ]


def test_only_what_is_counted_reaches_the_facts(counted: Warehouse) -> None:
    rows = counted.rows(
        "select model_id, sum(record_count) from analytics.fct_provider_usage_daily group by 1"
    )
    assert {model: int(records) for model, records in rows} == {
        case: sum(outcome == "counted" for _, outcome in events) for case, events in EVENTS.items()
    }


def test_days_told_with_and_without_names_are_warned_of(counted: Warehouse) -> None:
    """Where nothing else decides, both count; of requests it may be chance."""
    tests = counted.folder / "target/compiled/tokenmart/tests/counting"
    warning = (tests / "warn_no_usage_is_reported_grouped_and_ungrouped.sql").read_text("utf-8")
    assert counted.rows(f"select distinct model_id from ({warning}) as told order by 1") == [
        ("a cost line beside days with batch and without",),
        ("a window fetched by project, and by key",),
        ("a window fetched twice",),
        ("a window without an end fetched twice",),
        ("grouped days of another time",),
        ("requests in a day of which only an hour is told",),
        ("requests that name something else than the window",),
    ]


def test_the_dollars_of_cost_lines_are_evidence_beside_what_counts(counted: Warehouse) -> None:
    lines = counted.rows(
        """
        select model_id, cost_line_usd::text, record_count, recorded_cost_usd::text
        from analytics.audit_provider_cost_lines
        where model_id like 'a cost line%'
        order by 1
        """
    )
    assert ("a cost line beside grouped days", "0.500000", 2, "1.000000") in lines
    assert ("a cost line of dollars alone beside requests", "0.500000", 2, "1.000000") in lines
    assert [model for model, *_ in lines] == sorted(
        case
        for case, rows in EVENTS.items()
        if case.startswith("a cost line") and any(outcome == "cost_line" for _, outcome in rows)
    )
