"""Warehouses as the last release left them: small ones, as SQL, for the test of an upgrade.

`python tests/python/released.py`, a part of `make release`, builds them by the working tree and
writes .ci/released/<engine>.sql.
"""

import json
import tempfile
from pathlib import Path
from typing import Any

from postgres import PostgresWarehouse, start
from warehouses import ROOT, Warehouse

FOLDER = ROOT / ".ci" / "released"
AS_OF = "2026-11-01 00:00:00"
ORG = "00000000-0000-0000-0000-0000000000aa"
EVENT = {"key_id": 1, "model": "gpt-4-1", "tokens_in": 100, "tokens_out": 10}
WINDOW = {"window_start": "2026-10-01", "window_end": "2026-10-02"}
RECORD = {
    **{"org_id": ORG, "resource_type": "llm_tokens", "quantity": 100, "cost_usd": "1.0000"},
    **{"period_start": "2026-10-01", "period_end": "2026-10-31", "created_at": "2026-10-31"},
    "metadata": {"model": "claude-sonnet-4-5", "input_tokens": 60, "output_tokens": 40},
}
ROWS: dict[str, list[dict[str, Any]]] = {
    "provider_keys": [{"id": 1, "provider": "openai", "user_id": "one"}],
    "usage_events": [
        EVENT | {"id": 1, "timestamp": "2026-10-01 10:00:00", "openai_api_key_id": "k"},
        # superseded by a finer one, quarantined, and one whose source row is gone at the upgrade
        EVENT | WINDOW | {"id": 2, "timestamp": "2026-10-01", "tokens_in": 70},
        EVENT | {"id": 3, "timestamp": "2026-10-02", "tokens_in": -1},
        EVENT | {"id": 4, "timestamp": "2026-10-03", "input_cached_tokens": 40},
    ],
    "organizations": [{"id": ORG, "name": "Acme"}],
    "usage_records": [RECORD | {"id": "00000000-0000-0000-0000-000000000001"}],
    "voice_conversations": [
        {
            **{"id": "00000000-0000-0000-0000-000000000001", "user_id": "u"},
            "metadata": {"model": "gpt-realtime"},
        }
    ],
    "voice_usage_metrics": [
        {
            "id": f"00000000-0000-0000-0000-00000000000{number}",
            "conversation_id": "00000000-0000-0000-0000-000000000001",
            **{"timestamp": "2026-10-05 10:00:00+00", "event_type": "response_complete"},
            **{"input_tokens": 30, "output_tokens": 20},
        }
        for number in (1, 2)
    ],
    "provider_costs": [
        {
            **{"usage_date": "2026-10-01", "provider": "openai", "api_key_id": "k"},
            **{"line_item": "gpt-4.1-2025-04-14, input", "amount_usd": "0.5"},
        }
    ],
}


def fill(warehouse: Warehouse) -> None:
    """Give the sources their rows."""
    warehouse.create_sources(constraints=False)
    for table, rows in ROWS.items():
        warehouse.insert(table, *rows)


def path(warehouse: Warehouse) -> Path:
    return FOLDER / f"{'postgres' if isinstance(warehouse, PostgresWarehouse) else 'duckdb'}.sql"


def write(warehouse: Warehouse) -> None:
    """Build a warehouse, and write down its tables."""
    fill(warehouse)
    warehouse.build(as_of=AS_OF)
    manifest = json.loads((warehouse.folder / "target" / "manifest.json").read_text("utf-8"))
    # what a build keeps; all other tables it makes again
    tables = sorted(
        (node["schema"], node["alias"])
        for node in manifest["nodes"].values()
        if node["config"]["materialized"] == "incremental"
    )
    statements = [f"create schema {schema}" for schema in sorted({schema for schema, _ in tables})]
    for schema, table in tables:
        relation = f"{schema}.{table}"
        types = dict(warehouse.rows(_types(warehouse, relation)))
        columns = ", ".join(f'"{name}" {type_}' for name, type_ in types.items())
        statements.append(f"create table {relation} ({columns})")
        statements.append(
            f"comment on table {relation} is {_literal(warehouse.comment(schema, table))}"
        )
        names = ", ".join(f'"{name}"' for name in types)
        texts = ", ".join(f'cast("{name}" as varchar)' for name in types)
        rows = ",\n".join(
            f"({', '.join(map(_literal, row))})"
            for row in sorted(warehouse.rows(f"select {texts} from {relation}"), key=str)
        )
        casts = ", ".join(f'cast("{name}" as {type_})' for name, type_ in types.items())
        if rows:
            statements.append(
                f"insert into {relation} select {casts} from (values\n{rows}) as kept ({names})"
            )
    FOLDER.mkdir(exist_ok=True)
    path(warehouse).write_text(";\n".join(statements) + ";\n", encoding="utf-8")


def _types(warehouse: Warehouse, relation: str) -> str:
    if isinstance(warehouse, PostgresWarehouse):
        return f"""
            select attname, format_type(atttypid, atttypmod) from pg_attribute
            where attrelid = '{relation}'::regclass and attnum > 0 and not attisdropped
            order by attnum
        """
    return f"select column_name, column_type from (describe {relation})"


def _literal(value: str | None) -> str:
    return "null" if value is None else "'" + value.replace("'", "''") + "'"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        write(Warehouse(Path(folder) / "duckdb"))
        server = start(18, Path(folder) / "server")
        write(PostgresWarehouse(Path(folder) / "postgres", server))
        server.stop()
