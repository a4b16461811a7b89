"""Whose the cost is: the seed cost_owners, shared cost, and months that hold everything."""

from decimal import Decimal
from typing import Any

import pytest
from refusals import refusal
from warehouses import Warehouse

AS_OF = {"as_of": "2025-02-01 00:00:00"}
OWNERS = "analytics_seeds.cost_owners"
ORG = "00000000-0000-4000-8000-000000000001"


@pytest.fixture
def owned(either_warehouse: Warehouse, event: Any, record: Any) -> Warehouse:
    """Usage of two keys, three projects and one organization's agents, built."""
    warehouse = either_warehouse
    warehouse.create_sources()
    warehouse.insert("provider_keys", {"id": 1, "provider": "openai", "user_id": "boss"})
    warehouse.insert(
        "usage_events",
        event(1, project_id="p1", openai_api_key_id="k1", openai_user_id="u1"),
        event(2, project_id="p1", openai_api_key_id="k2"),
        event(3, project_id="p2", timestamp="2025-01-20 10:00:00"),
        event(4, model="gpt-4.1-2025-04-14"),
    )
    warehouse.insert("organizations", {"id": ORG, "name": "Acme", "slug": "acme"})
    warehouse.insert("usage_records", record(1, org_id=ORG))
    warehouse.build(**AS_OF)
    return warehouse


def _own(warehouse: Warehouse, *lines: str) -> None:
    warehouse.execute(f"delete from {OWNERS}")
    for line in lines:
        values = ", ".join(f"'{value}'" for value in line.split(","))
        warehouse.execute(f"insert into {OWNERS} values ({values})")


def _rebuild(warehouse: Warehouse, **variables: Any) -> None:
    """What follows the seed, which stays as the test has it."""
    warehouse.build("--select", "int_cost_owners+", **AS_OF, **variables)


# two builds on each engine: about 25 CPU seconds
def test_the_finest_line_of_the_day_owns_a_cost_and_every_mart_holds_everything(
    owned: Warehouse,
) -> None:
    facts = """
        select project_id, openai_api_key_id, org_id, team_id, employee_id, owner_source
        from analytics.fct_cost_daily
    """
    agents = (None, None, ORG, None, None, "recorded")
    owners = [row[2:] for row in owned.rows(facts) if row != agents]
    assert owners == [(None, None, None, None)] * 4

    _own(
        owned,
        "project,p1,Sales,crm,,,",
        # a key goes before its project, also where it names no team
        "api_key,k1,Support,,ann,,",
        # until the day before, and from the day on
        "project,p2,Sales,,,,2025-01-19",
        "project,p2,Legal,,,2025-01-20,",
        "key_owner,boss,Office,,,2025-01-01,2025-01-01",
        # agents say themselves whose they are
        "source,agents,Sales,,,,",
    )
    _rebuild(owned, shared_cost_method="even")
    assert sorted(owned.rows(facts), key=str) == sorted(
        [
            agents,
            ("p1", "k1", "Support", None, "ann", "api_key"),
            ("p1", "k2", "Sales", "crm", None, "project"),
            ("p2", None, "Legal", None, None, "project"),
            (None, None, "Office", None, None, "key_owner"),
        ],
        key=str,
    )
    total = owned.value("select sum(cost_usd) from analytics.fct_cost_daily where is_counted")
    assert total > 0
    for mart in ("org", "team", "employee", "project"):
        assert owned.rows(
            f"""
            select sum(cost_usd), sum(showback_cost_usd), sum(shared_cost_usd)
            from analytics.mart_cost_by_{mart}_monthly
            """
        ) == [(total, total, 0)]
    # one model, however its snapshots are written
    assert owned.rows(
        "select distinct canonical_model_id, model_family, model_developer"
        " from analytics.fct_cost_daily where source_system = 'provider'"
    ) == [("gpt-4.1", "gpt", "openai")]
    assert owned.rows(
        "select org_name, provider_cost_usd > 0, agents_cost_usd"
        " from analytics.mart_cost_by_org_monthly order by 1"
    ) == [
        ("Acme", False, Decimal(1)),
        *[(name, True, Decimal(0)) for name in ("Legal", "Office", "Sales", "Support")],
    ]

    # an owner may be a name that no platform has
    validated = owned.tokenmart("validate", "--only", "marts")
    assert validated.returncode == 0, validated.stdout

    # owners that cannot be are refused with their lines
    _own(
        owned,
        "team,t,Sales,,,,",
        "project,,Sales,,,,",
        "project,p,,,,,",
        "project,q,Sales,,,2025-02-30,",
        "project,r,Sales,,,2025-02-02,2025-02-01",
        "project,s,Sales,,,,2025-01-31",
        "project, s ,Legal,,,2025-01-31,",
        "project,s,Legal,,,2025-02-01,2025-02-01",
    )
    said = refusal(owned.dbt("run", "--select", "int_cost_owners", **AS_OF))
    assert "seeds/cost_owners.csv has errors" in said
    for sentence in (
        "scope is not known: team; known are api_key, project, user, key_owner, source",
        "scope_id is empty; name the project that is owned",
        "org_id is empty; name the organization that bears the cost",
        "valid_from is not a day such as 2026-01-31: 2025-02-30",
        "valid_from is after valid_to",
        "the same as line 7, and their days meet",
        "the same as line 8, and their days meet",
    ):
        assert sentence in said
