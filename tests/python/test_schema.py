"""The DDL that Python reads and the sources that dbt reads say the same."""

from typing import Any

import pytest
import yaml
from warehouses import ROOT

from tokenmart.schema import SECRET_COLUMNS, SOURCES, tables


def _declared(source: str) -> dict[str, dict[str, Any]]:
    path = ROOT / "models" / "staging" / source / f"_{source}__sources.yml"
    (declared,) = yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]
    return {table["name"]: table for table in declared["tables"]}


@pytest.mark.parametrize("source", SOURCES)
def test_dbt_declares_the_tables_and_columns_of_the_ddl(source: str) -> None:
    expected = {t.name: set(t.column_names) for t in tables().values() if t.source == source}
    declared = {
        name: {column["name"] for column in table["columns"]}
        for name, table in _declared(source).items()
    }
    assert declared == expected


@pytest.mark.parametrize("source", SOURCES)
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
