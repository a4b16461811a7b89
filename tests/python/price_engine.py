"""The project's prices on either engine: its compiled SQL, run in process on usage of one's own."""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
from postgres import PostgresWarehouse
from warehouses import Warehouse

from tokenmart.prices import TOKEN_CLASSES

MODELS = (
    "int_list_prices",
    "int_contract_prices",
    "int_model_names",
    "int_model_prices",
    "int_usage_rates",
)
COSTS = (
    "price_provider",
    "price_model_id",
    "price_match",
    "processing",
    "price_flags",
    "pricing_status",
    "list_cost_usd",
    "list_cost_upper_usd",
    "contracted_cost_usd",
    "contracted_cost_upper_usd",
)


@dataclass(frozen=True)
class Usage:
    """A row of daily usage."""

    model_id: str | None
    tokens: dict[str, int]
    provider: str | None = "openai"
    service_tier: str | None = None
    is_batch: bool = False
    day: date = date(2025, 7, 1)
    context_band: str | None = "base"
    without_class: int = 0

    @property
    def row(self) -> tuple[Any, ...]:
        return (
            *(self.provider, self.model_id, self.service_tier, self.is_batch, self.day),
            *(self.context_band, self.without_class),
            *(self.tokens.get(name, 0) for name in TOKEN_CLASSES),
        )


@dataclass
class Costs:
    """What the macro adds to a row."""

    price_provider: str | None
    price_model_id: str | None
    price_match: str
    processing: str | None
    price_flags: str | None
    pricing_status: str
    list_cost_usd: Decimal | None
    list_cost_upper_usd: Decimal | None
    contracted_cost_usd: Decimal | None
    contracted_cost_upper_usd: Decimal | None


@dataclass
class PriceEngine:
    """A built warehouse, in which usage can be priced."""

    name: str
    execute: Callable[..., Any]
    fetch: Callable[[str], list[tuple[Any, ...]]]
    models: dict[str, str]
    macro: str

    def price(self, usages: Sequence[Usage]) -> list[Costs]:
        """The costs of each row, in their order."""
        pairs = {(usage.provider or "", usage.model_id or "") for usage in usages}
        self.execute("delete from analytics_intermediate.int_usage_models")
        self.insert("analytics_intermediate.int_usage_models", sorted(pairs))
        for name in MODELS:
            self.execute(f"delete from analytics_intermediate.{name}")
            self.execute(f"insert into analytics_intermediate.{name} {self.models[name]}")
        self.execute("drop table if exists priced_rows")
        columns = "provider text, model_id text, service_tier text, is_batch boolean, "
        columns += "usage_date_utc date, context_band text, without_class bigint, "
        columns += ", ".join(f"{name}_tokens bigint" for name in TOKEN_CLASSES)
        self.execute(f"create temporary table priced_rows (place bigint, {columns})")
        self.insert("priced_rows", [(place, *usage.row) for place, usage in enumerate(usages)])
        rows = self.fetch(f"select {', '.join(COSTS)} from ({self.macro}) as it order by place")
        assert len(rows) == len(usages)
        return [Costs(*row) for row in rows]

    def insert(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        for start in range(0, len(rows), 1000):
            chunk = rows[start : start + 1000]
            values = ", ".join(f"({', '.join(map(_literal, row))})" for row in chunk)
            self.execute(f"insert into {table} values {values}")

    def problems(self) -> list[tuple[str, int, str]]:
        """What a build would refuse."""
        return [
            (str(seed), int(line), str(text))
            for seed, line, text in self.fetch(
                "select seed, line_number, problem "
                "from analytics_intermediate.int_price_problems order by 1, 2, 3"
            )
        ]

    @contextmanager
    def seeds(self, **files: str) -> Iterator[None]:
        """Seeds that hold these CSV files instead, for a while."""
        kept = {name: self.fetch(f"select * from analytics_seeds.{name}") for name in files}
        for name, text in files.items():
            header, *rows = csv.reader(text.splitlines())
            self.execute(f"delete from analytics_seeds.{name}")
            self.insert(
                f"analytics_seeds.{name} ({', '.join(header)})",
                [[value or None for value in row] for row in rows],
            )
        yield
        for name, rows in kept.items():
            self.execute(f"delete from analytics_seeds.{name}")
            self.insert(f"analytics_seeds.{name}", rows)


@contextmanager
def price_engine(warehouse: Warehouse) -> Iterator[PriceEngine]:
    """Build what prices need on empty sources."""
    warehouse.create_sources()
    warehouse.keeps_compiled = True
    warehouse.build("--select", "+int_usage_rates", "--exclude", "test_type:data")
    result = warehouse.dbt(
        *("compile", "--quiet", "--inline"),
        "/**/ {{ tokenmart.priced_usage("
        "'priced_rows', tokens_without_class='without_class'"
        ") }} /*end*/",
    )
    assert result.returncode == 0, result.stdout + result.stderr
    (macro,) = re.findall(r"/\*\*/(.*?)/\*end\*/", result.stdout, re.DOTALL)
    compiled = warehouse.folder / "target" / "compiled"
    models = {name: next(compiled.rglob(f"{name}.sql")).read_text() for name in MODELS}
    if isinstance(warehouse, PostgresWarehouse):
        with warehouse.server.connect(warehouse.database) as session, session.cursor() as cursor:

            def fetch(sql: str) -> list[tuple[Any, ...]]:
                cursor.execute(sql)
                return cursor.fetchall()

            yield PriceEngine("postgres", cursor.execute, fetch, models, macro)
    else:
        with duckdb.connect(str(warehouse.path)) as connection:
            yield PriceEngine(
                "duckdb",
                connection.execute,
                lambda sql: connection.execute(sql).fetchall(),
                models,
                macro,
            )


def _literal(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool | int):
        return str(value)
    text = str(value).replace("'", "''")
    return f"'{text}'"
