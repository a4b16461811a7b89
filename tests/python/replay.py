"""A dbt run played again without dbt: the SQL that it sent, statement by statement, in process.

A build takes many seconds, of which its SQL is the smallest part. A history of many runs sends the
same statements again and again, so they are recorded once, from a run in which nothing was new.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from warehouses import Warehouse

TRANSACTIONS = ("begin", "commit")


@dataclass(frozen=True)
class Statement:
    """One statement of a run, and the model for which it was sent."""

    model: str
    sql: str


def record(warehouse: Warehouse, *arguments: str, **variables: Any) -> list[Statement]:
    """The statements that dbt sends for the tables of a run, in their order; views stay."""
    result = warehouse.run(
        *("dbt", "--log-format", "json", "--log-level", "debug", "--no-use-colors", "build"),
        *("--threads", "1", "--exclude-resource-type", "unit_test", "test", *arguments),
        *("--vars", json.dumps(variables)),
    )
    assert result.returncode == 0, result.stdout[-2000:]
    events = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
    return [
        Statement(node["node_name"], event["data"]["sql"])
        for event in events
        if event["info"]["name"] == "SQLQuery"
        for node in [event["data"].get("node_info", {})]
        if node.get("resource_type") == "model"
        and node["materialized"] != "view"
        and _changes_something(event["data"]["sql"])
    ]


def _changes_something(sql: str) -> bool:
    text = sql.split("*/")[-1].strip().lower()
    return text.rstrip(";") in TRANSACTIONS or not text.startswith(("select", "with"))


def play(statements: list[Statement], execute: Callable[[str], Any]) -> None:
    """Send the statements; the temporary tables go, as they do when dbt's connection closes."""
    for statement in statements:
        execute(statement.sql)
    for statement in statements:
        for table in re.findall(r'create temporary table\s+"(\w+)"', statement.sql):
            execute(f'drop table "{table}"')
