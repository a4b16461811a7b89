"""`dbt source freshness` says which source is late."""

import json
from datetime import UTC, datetime, timedelta

from warehouses import Warehouse


def test_each_source_says_how_late_it_is(either_warehouse: Warehouse) -> None:
    either_warehouse.create_sources(constraints=False)
    now = datetime.now(UTC).replace(tzinfo=None)
    yesterday, week_ago, future = (str(now + timedelta(days=days)) for days in (-1, -7, 400))
    for id, timestamp in ((1, yesterday), (2, future)):
        either_warehouse.insert(
            "usage_events", {"id": id, "key_id": 1, "model": "m", "timestamp": timestamp}
        )
    either_warehouse.insert(
        "usage_records",
        {
            **{
                "id": "00000000-0000-0000-0000-000000000001",
                "org_id": "00000000-0000-0000-0000-000000000002",
            },
            **{"resource_type": "api_calls", "quantity": 1, "cost_usd": 0},
            **{"period_start": week_ago, "period_end": week_ago, "created_at": week_ago},
        },
    )
    either_warehouse.insert(
        "voice_usage_metrics", {"id": "00000000-0000-0000-0000-000000000003", "timestamp": future}
    )
    either_warehouse.insert("provider_costs", {"usage_date": week_ago[:10], "amount_usd": 1})

    assert either_warehouse.dbt("source", "freshness").returncode == 1
    found = json.loads((either_warehouse.folder / "target" / "sources.json").read_text())
    assert {each["unique_id"].split(".")[-1]: each["status"] for each in found["results"]} == {
        "usage_events": "pass",
        "usage_records": "error",
        # the row of the future alone says nothing of when there was usage last
        "voice_usage_metrics": "error",
        "provider_costs": "warn",
    }
