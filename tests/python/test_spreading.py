"""Periods spread over days: the project's compiled SQL against a plain-Python oracle."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from conftest import uuid
from hypothesis import given, settings
from hypothesis import strategies as st
from warehouses import Warehouse

MICROSECOND = timedelta(microseconds=1)
# half an hour of summer time; midnights that do not exist; midnights that come twice
ZONES = ("UTC", "Australia/Lord_Howe", "America/Sao_Paulo", "Atlantic/Azores")


@pytest.fixture(scope="module", params=ZONES)
def spread(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, duckdb.DuckDBPyConnection, str]]:
    """The zone, a database with an empty int_agents_usage_counted, and the SQL that spreads it."""
    warehouse = Warehouse(tmp_path_factory.mktemp("spread"))
    warehouse.create_sources("agents")
    warehouse.keeps_compiled = True
    warehouse.build(
        "--select",
        "+int_agents_usage_spread",
        reporting_timezone=request.param,
        sources_enabled=["agents"],
    )
    models = warehouse.folder / "target" / "compiled" / "tokenmart" / "models" / "intermediate"
    sql = (models / "4_daily" / "int_agents_usage_spread.sql").read_text(encoding="utf-8")
    relation = '"warehouse"."analytics_intermediate"."int_agents_usage_counted"'
    assert relation in sql
    with duckdb.connect(str(warehouse.path)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"create temp table records as select * from {relation}")
        yield request.param, connection, sql.replace(relation, "records")


moments = st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2098, 1, 1))
lengths = st.one_of(
    st.just(timedelta(0)),
    st.timedeltas(min_value=MICROSECOND, max_value=timedelta(hours=30)),
    st.timedeltas(min_value=MICROSECOND, max_value=timedelta(days=399)),
)
ends = st.sampled_from(["as drawn", "midnight", "23:59:59", "23:59:59.999999"])


@st.composite
def usage_records(draw: st.DrawFn) -> dict[str, Any]:
    start = draw(moments)
    end = start + draw(lengths)
    style = draw(ends)
    if style != "as drawn":
        end = end.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        if style.startswith("23"):
            end -= timedelta(seconds=1) if style == "23:59:59" else MICROSECOND
    quantity = draw(st.integers(0, 2**63 - 1) | st.integers(0, 100))
    # each is a part of the one before, which is of the quantity: input, what of it went through a
    # cache, was written to it, was written for an hour
    parts = [draw(st.integers(0, quantity) | st.just(0))]
    for _ in range(3):
        parts.append(draw(st.integers(0, parts[-1]) | st.sampled_from([0, parts[-1]])))
    return {
        "start": start,
        "end": end,
        "quantity": quantity,
        "parts": draw(st.sampled_from([None, parts])),
        "cost": Decimal(draw(st.integers(-(10**10), 10**10))).scaleb(-4),
    }


def oracle(record: dict[str, Any], zone: str) -> dict[date, tuple[int | Decimal, ...]]:
    """Quantity, its parts and cost by local day, by the published formula."""
    start, end = record["start"], record["end"]
    if (end + timedelta(seconds=1)).date() > end.date():
        end = datetime.combine(end.date() + timedelta(days=1), datetime.min.time())
    end = max(end, start + MICROSECOND)
    whole = (end - start) // MICROSECOND
    units = int(record["cost"].scaleb(4))

    def used_up(elapsed: int) -> list[int]:
        shares = [record["quantity"] * elapsed // whole]
        total = record["quantity"]
        for part in record["parts"] or [0] * 4:
            shares.append(part * shares[-1] // total if total else 0)
            total = part
        return [*shares, units * elapsed // whole]

    parts = {}
    before = [0] * 6
    moment = start
    while moment < end:
        local = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date()
        midnight = datetime.combine(
            local + timedelta(days=1), datetime.min.time(), tzinfo=ZoneInfo(zone)
        )
        moment = min(end, midnight.astimezone(UTC).replace(tzinfo=None))
        after = used_up((moment - start) // MICROSECOND)
        *counts, cost = (now - then for now, then in zip(after, before, strict=True))
        parts[local] = (*counts, Decimal(cost).scaleb(-4))
        before = after
    return parts


@pytest.mark.drawn(2)
@settings(max_examples=60)
@given(records=st.lists(usage_records(), min_size=1, max_size=8))
def test_the_days_of_a_record_are_those_of_the_oracle_and_add_up_to_it(
    spread: tuple[str, duckdb.DuckDBPyConnection, str], records: list[dict[str, Any]]
) -> None:
    zone, connection, sql = spread
    connection.execute("delete from records")
    for number, record in enumerate(records):
        inputs, cache, written, written_1h = record["parts"] or [None] * 4
        connection.execute(
            """
            insert into records (
                source_instance, usage_record_id, org_id, resource_type, quantity,
                metadata_input_tokens, metadata_output_tokens, metadata_cached_input_tokens,
                metadata_cache_write_tokens, metadata_cache_write_1h_tokens, recorded_cost_usd,
                period_start, period_end
            ) values ('main', ?, 'o', 'llm_tokens', ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                uuid(number),
                record["quantity"],
                inputs,
                None if inputs is None else record["quantity"] - inputs,
                None if inputs is None else cache - written,
                written,
                written_1h,
                record["cost"],
                record["start"],
                record["end"],
            ],
        )
    result: dict[str, dict[date, tuple[int | Decimal, ...]]] = defaultdict(dict)
    for (
        key,
        day,
        quantity,
        inputs,
        outputs,
        unsplit,
        read,
        written,
        hour,
        cost,
    ) in connection.execute(
        f"""
        select usage_record_id, usage_date, quantity, input_tokens, output_tokens, unsplit_tokens,
            cached_input_tokens, cache_write_input_tokens, cache_write_1h_input_tokens,
            recorded_cost_usd
        from ({sql})
        """
    ).fetchall():
        assert inputs + outputs + unsplit == quantity
        assert min(inputs, outputs, unsplit, quantity, read, written, hour) >= 0
        assert read + written + hour <= inputs
        parts_of_day = (inputs, read + written + hour, written + hour, hour)
        result[key][day] = (quantity, *parts_of_day, cost)

    for number, record in enumerate(records):
        parts = result[uuid(number)]
        assert parts == oracle(record, zone)
        assert sum(part[0] for part in parts.values()) == record["quantity"]
        for place, part in enumerate(record["parts"] or [0] * 4, start=1):
            assert sum(day[place] for day in parts.values()) == part
        assert sum(day[-1] for day in parts.values()) == record["cost"]


@pytest.mark.parametrize("spread", ["America/St_Johns"], indirect=True)
def test_nothing_is_lost_where_a_clock_is_set_back_over_midnight(
    spread: tuple[str, duckdb.DuckDBPyConnection, str],
) -> None:
    """On 2006-10-29 it was 00:01, and then 23:01 of the day before."""
    _, connection, sql = spread
    connection.execute("delete from records")
    ends = ["02:29", "02:30", "02:30:30", "02:31", "02:45", "03:00", "03:30", "03:31", "04:00"]
    moments = [f"2006-10-29 {end}" for end in ends]
    moments = ["2006-10-28 12:00", *moments, "2006-10-30 12:00"]
    periods = [(start, end) for number, start in enumerate(moments) for end in moments[number:]]
    for number, (start, end) in enumerate(periods):
        connection.execute(
            """
            insert into records (
                source_instance, usage_record_id, org_id, resource_type, quantity,
                recorded_cost_usd, period_start, period_end
            ) values ('main', ?, 'o', 'llm_tokens', 100, 1, ?, ?)
            """,
            [uuid(number), start, end],
        )
    assert (
        connection.execute(
            f"""
        select records.period_start, records.period_end, sum(parts.quantity)
        from records left join ({sql}) as parts using (usage_record_id)
        group by all
        having coalesce(sum(parts.quantity), 0) <> 100
            or coalesce(sum(parts.recorded_cost_usd), 0) <> 1
            or count(*) filter (where parts.is_first_day) <> 1
        """
        ).fetchall()
        == []
    )
