"""What a source deletes, with the cascades of its own foreign keys, stays counted."""

import json
from pathlib import Path

import pytest
from conftest import ORG, uuid
from postgres import PostgresWarehouse
from warehouses import ROOT, Warehouse

from tokenmart.land import land
from tokenmart.project import Project

CONFIG, EMPLOYEE, CONVERSATION, OTHER_ORG = uuid(1), uuid(2), uuid(3), uuid(4)


def record(number: int, **owners: str) -> dict[str, object]:
    return {
        "id": uuid(number),
        "resource_type": "llm_tokens",
        "quantity": 10,
        "cost_usd": "2.5",
        "period_start": "2025-01-01",
        "period_end": "2025-01-02",
        "created_at": "2025-01-02",
    } | owners


ROWS = {
    "provider_keys": [{"id": 1, "provider": "openai"}],
    "usage_events": [
        {"id": 1, "key_id": 1, "model": "m", "tokens_in": 100, "timestamp": "2025-01-01"}
    ],
    "organizations": [{"id": ORG}, {"id": OTHER_ORG}],
    "employees": [{"id": EMPLOYEE, "org_id": ORG}],
    "employee_agent_configs": [{"id": CONFIG, "employee_id": EMPLOYEE}],
    "usage_records": [
        record(1, org_id=ORG, employee_id=EMPLOYEE, agent_config_id=CONFIG),
        record(2, org_id=OTHER_ORG),
    ],
    "voice_conversations": [{"id": CONVERSATION, "user_id": "u"}],
    "voice_usage_metrics": [
        {
            "id": uuid(1),
            "conversation_id": CONVERSATION,
            "timestamp": "2025-01-01T10:00:00Z",
            "event_type": "response_complete",
            "input_tokens": 1000,
        }
    ],
}

COUNTED = """
    select source_system, sum(total_tokens), sum(recorded_cost_usd)
    from analytics.fct_cost_daily
    group by source_system
    order by source_system
"""
LEFT = """
    select
        (select count(*) from raw_provider.usage_events),
        (select count(*) from raw_agents.usage_records),
        (select count(*) from raw_agents.usage_records where employee_id is not null),
        (select count(*) from raw_agents.employee_agent_configs),
        (select count(*) from raw_voice.voice_usage_metrics)
"""
DELETED = """
    select org_id, is_deleted from analytics.dim_organization
    union all select employee_id, is_deleted from analytics.dim_employee
    union all select agent_config_id, is_deleted from analytics.dim_agent_config
    union all select cast(provider_key_id as text), is_deleted from analytics.dim_provider_key
"""


def test_counted_usage_survives_what_its_source_deletes(
    postgres_warehouse: PostgresWarehouse, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, rows in ROWS.items():
        lines = "\n".join(json.dumps(row) for row in rows)
        (folder / f"{name}.jsonl").write_text(lines + "\n")
    for name, value in postgres_warehouse.environment.items():
        monkeypatch.setenv(name, value)
    postgres_warehouse.create_sources("billing")
    land(Project(ROOT), folder)
    postgres_warehouse.build()
    counted = postgres_warehouse.rows(COUNTED)
    assert [(source, int(tokens)) for source, tokens, _ in counted] == [
        ("agents", 20),
        ("provider", 100),
        ("voice", 1000),
    ]
    assert postgres_warehouse.rows(LEFT) == [(1, 2, 1, 1, 1)]

    for deleted in (
        "raw_agents.employees",
        f"raw_agents.organizations where id = '{OTHER_ORG}'",
        "raw_provider.provider_keys",
        "raw_voice.voice_conversations",
    ):
        postgres_warehouse.execute(f"delete from {deleted}")
    assert postgres_warehouse.rows(LEFT) == [(0, 1, 0, 0, 0)]
    postgres_warehouse.build()
    assert postgres_warehouse.rows(COUNTED) == counted
    assert dict(postgres_warehouse.rows(DELETED)) == {
        ORG: False,
        OTHER_ORG: True,
        EMPLOYEE: True,
        CONFIG: True,
        "1": True,
    }
    assert postgres_warehouse.rows(
        """
        select col_description('analytics.dim_organization'::regclass, attnum) is not null
        from pg_attribute
        where attrelid = 'analytics.dim_organization'::regclass and attname = 'is_deleted'
        """
    ) == [(True,)]
    printed = postgres_warehouse.tokenmart("summary").stdout
    assert "source    rows in  deleted  counted" in printed
    told = [line.split()[:4] for line in printed.split("Rows: ")[1].splitlines()]
    assert [row for row in told if row and row[0] in ("agents", "provider", "voice")] == [
        ["agents", "2", "1", "2"],
        ["provider", "1", "1", "1"],
        ["voice", "1", "1", "1"],
    ]


def test_an_owner_is_kept_when_blanked_and_not_handed_to_another_tenant(sources: Warehouse) -> None:
    sources.insert("organizations", {"id": OTHER_ORG})
    sources.insert("employees", {"id": EMPLOYEE, "org_id": ORG})
    sources.insert("voice_conversations", *ROWS["voice_conversations"])
    sources.insert("voice_usage_metrics", *ROWS["voice_usage_metrics"])
    sources.insert("usage_records", *(record(n, org_id=ORG, employee_id=EMPLOYEE) for n in (1, 2)))
    sources.build("--select", "+fct_voice_usage_daily", "+fct_agent_usage_daily")
    sources.execute(
        f"""
        update raw_voice.voice_conversations set user_id = '';
        update raw_agents.usage_records set employee_id = null where id = '{uuid(1)}';
        update raw_agents.usage_records set employee_id = null, org_id = '{OTHER_ORG}'
        where id = '{uuid(2)}'
        """
    )
    sources.build("--select", "+fct_voice_usage_daily", "+fct_agent_usage_daily")
    assert sources.rows("select distinct user_id from analytics.fct_voice_usage_daily") == [("u",)]
    assert sources.rows(
        "select org_id, employee_id from analytics.fct_agent_usage_daily order by org_id"
    ) == [(OTHER_ORG, None), (ORG, EMPLOYEE)]
