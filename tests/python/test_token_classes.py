"""Tokens split into classes: the project's compiled SQL on rows with a known truth, and on any."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warehouses import Warehouse

from tokenmart.quality.suites.facts import INPUT_CLASSES, OUTPUT_CLASSES

CLASSES = [f"{name}_tokens" for name in (*INPUT_CLASSES, *OUTPUT_CLASSES)]
FOUND = (
    *("row_key", "token_convention", "is_token_convention_ambiguous"),
    *("total_in", "total_out", *CLASSES),
)
LEDGERS = {"provider": "ledger_usage_events", "voice": "ledger_voice_usage_metrics"}
STEPS = {
    "provider": ("int_provider_token_totals",),
    "voice": ("int_voice_usage_documents", "int_voice_token_conventions"),
}
"""The views between the ledger and the validated rows."""
TOTALS = {
    "provider": "total_input_tokens as total_in, total_output_tokens as total_out",
    "voice": "coalesce(input_tokens, 0) - unclassed_input_tokens as total_in,"
    " coalesce(output_tokens, 0) - unclassed_output_tokens as total_out",
}
COUNTS = (
    *("input_tokens", "cached_input_tokens", "uncached_input_tokens"),
    *("written_input_tokens", "written_5m_input_tokens", "written_1h_input_tokens"),
    *("input_text_tokens", "input_audio_tokens", "input_image_tokens"),
    *("input_cached_text_tokens", "input_cached_audio_tokens", "input_cached_image_tokens"),
    *("output_tokens", "output_text_tokens", "output_audio_tokens", "output_image_tokens"),
)
Row = dict[str, Any]


@dataclass
class Splitter:
    """A built warehouse with empty sources, whose SQL splits rows that are handed to it."""

    connection: duckdb.DuckDBPyConnection

    def split(self, source: str, rows: list[Row]) -> tuple[dict[int, Row], dict[int, str]]:
        """What is counted, and why the others are not, by the position of the row."""
        self.connection.execute(f"delete from {source}_ledger")
        values = ", ".join(
            f"('main', '{number}', 1, 1, '2025-01-02', '2025-01-01', '2025-01-01'"
            f"{', ?' * len(row)})"
            for number, row in enumerate(rows)
        )
        self.connection.execute(
            f"insert into {source}_ledger"
            " (source_instance, row_key, row_version, occurrence, first_observed_at,"
            f" usage_date_utc, recorded_at, {', '.join(rows[0])}) values {values}",
            [value for row in rows for value in row.values()],
        )
        found = self.connection.execute(
            f"select row_key, token_convention, is_token_convention_ambiguous, {TOTALS[source]},"
            f" {', '.join(CLASSES)} from {source}_counted"
        ).fetchall()
        refused = self.connection.execute(
            f"select row_key, quarantine_reasons from {source}_validated"
            " where quarantine_reasons is not null"
        ).fetchall()
        return (
            {int(row[0]): dict(zip(FOUND, row, strict=True)) for row in found},
            {int(key): reasons for key, reasons in refused},
        )


@pytest.fixture(scope="module")
def splitter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Splitter]:
    warehouse = Warehouse(tmp_path_factory.mktemp("split"))
    warehouse.create_sources()
    warehouse.keeps_compiled = True
    warehouse.build("--select", "+int_provider_usage_counted", "+int_voice_usage_counted")
    models = warehouse.folder / "target" / "compiled" / "tokenmart" / "models" / "intermediate"

    def sql(folder: str, name: str) -> str:
        return (models / folder / f"{name}.sql").read_text(encoding="utf-8")

    def table(schema: str, name: str) -> str:
        return f'"warehouse"."analytics_{schema}"."{name}"'

    with duckdb.connect(str(warehouse.path)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        keys = table("ledger", "ledger_provider_keys")
        connection.execute(
            f"create temp table known_keys as select * from {keys};"
            " insert into known_keys (source_instance, provider_key_id) values ('main', 1)"
        )
        for source, name in LEDGERS.items():
            ledger = table("ledger", name)
            days = table("intermediate", f"int_{source}_days_to_recompute")
            this_run = table("intermediate", f"int_{source}_usage_this_run")
            counted = sql("3_deduplication", f"int_{source}_usage_counted")
            assert this_run in counted
            assert days in counted
            connection.execute(
                f"create temp table {source}_ledger as select * from {ledger};"
                f" create temp table {source}_day as select * from {days};"
                f" insert into {source}_day (source_instance, recompute_date, is_stale)"
                " values ('main', '2025-01-01', true)"
            )
            before, replaced = ledger, f"{source}_ledger"
            for step in (*STEPS[source], f"int_{source}_usage_validated"):
                made = sql("2_validation", step)
                assert before in made
                made = made.replace(before, replaced).replace(keys, "known_keys")
                before, replaced = table("intermediate", step), f"{step}_here"
                connection.execute(f"create temp view {replaced} as {made}")
            connection.execute(f"create temp view {source}_validated as select * from {replaced}")
            counted = counted.replace(this_run, f"{source}_validated").replace(
                days, f"{source}_day"
            )
            connection.execute(f"create temp view {source}_counted as {counted}")
        yield Splitter(connection)


few = st.integers(0, 6)
tokens = few | st.integers(0, 10**9)
maybe = st.none() | st.just(0) | tokens


def event(**counts: int | None) -> Row:
    return {"usage_event_id": 1, "provider_key_id": 1, "model_id": "m", **counts}


TRIED = ("parts_exclude_cached", "parts_include_cached", "text_only_total")
"""The conventions, in the order in which a row is tried by them."""


@st.composite
def told_events(draw: st.DrawFn) -> tuple[str, Row, tuple[int, ...]]:
    """The convention, an event that was written by it, and its true classes."""
    text, cached_text, audio, cached_audio, image, cached_image = (draw(tokens) for _ in range(6))
    text_out, audio_out, image_out = (draw(tokens) for _ in range(3))
    written, written_1h = draw(st.tuples(tokens, tokens) | st.just((0, 0)))
    writes = written + written_1h
    convention = draw(st.sampled_from(TRIED))
    is_text_only = convention == "text_only_total"
    all_inclusive = convention == "parts_include_cached" and draw(st.booleans())
    if is_text_only and audio + cached_audio + image + cached_image == 0:
        audio = 1
    cached = cached_text + cached_audio + cached_image
    total = text + audio + image + cached + writes
    # the uncached may hold what was written; without cached ones that is the input beside its cache
    held = writes if cached else 0
    uncached = draw(st.sampled_from([None, 0, text + audio + image, text + audio + image + held]))
    inclusive = convention != "parts_exclude_cached"
    row = event(
        input_tokens=text + cached_text + writes if is_text_only else total,
        uncached_input_tokens=uncached,
        input_text_tokens=text
        + (cached_text if all_inclusive else 0)
        + draw(st.sampled_from([0, writes])),
        input_audio_tokens=audio + (cached_audio if inclusive else 0),
        input_image_tokens=image + (cached_image if all_inclusive or is_text_only else 0),
        input_cached_text_tokens=cached_text,
        input_cached_audio_tokens=cached_audio,
        input_cached_image_tokens=cached_image,
        cached_input_tokens=draw(
            st.sampled_from([None, cached])
            if uncached
            else st.sampled_from([None, 0, cached, cached_text if is_text_only else cached])
        ),
        **_written(draw, written, written_1h),
        output_tokens=text_out + audio_out + image_out,
        output_text_tokens=text_out,
        output_audio_tokens=audio_out,
        output_image_tokens=image_out,
    )
    true = (text, cached_text, audio, cached_audio, image, cached_image, written, written_1h)
    return convention, row, (*true, text_out, audio_out, image_out)


@st.composite
def events_beside_their_cache(draw: st.DrawFn) -> tuple[Row, tuple[int, ...]]:
    """An event whose input leaves out what a cache is read for and written to, and its classes."""
    text, cached, written, written_1h = (draw(tokens) for _ in range(4))
    shows_by_writes = written + written_1h > 0 and cached + written + written_1h > text
    row = event(
        input_tokens=text,
        uncached_input_tokens=draw(
            st.sampled_from([None, 0, text]) if shows_by_writes else st.just(text)
        ),
        input_text_tokens=draw(st.sampled_from([None, 0, text])),
        cached_input_tokens=cached,
        **_written(draw, written, written_1h),
    )
    return row, (text, cached, 0, 0, 0, 0, written, written_1h, 0, 0, 0)


def _written(draw: st.DrawFn, written: int, written_1h: int) -> Row:
    """The total alone where all is of one lifetime, the lifetimes, or both."""
    total = written + written_1h
    parts = {"written_5m_input_tokens": written, "written_1h_input_tokens": written_1h}
    if draw(st.booleans()):
        parts = dict.fromkeys(parts) | {"written_1h_input_tokens": written_1h}
        return {"written_input_tokens": total} | parts
    return {"written_input_tokens": draw(st.sampled_from([None, 0, total]))} | parts


@settings(max_examples=50)
@given(told=st.lists(events_beside_their_cache(), min_size=1, max_size=12))
def test_input_beside_its_cache_counts_with_its_true_classes(
    splitter: Splitter, told: list[tuple[Row, tuple[int, ...]]]
) -> None:
    rows = [row for row, _ in told]
    counted, refused = splitter.split("provider", rows)
    for number, (row, true) in enumerate(told):
        if row["input_tokens"] == 0 and true[6] + true[7] == 0 < true[1]:
            assert refused[number] == "cached_above_total"
        else:
            assert tuple(counted[number][name] for name in CLASSES) == true, row


@settings(max_examples=50)
@given(told=st.lists(told_events(), min_size=1, max_size=12))
def test_an_event_that_keeps_a_convention_counts_with_its_true_classes(
    splitter: Splitter, told: list[tuple[str, Row, tuple[int, ...]]]
) -> None:
    counted, refused = splitter.split("provider", [row for _, row, _ in told])
    assert not refused
    for number, (convention, row, true) in enumerate(told):
        found = counted[number]
        if tuple(found[name] for name in CLASSES) == true:
            continue
        # the sums of another convention happen to agree, which comes first or is in doubt
        is_earlier = found["token_convention"] in TRIED[: TRIED.index(convention)]
        agrees = is_earlier or found["is_token_convention_ambiguous"]
        assert agrees, (convention, row, found)


@settings(max_examples=50)
@given(
    rows=st.lists(
        st.builds(
            event,
            **dict.fromkeys(COUNTS, maybe),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_the_classes_of_any_event_that_counts_add_up_to_its_totals(
    splitter: Splitter, rows: list[Row]
) -> None:
    counted, refused = splitter.split("provider", rows)
    assert counted.keys() | refused.keys() == set(range(len(rows)))
    for number, found in counted.items():
        _adds_up(found)
        assert found["total_in"] >= (rows[number]["input_tokens"] or 0)
        assert found["total_out"] >= (rows[number]["output_tokens"] or 0)


@st.composite
def metrics(draw: st.DrawFn, counts: st.SearchStrategy[int | None]) -> Row:
    """A voice event with any counts in its metadata."""
    drawn = {
        name: {modality: draw(counts) for modality in modalities}
        for name, modalities in (
            ("all", ("text_tokens", "audio_tokens", "image_tokens")),
            ("cached", ("text_tokens", "audio_tokens", "image_tokens")),
            ("out", ("text_tokens", "audio_tokens")),
        )
    }
    cached_details = drawn["cached"] if draw(st.booleans()) else None
    details = drawn["all"] | {
        "cached_tokens": draw(counts),
        "cached_tokens_details": cached_details,
    }
    totals = draw(st.booleans())
    return {
        "voice_metric_id": "v",
        "input_tokens": sum(n or 0 for n in drawn["all"].values()) if totals else draw(counts),
        "output_tokens": sum(n or 0 for n in drawn["out"].values()) if totals else draw(counts),
        "metadata": json.dumps(
            {"input_token_details": details, "output_token_details": drawn["out"]}
        ),
    }


@settings(max_examples=50)
@given(rows=st.lists(metrics(maybe), min_size=1, max_size=20))
def test_the_classes_of_any_voice_event_that_counts_add_up_to_its_totals(
    splitter: Splitter, rows: list[Row]
) -> None:
    counted, refused = splitter.split("voice", rows)
    assert counted.keys() | refused.keys() == set(range(len(rows)))
    for found in counted.values():
        _adds_up(found)


@settings(max_examples=40)
@given(
    told=st.lists(
        st.tuples(*(tokens for _ in range(8))),
        min_size=1,
        max_size=12,
    )
)
def test_a_voice_event_with_all_its_details_counts_with_its_true_classes(
    splitter: Splitter, told: list[tuple[int, ...]]
) -> None:
    rows = []
    for text, cached_text, audio, cached_audio, image, cached_image, text_out, audio_out in told:
        cached = {
            "text_tokens": cached_text,
            "audio_tokens": cached_audio,
            "image_tokens": cached_image,
        }
        details = {
            "text_tokens": text + cached_text,
            "audio_tokens": audio + cached_audio,
            "image_tokens": image + cached_image,
            "cached_tokens": sum(cached.values()),
            "cached_tokens_details": cached,
        }
        rows.append(
            {
                "voice_metric_id": "v",
                "input_tokens": text + audio + image + sum(cached.values()),
                "output_tokens": text_out + audio_out,
                "metadata": json.dumps(
                    {
                        "input_token_details": details,
                        "output_token_details": {
                            "text_tokens": text_out,
                            "audio_tokens": audio_out,
                        },
                    }
                ),
            }
        )
    counted, refused = splitter.split("voice", rows)
    assert not refused
    for number, true in enumerate(told):
        found = counted[number]
        assert tuple(found[name] for name in CLASSES) == (*true[:6], 0, 0, *true[6:], 0)
        assert not found["is_token_convention_ambiguous"]


def test_counts_in_an_unknown_shape_leave_the_tokens_without_a_class(
    splitter: Splitter,
) -> None:
    shapes = [
        {"tokens": {"audioTokens": 90, "textTokens": 10}},
        {"usage": {"modalities": [{"modality": "AUDIO", "count": 90}]}},
        {"usage": {"input": {"speechTokens": 90}}},
        {"usage": {"input": {"audio": 90, "text": 10}}},
        # 9 of the input, and 2 of the output, are of no modality
        {"input_token_details": {"text_tokens": 51, "audio_tokens": 40}},
        {"usage": {"output_tokens_details": {"text_tokens": 3, "audio_tokens": 2}}},
    ]
    rows = [
        {"voice_metric_id": "v", "input_tokens": 100, "output_tokens": 7, "metadata": text}
        for text in map(json.dumps, shapes)
    ]
    counted, refused = splitter.split("voice", rows)
    assert not refused
    for found in counted.values():
        assert found["token_convention"] == "unknown"
        assert {found[name] for name in CLASSES} == {0}
        assert (found["total_in"], found["total_out"]) == (0, 0)


def test_video_is_priced_as_images_are(splitter: Splitter) -> None:
    counts = {"AUDIO": 500, "VIDEO": 300, "IMAGE": 100, "TEXT": 50}
    details = [{"modality": name, "tokenCount": count} for name, count in counts.items()]
    row = {"voice_metric_id": "v", "input_tokens": 950, "output_tokens": 0}
    metadata = json.dumps({"usageMetadata": {"promptTokensDetails": details}})
    counted, refused = splitter.split("voice", [row | {"metadata": metadata}])
    assert not refused
    found = {name: count for name, count in counted[0].items() if name in CLASSES and count}
    assert found == {
        "uncached_text_input_tokens": 50,
        "uncached_audio_input_tokens": 500,
        "uncached_image_input_tokens": 400,
    }


def _adds_up(found: Row) -> None:
    assert found["token_convention"] is not None
    assert min(found[name] for name in CLASSES) >= 0, found
    assert sum(found[f"{name}_tokens"] for name in INPUT_CLASSES) == found["total_in"], found
    assert sum(found[f"{name}_tokens"] for name in OUTPUT_CLASSES) == found["total_out"], found
