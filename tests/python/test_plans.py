"""What a run does not look at, it leaves out where it reads it: plans are looked at, not times."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from conftest import ORG, uuid
from postgres import PostgresWarehouse

DAYS = [date(2025, 1, 1) + timedelta(days=number) for number in range(100)]
JUDGED = ("+int_provider_usage_judged", "+int_agents_usage_judged", "+int_voice_usage_judged")
COUNTED = ("+int_provider_usage_daily", "+int_agents_usage_daily", "+int_voice_usage_daily")


def rows_of(step: dict[str, Any]) -> list[int]:
    """How many rows came out of each step of a plan."""
    own = round(step["Actual Rows"] * step["Actual Loops"])
    return [own, *(rows for below in step.get("Plans", []) for rows in rows_of(below))]


def test_postgres_judges_only_rows_of_the_days_that_it_looks_at(
    postgres_warehouse: PostgresWarehouse,
    event: Callable[..., dict[str, Any]],
    record: Callable[..., dict[str, Any]],
) -> None:
    warehouse = postgres_warehouse
    warehouse.create_sources()
    warehouse.insert("provider_keys", {"id": 1, "provider": "openai"})
    warehouse.insert("organizations", {"id": ORG, "name": "Acme"})
    warehouse.insert("voice_conversations", {"id": uuid(1)})

    def add(number: int, day: date) -> None:
        end = day + timedelta(days=1)
        warehouse.insert("usage_events", event(number, timestamp=f"{day} 10:00:00"))
        warehouse.insert("usage_records", record(number, period_start=day, period_end=end))
        metric = {"id": uuid(number), "conversation_id": uuid(1), "timestamp": f"{day} 10:00:00"}
        tokens = {"input_tokens": 1, "metadata": {"input_token_details": {"text_tokens": 1}}}
        warehouse.insert(
            "voice_usage_metrics", metric | tokens | {"event_type": "response_complete"}
        )

    for number, day in enumerate(DAYS):
        add(number, day)
    warehouse.build("--select", *COUNTED)
    add(len(DAYS), DAYS[-1])
    warehouse.build("--select", *JUDGED)

    for model in JUDGED:
        (file,) = (warehouse.folder / "target" / "compiled").rglob(f"{model.strip('+')}.sql")
        plan = warehouse.value(f"explain (analyze, format json) {file.read_text()}")[0]["Plan"]
        assert 0 < max(rows_of(plan)) < len(DAYS) / 2, model
