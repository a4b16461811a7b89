"""The DDL that Python reads and the sources that dbt reads say the same."""

from typing import Any

import pytest
import yaml
from warehouses import ROOT

from tokenmart.schema import SECRET_COLUMNS, tables
from tokenmart.schema.constraints import Check, ForeignKey, NotNull, PrimaryKey, UniqueIndex
from tokenmart.sources import NAMES


def _declared(source: str) -> dict[str, dict[str, Any]]:
    path = ROOT / "models" / "staging" / source / f"_{source}__sources.yml"
    (declared,) = yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]
    return {table["name"]: table for table in declared["tables"]}


@pytest.mark.parametrize("source", NAMES)
def test_dbt_declares_the_tables_and_columns_of_the_ddl(source: str) -> None:
    expected = {t.name: set(t.column_names) for t in tables().values() if t.source == source}
    declared = {
        name: {column["name"] for column in table["columns"]}
        for name, table in _declared(source).items()
    }
    assert declared == expected


@pytest.mark.parametrize("source", NAMES)
def test_required_secret_and_optional_are_tagged_alike(source: str) -> None:
    for name, declared in _declared(source).items():
        table = tables()[name]
        tags = {column["name"]: column.get("tags", []) for column in declared["columns"]}
        assert ("optional" in declared.get("tags", [])) == table.is_optional
        for column in table.columns:
            assert ("required" in tags[column.name]) == column.is_required, column.name
            is_secret = column.name in SECRET_COLUMNS.get(name, set())
            assert ("secret" in tags[column.name]) == is_secret, column.name


def test_every_secret_column_exists() -> None:
    for name, columns in SECRET_COLUMNS.items():
        assert columns <= set(tables()[name].column_names)


def test_parents_come_before_their_children() -> None:
    names = list(tables())
    assert names.index("provider_keys") < names.index("usage_events")
    assert names.index("organizations") < names.index("employees") < names.index("usage_records")


def test_the_constraints_of_a_table_are_those_of_its_ddl() -> None:
    assert tables()["usage_events"].constraints == (
        PrimaryKey("usage_events_pkey", ("id",)),
        NotNull("key_id"),
        NotNull("model"),
        NotNull("timestamp"),
        ForeignKey("usage_events_key_id_fkey", "key_id", "provider_keys", "id", "cascade"),
        UniqueIndex(
            "usage_events_window",
            (
                '"key_id"',
                '"model"',
                '"window_start"',
                '"window_end"',
                "COALESCE(\"project_id\", '')",
                "COALESCE(\"openai_api_key_id\", '')",
                "COALESCE(\"openai_user_id\", '')",
                "COALESCE(\"service_tier\", '')",
                'COALESCE("batch", FALSE)',
                "COALESCE(\"request_id\", '')",
                "COALESCE(\"end_user_id\", '')",
                "COALESCE(\"session_id\", '')",
                "COALESCE(\"team_id\", '')",
                "COALESCE(CAST(\"tags\" AS TEXT), '')",
                "COALESCE(\"quantity_unit\", '')",
            ),
            '"window_start" IS NOT NULL',
        ),
    )
    records = tables()["usage_records"]
    (check,) = (each for each in records.constraints if isinstance(each, Check))
    assert check == Check(
        "usage_records_token_source_check", "\"token_source\" IN ('company', 'personal')"
    )
    assert {
        each.column: each.on_delete for each in records.constraints if isinstance(each, ForeignKey)
    } == {"org_id": "cascade", "employee_id": "set null", "agent_config_id": "set null"}
    assert records.column("metadata").default == "'{}'"
    assert tables()["provider_costs"].constraints == ()
