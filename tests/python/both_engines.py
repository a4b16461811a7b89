"""The same sources and runs on several engines, for what compares what they make of them."""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from lakes import LakeWarehouse
from odd_sources import OddSources, Row, Rows
from postgres import PostgresWarehouse
from psycopg2.extras import execute_values
from warehouses import Warehouse

from tokenmart.schema import tables

NOT_COMPARED = {
    "content_hash": "a hash of each engine's own, compared with nothing but itself",
    "inputs_digest": "a sum of such hashes",
    "run_id": "by dbt, for each run",
    "rules_hash": "a hash of the macros of each engine",
}
"""Columns that differ between the engines, and why. There is no other exception."""
JSON_COLUMNS = {"metadata", "document", "usage_document", "cached_document", "model_document"}
"""Compared by their values: jsonb does not keep how a document was written."""


def on_each(sides: Sequence[Warehouse], *command: str, **variables: Any) -> None:
    """Run dbt on all sides at once, and see it succeed."""
    if command[0] == "build":
        # the rows are compared one by one, which no test of the models could add to
        command += ("--exclude-resource-type", "test", "unit_test")
    with ThreadPoolExecutor() as pool:
        runs = [pool.submit(warehouse.dbt, *command, **variables) for warehouse in sides]
    for run in runs:
        result = run.result()
        assert result.returncode == 0, result.stdout[-3000:] + result.stderr


def build_odd_sources(
    duckdb_side: Warehouse,
    postgres_side: PostgresWarehouse,
    sources: OddSources,
    lake: LakeWarehouse | None = None,
) -> None:
    """The ledgers observe them run after run; the last one builds everything."""
    sides = [duckdb_side, postgres_side, *([lake] if lake else [])]
    duckdb_side.create_sources()
    postgres_side.create_sources(constraints=False)
    for (table, column), type_ in sources.column_types().items():
        _change_type(duckdb_side, table, column, "varchar" if "json" in type_ else type_)
        _change_type(postgres_side, table, column, type_)

    ledger = ("run", "--select", "staging ledger context_steps")
    other = {"source_instance": "eu"}
    runs = sources.runs()
    for number, rows in enumerate(runs):
        as_of = sources.as_of[number]
        _replace(duckdb_side, postgres_side, sources, rows)
        if lake:
            lake.copy_sources(duckdb_side)
        if number == 0:
            on_each(sides, *ledger, as_of=as_of, **other)
        if number < len(runs) - 1:
            on_each(sides, *ledger, as_of=as_of, allow_copied_installation=True)
    on_each(sides, "build", as_of=as_of, reporting_timezone=sources.zone)


def _as_text(connection: Any, schema: str, table: str, columns: list[str]) -> list[str]:
    texts = ", ".join(f'cast("{column}" as varchar)' for column in columns)
    connection.execute(f"select {texts} from {schema}.{table}")
    return sorted(
        str([_json(v) if name in JSON_COLUMNS else v for name, v in zip(columns, row, strict=True)])
        for row in connection.fetchall()
    )


def _json(text: str | None) -> str | None:
    """What jsonb keeps of a text: the values, not how they were written."""
    if text is None:
        return None
    try:
        return json.dumps(json.loads(text, parse_int=float), sort_keys=True)
    except (ValueError, RecursionError):
        return text


@contextmanager
def _session(warehouse: Warehouse) -> Iterator[Any]:
    """What runs statements and gives their rows."""
    if isinstance(warehouse, PostgresWarehouse):
        with (
            warehouse.server.connect(warehouse.database) as connection,
            connection.cursor() as cursor,
        ):
            yield cursor
    else:
        with warehouse.connect() as session:
            yield session


def assert_same(duckdb_side: Warehouse, other: Warehouse) -> None:
    """Every relation has the same columns and the same rows on both."""
    relations = duckdb_side.rows(
        """
        select table_schema, table_name, list(column_name order by ordinal_position)
        from information_schema.columns
        where table_schema like 'analytics%'
            -- a row for each run, with its times
            and table_name <> 'audit_runs'
        group by all
        order by all
        """
    )
    assert len(relations) > 50
    different = []
    with duckdb_side.connect() as duckdb_connection, _session(other) as session:
        for schema, table, columns in relations:
            session.execute(
                "select column_name from information_schema.columns"
                f" where table_schema = '{schema}' and table_name = '{table}'"
                " order by ordinal_position"
            )
            assert [row[0] for row in session.fetchall()] == columns, table
            compared = [column for column in columns if column not in NOT_COMPARED]
            ours = _as_text(duckdb_connection, schema, table, compared)
            theirs = _as_text(session, schema, table, compared)
            if ours != theirs:
                only_ours = sorted(set(ours) - set(theirs))[:3]
                only_theirs = sorted(set(theirs) - set(ours))[:3]
                different.append((table, len(ours), len(theirs), only_ours, only_theirs))
    assert not different, "\n\n".join(
        f"{table}: {ours} rows in the DuckDB file, {theirs} in the other\n"
        + "\n".join([*only_ours, "-- in the other --", *only_theirs])
        for table, ours, theirs, only_ours, only_theirs in different
    )


def _change_type(warehouse: Warehouse, table: str, column: str, type_: str) -> None:
    relation = f"raw_{tables()[table].source}.{table}"
    using = f'using "{column}"::text::{type_}'
    if isinstance(warehouse, PostgresWarehouse):
        warehouse.execute(f'alter table {relation} alter "{column}" drop default')
    warehouse.execute(f'alter table {relation} alter "{column}" type {type_} {using}')


def _replace(
    duckdb_side: Warehouse, postgres_side: PostgresWarehouse, sources: OddSources, rows: Rows
) -> None:
    """The tables hold these rows and no others, in another order on each engine."""
    for table, its_rows in rows.items():
        relation = f"raw_{tables()[table].source}.{table}"
        postgres_side.execute(f"truncate {relation}")
        duckdb_side.execute(f"delete from {relation}")
        if its_rows:
            _fill_postgres(postgres_side, relation, sources.shuffled(its_rows))
            exported = _export(postgres_side, relation, list(its_rows[0]))
            _fill_duckdb(duckdb_side, relation, sources.shuffled(exported))


def _fill_postgres(warehouse: PostgresWarehouse, relation: str, rows: list[Row]) -> None:
    columns = ", ".join(f'"{column}"' for column in rows[0])
    with (
        warehouse.server.connect(warehouse.database) as connection,
        connection.cursor() as cursor,
    ):
        values = [tuple(row.values()) for row in rows]
        execute_values(cursor, f"insert into {relation} ({columns}) values %s", values)


def _export(warehouse: PostgresWarehouse, relation: str, columns: list[str]) -> list[Row]:
    """The rows as text, in which an export of a jsonb column writes JSON as jsonb does."""
    texts = ", ".join(f'"{column}"::text' for column in columns)
    rows = warehouse.rows(f"select {texts} from {relation}")
    return [dict(zip(columns, row, strict=True)) for row in rows]


def _fill_duckdb(warehouse: Warehouse, relation: str, rows: list[Row]) -> None:
    file = warehouse.folder / "rows.json"
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    columns = ", ".join(f'"{column}"' for column in rows[0])
    types = ", ".join(f"\"{column}\": 'varchar'" for column in rows[0])
    read = f"read_json('{file}', format = 'newline_delimited', columns = {{{types}}})"
    warehouse.execute(
        f"set TimeZone = 'UTC'; insert into {relation} ({columns}) select {columns} from {read}"
    )
