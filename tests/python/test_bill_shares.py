"""What was billed is shared out exactly: the project's compiled SQL on random usage and bills."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from postgres import PostgresWarehouse
from warehouses import Warehouse

from tokenmart.prices import TOKEN_CLASSES

EXAMPLES = {"duckdb": 100, "postgres": 25}
BILLING = (
    *(
        "int_bill_line_items",
        "int_bill_lines",
        "int_bill_matches",
        "int_billable_usage",
        "int_bill_scopes",
    ),
    *("int_bill_allocations", "int_bill_coverage", "int_unallocated_bill_lines"),
)
MART = "mart_cost_reconciliation_daily"
CENT = Decimal("0.01")
WORDS = {"gpt-4.1": "gpt 4 1", "gpt-4-1": "gpt 4 1", "gpt-4-1-2025-04-14": "gpt 4 1", "o3": "o 3"}
NAMES = [
    {
        "provider": provider,
        "model_id": model,
        "price_provider": "openai",
        "price_model_id": "o3" if model == "o3" else "gpt-4.1",
        "model_words": words,
    }
    for provider in ("openai", "OpenAI")
    for model, words in WORDS.items()
]


@dataclass
class Bills:
    """A built warehouse, in which usage and bills can be given and shared out."""

    engine: str
    execute: Callable[[str], Any]
    fetch: Callable[[str], list[tuple[Any, ...]]]
    sql: dict[str, str]

    def share(self, usages: list[dict[str, Any]], lines: list[dict[str, Any]]) -> None:
        self._fill("analytics_intermediate.int_model_names", NAMES)
        self._fill("analytics_intermediate.int_provider_usage_priced", usages)
        self._fill("analytics_ledger.ledger_provider_costs", lines)
        for table, sql in self.sql.items():
            self.execute(f"delete from {table}")
            self.execute(f"insert into {table} {sql}")

    def _fill(self, table: str, rows: list[dict[str, Any]]) -> None:
        self.execute(f"delete from {table}")
        for row in rows:
            values = ", ".join("null" if value is None else f"'{value}'" for value in row.values())
            self.execute(f"insert into {table} ({', '.join(row)}) values ({values})")


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def bills(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bills]:
    """The billing models on empty sources, on either engine."""
    folder = tmp_path_factory.mktemp("bills")
    with ExitStack() as stack:
        if request.param == "duckdb":
            warehouse = Warehouse(folder)
        else:
            warehouse = PostgresWarehouse(folder, request.getfixturevalue("postgres_server"))
        warehouse.create_sources()
        warehouse.keeps_compiled = True
        warehouse.build("--select", f"+{MART}", "--exclude", "test_type:data")
        compiled = warehouse.folder / "target" / "compiled" / "tokenmart" / "models"
        sql = {}
        for schema, names in (("analytics_intermediate", BILLING), ("analytics", [MART])):
            for name in names:
                (file,) = compiled.rglob(f"{name}.sql")
                sql[f"{schema}.{name}"] = file.read_text(encoding="utf-8")
        if isinstance(warehouse, PostgresWarehouse):
            session = stack.enter_context(warehouse.server.connect(warehouse.database))
            cursor = stack.enter_context(session.cursor())

            def fetch(query: str) -> list[tuple[Any, ...]]:
                cursor.execute(query)
                return cursor.fetchall()

            yield Bills("postgres", cursor.execute, fetch, sql)
        else:
            file = stack.enter_context(duckdb.connect(str(warehouse.path)))
            yield Bills("duckdb", file.execute, lambda query: file.execute(query).fetchall(), sql)


dollars = st.integers(0, 10**13).map(lambda number: Decimal(number).scaleb(-12))


@st.composite
def usages(draw: st.DrawFn) -> dict[str, Any]:
    provider = draw(st.sampled_from(["openai", "OpenAI", "anthropic"]))
    models = ["gpt-4-1", "gpt-4-1-2025-04-14", "o3"] if provider != "anthropic" else []
    model = draw(st.sampled_from([*models, "unknown"]))
    known = {"gpt-4-1": "gpt-4.1", "gpt-4-1-2025-04-14": "gpt-4.1", "o3": "o3"}.get(model)
    tokens_in, tokens_out = draw(st.integers(0, 1000)), draw(st.integers(0, 1000))
    cost_in, cost_out = draw(dollars), draw(dollars)
    tokens = dict.fromkeys(TOKEN_CLASSES, 0)
    return {
        "source_instance": "main",
        "usage_date_utc": draw(st.sampled_from(["2025-01-01", "2025-01-02"])),
        "provider": provider,
        "project_id": draw(st.sampled_from([None, "p", "q"])),
        "openai_api_key_id": draw(st.sampled_from([None, "k", "l"])),
        "model_id": model,
        "price_provider": known and "openai",
        "price_model_id": known,
        "record_count": 1,
        "input_tokens": tokens_in,
        "output_tokens": tokens_out,
        **{f"{name}_tokens": count for name, count in tokens.items()},
        "uncached_text_input_tokens": tokens_in,
        "text_output_tokens": tokens_out,
        "input_contracted_cost_usd": known and cost_in,
        "output_contracted_cost_usd": known and cost_out,
        "contracted_cost_usd": known and cost_in + cost_out,
        "contracted_cost_upper_usd": known and cost_in + cost_out,
    }


@st.composite
def lines(draw: st.DrawFn) -> dict[str, Any]:
    items = [None, "gpt-4.1, input", "GPT-4.1, output", "o3", "o3, cached input", "web search"]
    items += ["GPT 4.1 Input Tokens", "batch | gpt-4.1, input", "something"]
    return {
        "source_instance": "main",
        "row_version": 1,
        "is_deleted": False,
        "usage_date_utc": draw(st.sampled_from(["2025-01-01", "2025-01-02"])),
        "provider": draw(st.sampled_from(["openai", "anthropic"])),
        "project_id": draw(st.sampled_from([None, "p", "q", "nobody"])),
        "openai_api_key_id": draw(st.sampled_from([None, "k", "nobody"])),
        "line_item": draw(st.sampled_from(items)),
        "billed_cost_usd": Decimal(draw(st.integers(-(10**13), 10**15))).scaleb(-6),
    }


def _day_of(line: dict[str, Any], used: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        usage
        for usage in used
        if usage["usage_date_utc"] == line["usage_date_utc"]
        and usage["provider"].lower() == line["provider"]
    ]


def _may_be_for(line: dict[str, Any], usage: dict[str, Any], day: list[dict[str, Any]]) -> bool:
    """Whether the usage is what a line names; ``day`` is all usage of its day and provider."""
    for column in ("project_id", "openai_api_key_id"):
        if line[column] is not None:
            day = [each for each in day if each[column] == line[column]] or [
                each for each in day if each[column] is None
            ]
    model = (line["line_item"] or "").lower().split(",")[0].split("|")[-1].strip()
    model = model.removesuffix(" input tokens").replace(".", "-").replace(" ", "-")
    return usage in day and usage["model_id"].startswith(model)


@pytest.mark.drawn(1)
def test_every_line_is_shared_out_to_the_last_digit_among_what_it_names(bills: Bills) -> None:
    @settings(
        max_examples=EXAMPLES[bills.engine],
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(st.lists(usages(), max_size=8), st.lists(lines(), max_size=8))
    def holds(used: list[dict[str, Any]], billed: list[dict[str, Any]]) -> None:
        by_key = {f"u{place}": usage for place, usage in enumerate(used)}
        by_line = {f"l{place}": line for place, line in enumerate(billed)}
        bills.share(
            [{"usage_key": key} | usage for key, usage in by_key.items()],
            [{"row_key": key} | line for key, line in by_line.items()],
        )
        parts: dict[str, dict[str, Decimal]] = defaultdict(dict)
        for line, usage, part in bills.fetch(
            "select line_key, usage_key, billed_cost_usd"
            " from analytics_intermediate.int_bill_allocations"
        ):
            assert usage not in parts[line]
            parts[line][usage] = part
        unused = bills.fetch(
            "select line_key, billed_cost_usd"
            " from analytics_intermediate.int_unallocated_bill_lines"
        )
        whole = {line: sum(shares.values()) for line, shares in parts.items()} | dict(unused)
        assert len(whole) == len(parts) + len(unused)
        assert whole == {key: line["billed_cost_usd"] for key, line in by_line.items()}
        for key, shares in parts.items():
            line = by_line[key]
            day = _day_of(line, used)
            assert all(_may_be_for(line, by_key[usage], day) for usage in shares)
        for key in whole.keys() - parts.keys():
            line = by_line[key]
            if line["project_id"] and line["openai_api_key_id"] and line["line_item"]:
                assert not any(_may_be_for(line, usage, _day_of(line, used)) for usage in used)
        _reconciled(bills, used, billed)

    holds()


def _reconciled(bills: Bills, used: list[dict[str, Any]], billed: list[dict[str, Any]]) -> None:
    """The mart has all of the usage and the bill, and says reconciled of nothing that is not."""
    rows = bills.fetch(
        f"select status, unpriced_tokens, record_count, coalesce(contracted_cost_usd, 0),"
        f" coalesce(billed_cost_usd, 0), residual_usd, unknown_tier_usd + unpriced_models_usd"
        f" + step_bounds_usd + non_token_usd + credits_usd + unknown_lines_usd"
        f" + free_tokens_usd + cache_writes_usd + rounding_usd,"
        f" unexplained_usd from analytics.{MART}"
    )
    assert sum(row[2] for row in rows) == len(used)
    assert sum(row[3] for row in rows) == sum(each["contracted_cost_usd"] or 0 for each in used)
    assert sum(row[4] for row in rows) == sum(each["billed_cost_usd"] for each in billed)
    for status, unpriced, _, contracted, charged, residual, causes, unexplained in rows:
        tolerance = max(CENT, abs(charged) / 1000)
        if status == "usage_without_bill":
            assert residual is None
            continue
        assert residual == charged - contracted == causes + unexplained
        if status == "reconciled":
            assert abs(residual) <= tolerance
            assert not unpriced
        if status == "explained":
            assert abs(unexplained) <= tolerance
