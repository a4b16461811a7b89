"""Tables of Fivetran, dlt and ingestr are read as they are: one small table for each trap."""

import json
import re
import shlex
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import md5
from pathlib import Path
from typing import Any

import pytest
import yaml
from postgres import PostgresWarehouse, Server
from refusals import refusal
from test_variables import Macros
from warehouses import ROOT, Warehouse

DAY = datetime(2026, 10, 5, tzinfo=UTC)
NEXT = DAY + timedelta(days=1)
UNIX, UNIX_NEXT = int(DAY.timestamp()), int(NEXT.timestamp())
SYNCED = "2026-10-06 03:00:00+00"
SONNET = "claude-sonnet-4-5-20250929"
FIVETRAN = {"_fivetran_deleted": False, "_fivetran_synced": SYNCED}

LOADER_TABLES: list[dict[str, Any]] = [
    {"loader": "fivetran", "provider": "openai", "schema": "openai"},
    {
        "loader": "fivetran",
        "provider": "openai",
        "schema": "openai_research",
        "account": "research",
    },
    {"loader": "fivetran", "provider": "anthropic", "schema": "anthropic_claude"},
    {
        **{"loader": "dlt", "provider": "openai", "schema": "dlt_openai", "account": "of dlt"},
        **{"usage_table": "completions", "costs_table": "costs"},
    },
    {
        **{"loader": "dlt", "provider": "anthropic", "schema": "dlt_claude", "account": "of dlt"},
        **{"usage_table": "messages", "costs_table": "costs"},
    },
    {"loader": "ingestr", "provider": "openai", "schema": "ingestr", "account": "of ingestr"},
    {"loader": "ingestr", "provider": "anthropic", "schema": "ingestr", "account": "of ingestr"},
]
VARIABLES = {"sources_enabled": ["provider", "billing"], "loader_tables": LOADER_TABLES}
"""The same in all tests, which parse the project once."""
AS_OF, LATER = "2026-10-20 00:00:00", "2026-10-21 00:00:00"

TEXT, COUNT, FLAG, ZONED = "text", "bigint", "boolean", "timestamp with time zone"
FLOAT, MOMENT = "double precision", "timestamp"

COLUMNS: dict[str, dict[str, str]] = {
    "completion": {
        **{"_fivetran_id": TEXT, "project_id": TEXT, "user_id": TEXT, "api_key_id": TEXT},
        **{"model": TEXT, "service_tier": TEXT, "batch": FLAG, "start_time": COUNT},
        **{"end_time": COUNT, "input_token": COUNT, "input_cached_token": COUNT},
        **{"input_audio_token": COUNT, "output_token": COUNT, "output_audio_token": COUNT},
        **{"num_model_request": COUNT, "_fivetran_deleted": FLAG, "_fivetran_synced": ZONED},
    },
    "cost": {
        **{"_fivetran_id": TEXT, "project_id": TEXT, "line_item": TEXT, "amount_value": TEXT},
        **{"amount_currency": TEXT, "start_time": COUNT, "end_time": COUNT},
        **{"organization_id": TEXT, "_fivetran_deleted": FLAG, "_fivetran_synced": ZONED},
    },
    "message_usage_report": {
        **{"_fivetran_id": TEXT, "api_key_id": TEXT, "workspace_id": TEXT, "model": TEXT},
        **{"service_tier": TEXT, "context_window": TEXT, "starting_at": ZONED},
        **{"ending_at": ZONED, "uncached_input_token": COUNT, "output_token": COUNT},
        **{"cache_read_input_token": COUNT, "server_tool_use_web_search_request": COUNT},
        "cache_creation_ephemeral_5_m_input_token": COUNT,
        "cache_creation_ephemeral_1_h_input_token": COUNT,
        **{"_fivetran_deleted": FLAG, "_fivetran_synced": ZONED},
    },
    "cost_report": {
        **{"_fivetran_id": TEXT, "workspace_id": TEXT, "amount": TEXT, "currency": TEXT},
        **{"cost_type": TEXT, "token_type": TEXT, "description": TEXT, "model": TEXT},
        **{"service_tier": TEXT, "context_window": TEXT, "inference_geo": TEXT},
        **{"starting_at": ZONED, "ending_at": ZONED},
        **{"_fivetran_deleted": FLAG, "_fivetran_synced": ZONED},
    },
}
"""Of Fivetran, as its dbt packages list them."""


def fivetran_completion(**changes: Any) -> dict[str, Any]:
    return {
        **{"_fivetran_id": "a", "project_id": "proj_1", "user_id": "user_1", "api_key_id": "key_1"},
        **{"model": "gpt-4o-2024-08-06", "service_tier": "default", "batch": False},
        **{"start_time": UNIX, "end_time": UNIX_NEXT, "input_token": 1000},
        **{"input_cached_token": 300, "input_audio_token": 0, "output_token": 200},
        **{"output_audio_token": 0, "num_model_request": 5},
        **FIVETRAN,
        **changes,
    }


def fivetran_cost(**changes: Any) -> dict[str, Any]:
    return {
        **{"_fivetran_id": "a", "project_id": "proj_1", "amount_value": "2.5e-05"},
        **{"line_item": "gpt-4o-2024-08-06, input", "amount_currency": "usd"},
        **{"start_time": UNIX, "end_time": UNIX_NEXT},
        **FIVETRAN,
        **changes,
    }


def fivetran_message(**changes: Any) -> dict[str, Any]:
    return {
        **{"_fivetran_id": "a", "api_key_id": "key_a", "workspace_id": "wrkspc_1"},
        **{"model": SONNET, "service_tier": "standard", "context_window": "0-200k"},
        **{"starting_at": "2026-10-05 00:00:00+00", "ending_at": "2026-10-05 23:59:59+00"},
        **{"uncached_input_token": 100, "cache_read_input_token": 30, "output_token": 7},
        "cache_creation_ephemeral_5_m_input_token": 20,
        "cache_creation_ephemeral_1_h_input_token": 10,
        **FIVETRAN,
        **changes,
    }


def fivetran_cost_report(**changes: Any) -> dict[str, Any]:
    return {
        **{"_fivetran_id": "a", "workspace_id": "wrkspc_1", "amount": "123.45"},
        **{"currency": "USD", "cost_type": "tokens", "token_type": "uncached_input_tokens"},
        **{"description": "Claude Sonnet 4.5 Usage - Input Tokens", "model": SONNET},
        **{"service_tier": "standard", "context_window": "0-200k", "inference_geo": "us"},
        **{"starting_at": "2026-10-05 00:00:00+00", "ending_at": "2026-10-05 23:59:59+00"},
        **FIVETRAN,
        **changes,
    }


def _create(warehouse: Warehouse, schema: str, table: str, columns: dict[str, str]) -> None:
    types = ", ".join(f'"{name}" {type_}' for name, type_ in columns.items())
    warehouse.execute(f"create schema if not exists {schema}")
    warehouse.execute(f"create table {schema}.{table} ({types})")


def create_tables(warehouse: Warehouse) -> None:
    """Each loader's tables, with rows: what every one of them is about is beside it."""
    for schema in ("openai", "openai_research"):
        for table in ("completion", "cost"):
            _create(warehouse, schema, table, COLUMNS[table])
    for table in ("message_usage_report", "cost_report"):
        _create(warehouse, "anthropic_claude", table, COLUMNS[table])
    warehouse.insert(
        "completion",
        fivetran_completion(),
        fivetran_completion(_fivetran_id="b", batch=True, input_token=50, input_cached_token=0),
        fivetran_completion(_fivetran_id="c", api_key_id="gone", _fivetran_deleted=True),
        # no project, and audio next to text
        fivetran_completion(
            **{"_fivetran_id": "d", "project_id": None, "model": "gpt-audio"},
            **{"input_cached_token": 0, "input_audio_token": 400, "output_audio_token": 150},
        ),
        schema="openai",
    )
    warehouse.insert(
        "cost",
        fivetran_cost(),
        fivetran_cost(_fivetran_id="b", amount_value="9", _fivetran_deleted=True),
        # a line of no project, as the other account has one
        fivetran_cost(_fivetran_id="c", project_id=None, amount_value="0.5", line_item="refund"),
        schema="openai",
    )
    # another account, with rows that look the same
    warehouse.insert("completion", fivetran_completion(), schema="openai_research")
    warehouse.insert(
        "cost",
        fivetran_cost(project_id=None, amount_value="-0.125", line_item="refund"),
        schema="openai_research",
    )
    warehouse.insert(
        "message_usage_report",
        fivetran_message(),
        # of the same key and tier, with a longer context: one row of usage_events
        fivetran_message(_fivetran_id="b", context_window="200k-1M", uncached_input_token=300000),
        # the default workspace
        fivetran_message(_fivetran_id="c", workspace_id=None, uncached_input_token=5),
        # the window as it was when it was fetched before, under an id of its own
        fivetran_message(
            _fivetran_id="d", uncached_input_token=1, _fivetran_synced="2026-10-05 12:00:00+00"
        ),
        fivetran_message(_fivetran_id="e", api_key_id="gone", _fivetran_deleted=True),
        # an end that is one, and an hour
        fivetran_message(
            **{"_fivetran_id": "f", "api_key_id": "key_b", "starting_at": "2026-10-05 10:00:00+00"},
            **{"ending_at": "2026-10-05 11:00:00+00"},
        ),
        schema="anthropic_claude",
    )
    warehouse.insert(
        "cost_report",
        fivetran_cost_report(),
        fivetran_cost_report(_fivetran_id="b", inference_geo="global", amount="0.55"),
        fivetran_cost_report(_fivetran_id="c", workspace_id=None, amount="100"),
        fivetran_cost_report(
            **{"_fivetran_id": "d", "service_tier": "batch", "context_window": "200k-1M"},
            **{"token_type": "cache_creation.ephemeral_5m_input_tokens", "amount": "1"},
        ),
        fivetran_cost_report(
            **{"_fivetran_id": "e", "model": None, "token_type": None, "service_tier": None},
            **{"cost_type": "web_search", "description": "Web Search Usage", "amount": "20"},
        ),
        schema="anthropic_claude",
    )
    _create_dlt(warehouse)
    _create_ingestr(warehouse)


def _create_dlt(warehouse: Warehouse) -> None:
    """As dlt 1.31.0 makes them of the APIs' answers: no column that is null in all rows."""
    bucket = {"_dlt_load_id": TEXT, "_dlt_id": TEXT}
    result = {"_dlt_parent_id": TEXT, "_dlt_list_idx": COUNT, "_dlt_id": TEXT}
    unix = {"start_time": COUNT, "end_time": COUNT} | bucket
    zoned = {"starting_at": ZONED, "ending_at": ZONED} | bucket
    _create(warehouse, "dlt_openai", "completions", unix)
    _create(
        warehouse,
        "dlt_openai",
        "completions__results",
        {
            **{"input_tokens": COUNT, "output_tokens": COUNT, "num_model_requests": COUNT},
            **{"project_id": TEXT, "model": TEXT, "input_cached_tokens": COUNT},
            **result,
        },
    )
    _create(warehouse, "dlt_openai", "costs", unix)
    _create(
        warehouse,
        "dlt_openai",
        "costs__results",
        {
            **{"amount__value": FLOAT, "amount__currency": TEXT, "line_item": TEXT},
            **{"project_id": TEXT, "quantity": FLOAT},
            **result,
        },
    )
    _create(warehouse, "dlt_claude", "messages", zoned)
    _create(
        warehouse,
        "dlt_claude",
        "messages__results",
        {
            **{"uncached_input_tokens": COUNT, "cache_read_input_tokens": COUNT},
            **{"output_tokens": COUNT, "cache_creation__ephemeral_5m_input_tokens": COUNT},
            **{"model": TEXT, "service_tier": TEXT},
            **result,
        },
    )
    _create(warehouse, "dlt_claude", "costs", zoned)
    _create(
        warehouse,
        "dlt_claude",
        "costs__results",
        {
            **{"amount": TEXT, "currency": TEXT, "cost_type": TEXT, "token_type": TEXT},
            **{"model": TEXT, "workspace_id": TEXT},
            **result,
        },
    )
    # the same page loaded twice, the second time grown
    for load, tokens in (("1791200000.1", 10), ("1791300000.1", 40)):
        ids = {"_dlt_load_id": load, "_dlt_id": load}
        openai = {"start_time": UNIX, "end_time": UNIX_NEXT} | ids
        claude = {"starting_at": DAY.isoformat(), "ending_at": NEXT.isoformat()} | ids
        child = {"_dlt_parent_id": load, "_dlt_list_idx": 0, "_dlt_id": f"{load}.0"}
        warehouse.insert("completions", openai, schema="dlt_openai")
        warehouse.insert(
            "completions__results",
            {
                **{"input_tokens": tokens, "output_tokens": 4, "num_model_requests": 1},
                **{"project_id": "proj_d", "model": "gpt-4o-2024-08-06"},
                **{"input_cached_tokens": 0},
                **child,
            },
            schema="dlt_openai",
        )
        warehouse.insert("costs", openai, schema="dlt_openai")
        warehouse.insert(
            "costs__results",
            {
                **{"amount__value": tokens * 0.000025, "amount__currency": "usd"},
                **{"line_item": "gpt-4o-2024-08-06, input", "project_id": "proj_d"},
                **{"quantity": 0.01},
                **child,
            },
            schema="dlt_openai",
        )
        warehouse.insert("messages", claude, schema="dlt_claude")
        warehouse.insert(
            "messages__results",
            {
                **{"uncached_input_tokens": tokens, "cache_read_input_tokens": 2},
                **{"output_tokens": 3, "cache_creation__ephemeral_5m_input_tokens": 1},
                **{"model": SONNET, "service_tier": "standard"},
                **child,
            },
            schema="dlt_claude",
        )
        warehouse.insert("costs", claude, schema="dlt_claude")
        warehouse.insert(
            "costs__results",
            {
                **{"amount": f"{tokens}.5", "currency": "USD", "cost_type": "tokens"},
                **{"token_type": "output_tokens", "model": SONNET, "workspace_id": "wrkspc_d"},
                **child,
            },
            schema="dlt_claude",
        )


def _create_ingestr(warehouse: Warehouse) -> None:
    """Counts that it takes for floats, moments in text, and a workspace that the usage lacks."""
    columns = {
        **{"bucket_start": ZONED, "bucket_end": ZONED, "model": TEXT, "project_id": TEXT},
        **{"input_tokens": COUNT, "output_tokens": COUNT, "input_cache_write_tokens": COUNT},
        **{"num_model_requests": COUNT, "batch": FLAG},
    }
    _create(warehouse, "ingestr", "api_usage", columns)
    warehouse.insert(
        "api_usage",
        {
            **{"bucket_start": DAY.isoformat(), "bucket_end": NEXT.isoformat()},
            **{"model": "gpt-4o-2024-08-06", "project_id": "proj_i", "input_tokens": 60},
            **{"output_tokens": 6, "input_cache_write_tokens": 20, "num_model_requests": 2},
        },
        schema="ingestr",
    )
    columns = {
        **{"bucket_start": TEXT, "bucket_end": TEXT, "api_key_id": TEXT, "workspace_id": TEXT},
        **{"model": TEXT, "service_tier": TEXT, "context_window": TEXT, "inference_geo": TEXT},
        **{"uncached_input_tokens": FLOAT, "cache_read_input_tokens": FLOAT},
        **{"output_tokens": FLOAT, "cache_creation_1h_tokens": FLOAT},
        **{"cache_creation_5m_tokens": FLOAT, "web_search_requests": FLOAT},
    }
    _create(warehouse, "ingestr", "usage_report", columns)
    warehouse.insert(
        "usage_report",
        {
            **{"bucket_start": "2026-10-05T00:00:00Z", "bucket_end": "2026-10-06T00:00:00Z"},
            **{"api_key_id": "key_i", "model": SONNET, "service_tier": "standard"},
            **{"uncached_input_tokens": 9.0, "cache_read_input_tokens": 0.0},
            **{"output_tokens": 1.0},
        },
        schema="ingestr",
    )
    columns = {
        **{"bucket_start": TEXT, "bucket_end": TEXT, "workspace_id": TEXT, "amount": TEXT},
        **{"currency": TEXT, "cost_type": TEXT, "token_type": TEXT, "description": TEXT},
        **{"model": TEXT, "service_tier": TEXT},
    }
    _create(warehouse, "ingestr", "cost_report", columns)
    for workspace in ("wrkspc_i", None):
        warehouse.insert(
            "cost_report",
            {
                **{"bucket_start": "2026-10-05T00:00:00Z", "bucket_end": "2026-10-06T00:00:00Z"},
                **{"workspace_id": workspace, "amount": "2", "currency": "USD"},
                **{"cost_type": "tokens", "token_type": "cache_read_input_tokens"},
                **{"description": "Claude Sonnet 4.5 Usage - Input Tokens, Cache Read"},
                **{"model": SONNET, "service_tier": "standard"},
            },
            schema="ingestr",
        )


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def loaded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warehouse]:
    """A build on the loaders' tables alone: there is no table of a collector."""
    folder: Path = tmp_path_factory.mktemp(f"loaded_{request.param}")
    if request.param == "postgres":
        server: Server = request.getfixturevalue("postgres_server")
        warehouse: Warehouse = PostgresWarehouse(folder, server)
    else:
        warehouse = Warehouse(folder)
    warehouse.variables = VARIABLES
    create_tables(warehouse)
    warehouse.build(as_of=AS_OF)
    yield warehouse


Usage = Callable[[str, str], list[tuple[Any, ...]]]


@pytest.fixture
def usage(loaded: Warehouse) -> Usage:
    """Columns of the staged usage of an account, in the order of its input."""

    def rows(whose: str, columns: str) -> list[tuple[Any, ...]]:
        provider, _, account = whose.partition("|")
        return loaded.rows(
            f"select {columns} from analytics_staging.stg_provider__usage_events"
            f" where provider_key_id = {_id(provider, account)} order by input_tokens"
        )

    return rows


def _id(*values: str) -> int:
    """The id that tokenmart makes of values, the same on every engine."""
    text = "".join(f"{len(value)}:{value}" for value in values)
    return int(md5(text.encode()).hexdigest()[:15], 16)


def costs(warehouse: Warehouse, where: str) -> list[tuple[Any, ...]]:
    return warehouse.rows(
        "select project_id, line_item, billed_cost_usd from analytics_staging"
        f".stg_billing__provider_costs where {where} order by line_item, project_id, 3"
    )


def test_an_openai_total_includes_what_was_cached(usage: Usage) -> None:
    assert usage("openai|default", "model_id, is_batch, input_tokens, cached_input_tokens")[:2] == [
        ("gpt-4o-2024-08-06", True, 50, 0),
        ("gpt-4o-2024-08-06", False, 1000, 300),
    ]


def test_windows_are_days_of_utc_without_an_end_of_their_own(usage: Usage) -> None:
    ends = "cast(window_start as varchar), cast(window_end as varchar)"
    day = ("2026-10-05 00:00:00", "2026-10-06 00:00:00")
    assert {*usage("openai|default", ends)} == {day}
    # 23:59:59 is the next midnight
    assert {*usage("anthropic|default", ends)} == {
        day,
        ("2026-10-05 10:00:00", "2026-10-05 11:00:00"),
    }
    # unix seconds, moments with a zone, and text
    for whose in (
        *("openai|of dlt", "anthropic|of dlt"),
        *("openai|of ingestr", "anthropic|of ingestr"),
    ):
        assert usage(whose, ends) == [day], whose


CLASSES = (
    "input_tokens, uncached_input_tokens, cached_input_tokens,"
    " written_input_tokens, written_5m_input_tokens, written_1h_input_tokens, output_tokens"
)


def test_disjoint_classes_are_added_up(usage: Usage) -> None:
    rows = usage("anthropic|default", f"project_id, openai_api_key_id, {CLASSES}")
    assert rows == [
        (None, "key_a", 65, 5, 30, 30, 20, 10, 7),
        ("wrkspc_1", "key_b", 160, 100, 30, 30, 20, 10, 7),
        # the long context is a part of the same row, and not a repeat that is left out
        ("wrkspc_1", "key_a", 300220, 300100, 60, 60, 40, 20, 14),
    ]


def test_what_a_loader_lacks_is_null(usage: Usage) -> None:
    assert usage("anthropic|of dlt", CLASSES) == [(43, 40, 2, 1, 1, None, 3)]
    assert usage("anthropic|of ingestr", CLASSES) == [(9, 9, 0, None, None, None, 1)]
    assert usage("openai|of ingestr", CLASSES) == [(60, None, None, 20, None, None, 6)]


def test_deleted_rows_are_left_out(loaded: Warehouse) -> None:
    assert (
        loaded.rows(
            "select * from analytics_staging.stg_provider__usage_events"
            " where openai_api_key_id = 'gone'"
        )
        == []
    )
    assert costs(loaded, "billed_cost_usd = 9") == []


def test_a_window_that_was_loaded_twice_is_the_last_one(usage: Usage) -> None:
    assert usage("openai|of dlt", "input_tokens") == [(40,)]
    assert usage("anthropic|of dlt", "uncached_input_tokens") == [(40,)]


def test_dollars_and_cents_are_exact(loaded: Warehouse) -> None:
    assert costs(loaded, "provider = 'openai'") == [
        ("proj_1", "gpt-4o-2024-08-06, input", Decimal("0.000025")),
        ("proj_d", "gpt-4o-2024-08-06, input", Decimal("0.001000")),
        # of two accounts
        (None, "refund", Decimal("0.375000")),
    ]
    written = (
        "batch | claude-sonnet-4-5-20250929, cache_creation.ephemeral_5m_input_tokens, 200k-1M"
    )
    assert costs(loaded, "provider = 'anthropic'") == [
        ("wrkspc_1", "Web Search Usage", Decimal("0.200000")),
        ("wrkspc_1", written, Decimal("0.010000")),
        ("wrkspc_d", f"{SONNET}, output_tokens", Decimal("0.405000")),
        # without the workspaces that ingestr's usage does not name
        (None, f"standard | {SONNET}, cache_read_input_tokens", Decimal("0.040000")),
        ("wrkspc_1", f"standard | {SONNET}, uncached_input_tokens", Decimal("1.240000")),
        (None, f"standard | {SONNET}, uncached_input_tokens", Decimal("1.000000")),
    ]


ACCOUNTS = {
    _id(entry["provider"], entry.get("account", "default")): (
        entry["provider"],
        entry.get("account", "default"),
    )
    for entry in LOADER_TABLES
}
"""Whose usage has which key; every account has one of its own."""


def test_ids_are_made_of_what_a_row_is_about(loaded: Warehouse) -> None:
    assert {*_keys(loaded)} == {(key, provider) for key, (provider, _) in ACCOUNTS.items()}
    assert len(ACCOUNTS) == len(LOADER_TABLES)
    rows = loaded.rows(
        "select usage_event_id, provider_key_id, window_start, window_end, project_id,"
        " openai_user_id, openai_api_key_id, model_id, service_tier, is_batch"
        " from analytics_staging.stg_provider__usage_events"
    )
    assert len(rows) == 11
    for id, key, start, end, *names, is_batch in rows:
        moments = [str(int(each.replace(tzinfo=UTC).timestamp()) * 10**6) for each in (start, end)]
        batch = {True: "true", False: "false", None: ""}[is_batch]
        assert id == _id(*ACCOUNTS[key], *moments, *(name or "" for name in names), batch)


def _keys(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    return warehouse.rows(
        "select provider_key_id, provider from analytics_staging.stg_provider__provider_keys"
    )


def test_every_row_is_counted_and_has_its_costs(loaded: Warehouse) -> None:
    assert loaded.rows("select * from analytics.quarantine_usage_events") == []
    assert loaded.rows("select * from analytics.excluded_usage_events") == []
    assert loaded.rows(
        "select provider, sum(input_tokens), sum(output_tokens), sum(billed_cost_usd)"
        " from analytics.fct_provider_usage_daily group by 1 order by 1"
    ) == [
        ("anthropic", 300497, 32, Decimal("2.695000")),
        # the refund of no model is allocated to no usage
        ("openai", 3150, 810, Decimal("0.001025")),
    ]
    # lines that are for no usage
    assert loaded.rows(
        "select billed_cost_usd from analytics.fct_cost_daily"
        " where source_system = 'billing' order by 1"
    ) == [(Decimal("0.200000"),), (Decimal("0.375000"),)]


def _versions(warehouse: Warehouse, key: int) -> list[tuple[Any, ...]]:
    return warehouse.rows(
        "select row_version, input_tokens, is_deleted from analytics_ledger.ledger_usage_events"
        f" where usage_event_id = {key} order by row_version"
    )


STAGED = ("run", "--select", "staging ledger")


def test_they_are_as_fresh_as_their_newest_row(loaded: Warehouse) -> None:
    loaded.dbt("source", "freshness")
    found = json.loads((loaded.folder / "target" / "sources.json").read_text())
    newest = {each["unique_id"].split(".")[-1]: each["max_loaded_at"] for each in found["results"]}
    ((usage, costs),) = loaded.rows(
        """
        select
            (select max(recorded_at) from analytics_staging.stg_provider__usage_events),
            (select max(usage_date_utc) from analytics_staging.stg_billing__provider_costs)
        """
    )
    assert newest == {
        "usage_events": f"{usage:%Y-%m-%dT%H:%M:%S}+00:00",
        "provider_costs": f"{costs:%Y-%m-%d}T00:00:00+00:00",
    }


def test_a_reload_changes_nothing_and_a_window_fetched_again_its_row(
    loaded: Warehouse, usage: Usage
) -> None:
    ((id,),) = usage("openai|research", "usage_event_id")
    # every row again, under other ids of the loader
    for table in ("openai.completion", "openai.cost", "anthropic_claude.message_usage_report"):
        loaded.execute(
            f"update {table} set _fivetran_id = _fivetran_id || '2',"
            " _fivetran_synced = _fivetran_synced + interval '1 hour'"
        )
    said = loaded.dbt(*STAGED, as_of=LATER).stdout
    assert "Found in" not in said
    assert "Completed successfully" in said

    fetched_again = fivetran_completion(
        _fivetran_id="new", input_token=1100, _fivetran_synced="2026-10-07 03:00:00+00"
    )
    loaded.insert("completion", fetched_again, schema="openai_research")
    said = loaded.dbt(*STAGED, as_of=LATER).stdout
    assert "usage_events 0 new, 1 changed, 0 gone" in said
    assert _versions(loaded, id) == [(1, 1000, False), (2, 1100, False)]
    loaded.execute("delete from openai_research.completion where _fivetran_id = 'new'")
    assert loaded.dbt(*STAGED, as_of=LATER).returncode == 0


def test_a_collector_counts_beside_them(loaded: Warehouse, event: Any) -> None:
    before = len(_keys(loaded))
    loaded.create_sources("provider", "billing")
    loaded.insert("provider_keys", {"id": 1, "provider": "openai"})
    loaded.insert("usage_events", event(1))
    loaded.insert("provider_costs", {"usage_date": "2026-10-05", "amount_usd": 7})
    try:
        assert loaded.dbt(*STAGED, as_of=LATER).returncode == 0
        assert len(_keys(loaded)) == before + 1
        assert loaded.rows(
            "select input_tokens from analytics_staging.stg_provider__usage_events"
            " where provider_key_id = 1"
        ) == [(100,)]
        assert costs(loaded, "billed_cost_usd = 7") == [(None, None, Decimal("7.000000"))]
    finally:
        loaded.execute("drop schema raw_provider cascade; drop schema raw_billing cascade")
    assert loaded.dbt(*STAGED, as_of=LATER).returncode == 0


def _console(page: str) -> list[str]:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    blocks = re.findall(r"```console\n(.*?)```", text, flags=re.DOTALL)
    return "".join(blocks).splitlines()


def test_the_page_shows_what_these_tests_build(loaded: Warehouse) -> None:
    text = (ROOT / "docs" / "loaders.md").read_text(encoding="utf-8")
    (settings,) = re.findall(r"```yaml\n(.*?)```", text, flags=re.DOTALL)
    assert yaml.safe_load(settings) == {"vars": VARIABLES}
    commands = [shlex.split(line)[1:] for line in _console("loaders.md")]
    assert commands == [["build"], ["validate"]]
    built = loaded.tokenmart("build", "--vars", json.dumps(VARIABLES | {"as_of": LATER}))
    assert built.returncode == 0, built.stdout[-3000:] + built.stderr
    validated = loaded.tokenmart("validate")
    assert validated.returncode == 0, validated.stdout + validated.stderr


def test_every_column_that_is_read_is_on_the_page() -> None:
    text = (ROOT / "docs" / "loaders.md").read_text(encoding="utf-8")
    for loader, providers in Macros().loaders().items():
        section = text.split(f"\n### {loader.capitalize() if loader == 'fivetran' else loader}\n")[
            1
        ]
        section = section.split("\n## ")[0].split("\n### ")[0]
        for parts in providers.values():
            for part in parts.values():
                assert part["table"] is None or f"`{part['table']}`" in section, part
                for theirs in part["columns"].values():
                    assert f"`{theirs.split('.')[-1]}`" in section, (loader, theirs)


def test_what_is_missing_is_named_with_what_to_do(either_warehouse: Warehouse) -> None:
    either_warehouse.variables = VARIABLES
    create_tables(either_warehouse)
    either_warehouse.execute(
        """
        drop table openai.cost;
        drop table dlt_openai.completions__results;
        alter table openai.completion drop column model;
        alter table ingestr.api_usage drop column model;
        alter table anthropic_claude.message_usage_report drop column output_token;
        alter table anthropic_claude.message_usage_report drop column starting_at;
        alter table anthropic_claude.message_usage_report add column starting_at boolean;
        """
    )
    said = refusal(either_warehouse.dbt("build"))
    for sentence in (
        "table openai.cost of fivetran (openai costs in loader_tables) does not exist: let fivetran"
        " load it, name the one that it loads as costs_table, or set costs_table: null",
        "table dlt_openai.completions__results of dlt (openai usage in loader_tables) does not",
        "table openai.completion of fivetran (openai usage in loader_tables) has no column model:"
        " group the usage by model",
        "group the usage by model, as in --source-table 'api_usage?group_by=model,",
        "anthropic_claude.message_usage_report of fivetran (anthropic usage in loader_tables)"
        " has no column output_token: compare it with docs/loaders.md",
        "column anthropic_claude.message_usage_report.starting_at of fivetran (anthropic usage in"
        " loader_tables) is of type boolean, which is not read as a moment; cast it in a view, and"
        " name the view as usage_table",
    ):
        assert sentence in said, said
    # a column that may be missing
    assert "batch" not in said


def test_missing_privileges_on_them_are_named(postgres_warehouse: PostgresWarehouse) -> None:
    postgres_warehouse.variables = VARIABLES
    create_tables(postgres_warehouse)
    postgres_warehouse.role = f"reader_of_{postgres_warehouse.database}"
    postgres_warehouse.execute(f"create role {postgres_warehouse.role} login")
    said = refusal(postgres_warehouse.dbt("build"))
    assert f'grant usage on schema dlt_claude to "{postgres_warehouse.role}";' in said
    assert f'grant select on openai.completion to "{postgres_warehouse.role}";' in said
    assert f'grant select on dlt_openai.costs__results to "{postgres_warehouse.role}";' in said


FIVETRAN_OPENAI = {"loader": "fivetran", "provider": "openai", "schema": "openai"}


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ("fivetran", "must be a list, such as [{loader: fivetran, provider: openai, schema"),
        (["fivetran"], "must list mappings, such as"),
        ([{**FIVETRAN_OPENAI, "schemas": "a"}], "has an entry with the unknown setting 'schemas'"),
        ([{**FIVETRAN_OPENAI, "loader": "airbyte"}], "its loader, one of fivetran, dlt, ingestr"),
        ([{**FIVETRAN_OPENAI, "provider": "cohere"}], "for fivetran one of openai, anthropic"),
        ([{**FIVETRAN_OPENAI, "schema": 'a"b'}], "the schema of the loader's tables, without"),
        ([{"loader": "fivetran", "provider": "openai"}], "must name in each entry the schema"),
        ([{**FIVETRAN_OPENAI, "account": ""}], "must give an account a name, such as research"),
        ([{**FIVETRAN_OPENAI, "database": "a;b"}], "must give database a name without quotes"),
        ([{**FIVETRAN_OPENAI, "costs_table": 7}], "must give costs_table a name without quotes"),
        (
            [{**FIVETRAN_OPENAI, "loader": "ingestr", "costs_table": "costs"}],
            "names a costs_table, but ingestr loads no costs of openai",
        ),
        (
            [{**FIVETRAN_OPENAI, "loader": "dlt"}],
            "without a table. Set usage_table, costs_table or both: whoever runs dlt chooses",
        ),
        (
            [{**FIVETRAN_OPENAI, "usage_table": None, "costs_table": None}],
            "has an entry without a table. Set usage_table, costs_table or both; one is",
        ),
        (
            [FIVETRAN_OPENAI, {**FIVETRAN_OPENAI, "schema": "other"}],
            "two entries that give the usage of openai, account default, which would count twice."
            " Name the account of each, or set usage_table: null in one.",
        ),
        ([], None),
        ([FIVETRAN_OPENAI, {**FIVETRAN_OPENAI, "account": "research"}], None),
        # the usage by one loader, the costs by another
        (
            [
                {**FIVETRAN_OPENAI, "loader": "ingestr"},
                {**FIVETRAN_OPENAI, "loader": "dlt", "costs_table": "costs"},
            ],
            None,
        ),
    ],
)
def test_settings_that_cannot_be_are_refused(entries: Any, said: str | None) -> None:
    problems = Macros(loader_tables=entries).loader_tables_problems()
    if said is None:
        assert problems == []
    else:
        assert all(problem.startswith("loader_tables ") for problem in problems)
        assert said in problems[0]
