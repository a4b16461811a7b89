"""tokenmart/sources.py is the one place in Python that lists the sources."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from warehouses import ROOT, Warehouse

from tokenmart.schema import tables
from tokenmart.sources import NAMES, SOURCES, USAGE

PACKAGE = ROOT / "tokenmart"
MODULES = [path for path in sorted(PACKAGE.rglob("*.py")) if path.name != "sources.py"]


def _collections(path: Path) -> Iterator[set[str]]:
    """The texts of each literal tuple, list and set, and the keys of each dictionary.

    A dictionary of calls says what holds for one relation, such as the rules of a check.
    """
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Dict):
            if not any(isinstance(value, ast.List | ast.Call) for value in node.values):
                yield _texts(node.keys)
        elif isinstance(node, ast.Tuple | ast.List | ast.Set):
            yield _texts(node.elts)


def _texts(nodes: list[ast.expr] | list[ast.expr | None]) -> set[str]:
    return {
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_other_module_lists_the_sources(path: Path) -> None:
    lists = {
        "sources": {*USAGE},
        "tables": {usage.table for usage in USAGE.values()},
        "facts": {usage.fact for usage in USAGE.values()},
        "ledgers": {usage.ledger for usage in USAGE.values()},
        "quarantines": {usage.quarantine for usage in USAGE.values()},
    }
    for texts in _collections(path):
        for what, listed in lists.items():
            assert not texts >= listed, f"{path} lists the {what} of all sources"


def test_its_tables_are_those_of_the_ddl() -> None:
    assert [(source.name, [*source.keys]) for source in SOURCES] == [
        (name, [table.name for table in tables().values() if table.source == name])
        for name in NAMES
    ]


def test_its_relations_and_keys_are_those_that_are_built(sample_build: Warehouse) -> None:
    built: dict[str, set[str]] = defaultdict(set)
    for table, column in sample_build.rows(
        "select table_name, column_name from information_schema.columns"
        " where table_schema like 'analytics%'"
    ):
        built[table].add(column)
    for source in SOURCES:
        for table, key in source.keys.items():
            assert key is None or key in built[source.staging(table)]
            assert f"ledger_{table}" in built
        if usage := source.usage:
            for name in (usage.quarantine, usage.excluded, source.validated):
                assert usage.key in built[name]
            assert built[usage.fact] >= {*usage.grain}
