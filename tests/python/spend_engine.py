"""The marts about spend on either engine: their compiled SQL, run on costs of one's own."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
from postgres import PostgresWarehouse
from warehouses import Warehouse

AS_OF = date(2026, 6, 18)
"""Of every test; with two provisional days, what is seen ends with June 15."""
SEEN_TO = date(2026, 6, 15)
SCHEMAS = ("analytics", "analytics_seeds", "analytics_intermediate")
BUDGETS = ("int_budgets", "mart_budget_daily", "mart_budget_status")
MOVERS = ("mart_cost_mover_models", "mart_cost_movers")
ANOMALIES = ("mart_cost_expected_daily", "mart_cost_anomalies")
COST_COLUMNS = {
    "source_instance": "varchar",
    "usage_date": "date",
    "source_system": "varchar",
    "provider": "varchar",
    "org_id": "varchar",
    "team_id": "varchar",
    "team_name": "varchar",
    "project_id": "varchar",
    "canonical_model_id": "varchar",
    "openai_api_key_id": "varchar",
    "provider_key_id": "bigint",
    "total_tokens": "bigint",
    "company_cost_usd": "decimal(38, 12)",
    "is_counted": "boolean",
    "token_source": "varchar",
}
DEFAULTS = {
    "source_instance": "main",
    "source_system": "provider",
    "total_tokens": 1000,
    "is_counted": True,
    "token_source": "company",
}
BUDGET_COLUMNS = (
    *("budget_name", "source_instance", "scope", "scope_id"),
    *("amount_usd", "period", "valid_from", "valid_to"),
)


@dataclass
class SpendEngine:
    """A database with nothing but what the marts read."""

    execute: Callable[..., Any]
    fetch: Callable[[str], tuple[list[str], list[tuple[Any, ...]]]]
    models: dict[str, str]

    def costs(self, rows: Sequence[dict[str, Any]]) -> None:
        """Fill fct_cost_daily with these rows alone."""
        self.execute("delete from analytics.fct_cost_daily")
        self._insert(
            "analytics.fct_cost_daily",
            [[(DEFAULTS | row).get(column) for column in COST_COLUMNS] for row in rows],
        )

    def budgets(self, *budgets: dict[str, Any]) -> None:
        """Fill the seed with these lines alone."""
        self.execute("delete from analytics_seeds.budgets")
        self._insert(
            "analytics_seeds.budgets",
            [[budget.get(column) for column in BUDGET_COLUMNS] for budget in budgets],
        )

    def build(self, *models: str) -> list[dict[str, Any]]:
        """Make the models in this order; the rows of the last one."""
        for model in models:
            schema = "analytics_intermediate" if model.startswith("int_") else "analytics"
            self.execute(f"drop table if exists {schema}.{model}")
            self.execute(f"create table {schema}.{model} as {self.models[model]}")
        return self.rows(f"select * from {schema}.{model}")

    def rows(self, sql: str) -> list[dict[str, Any]]:
        names, rows = self.fetch(sql)
        return [dict(zip(names, row, strict=True)) for row in rows]

    def _insert(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        for start in range(0, len(rows), 5000):
            chunk = rows[start : start + 5000]
            values = ", ".join(f"({', '.join(map(_literal, row))})" for row in chunk)
            self.execute(f"insert into {table} values {values}")


@contextmanager
def spend_engine(warehouse: Warehouse, *models: str) -> Iterator[SpendEngine]:
    """Compile the marts, and make the tables that they read."""
    warehouse.keeps_compiled = True
    result = warehouse.dbt("compile", "--quiet", "--select", *models, as_of=AS_OF.isoformat())
    assert result.returncode == 0, result.stdout + result.stderr
    compiled = warehouse.folder / "target" / "compiled"
    texts = {name: next(compiled.rglob(f"{name}.sql")).read_text() for name in models}
    columns = ", ".join(f"{name} {type_}" for name, type_ in COST_COLUMNS.items())
    tables = (
        *(f"create schema if not exists {name}" for name in SCHEMAS),
        f"create table analytics.fct_cost_daily ({columns})",
        "create table analytics.dim_organization"
        " (source_instance varchar, org_id varchar, org_name varchar)",
        f"create table analytics_seeds.budgets ({' text, '.join(BUDGET_COLUMNS)} text)",
    )
    if isinstance(warehouse, PostgresWarehouse):
        with warehouse.server.connect(warehouse.database) as session, session.cursor() as cursor:

            def fetch(sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
                cursor.execute(sql)
                return [column.name for column in cursor.description or ()], cursor.fetchall()

            for statement in tables:
                cursor.execute(statement)
            yield SpendEngine(cursor.execute, fetch, texts)
    else:
        with duckdb.connect(str(warehouse.path)) as connection:

            def fetch(sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
                found = connection.execute(sql)
                return [name for name, *_ in found.description or ()], found.fetchall()

            for statement in tables:
                connection.execute(statement)
            yield SpendEngine(connection.execute, fetch, texts)


def _literal(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool | int | Decimal):
        return str(value)
    text = str(value).replace("'", "''")
    return f"'{text}'"
