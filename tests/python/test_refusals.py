"""Bad input ends in a clear sentence, never in a traceback."""

import json
import re
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest
from landing import write_events
from postgres import PostgresWarehouse
from refusals import refusal
from warehouses import Warehouse


def test_missing_tables_columns_and_wrong_types_are_named_together(
    either_warehouse: Warehouse,
) -> None:
    either_warehouse.create_sources()
    either_warehouse.execute("drop table raw_provider.usage_events")
    either_warehouse.execute("alter table raw_provider.provider_keys drop column id cascade")
    either_warehouse.execute(
        "alter table raw_agents.usage_records alter cost_usd type double precision"
    )
    either_warehouse.execute(
        "alter table raw_voice.voice_usage_metrics alter input_tokens type text"
    )
    said = refusal(either_warehouse.dbt("build"))
    assert "table raw_provider.usage_events of the source 'provider' does not exist" in said
    assert "leave the source out of sources_enabled" in said
    assert "table raw_provider.provider_keys has no column id" in said
    assert "raw_agents.usage_records.cost_usd is of type double" in said
    assert "raw_voice.voice_usage_metrics.input_tokens is of type " in said
    assert "which may hold values that bigint cannot; cast it in a view" in said


def test_an_unknown_time_zone_is_named(either_warehouse: Warehouse) -> None:
    said = refusal(either_warehouse.dbt("build", reporting_timezone="Mars/Olympus"))
    assert "'Mars/Olympus', which is not a time zone that the warehouse knows" in said


def _statements(result: subprocess.CompletedProcess[str]) -> list[str]:
    """The statements that a refusal tells an administrator to run."""
    lines = [line.strip() for line in result.stdout.splitlines()]
    return [line for line in lines if line.startswith(("grant ", "alter ")) and line.endswith(";")]


def test_missing_privileges_are_named_with_the_statements_that_grant_them(
    postgres_warehouse: PostgresWarehouse, event: Any
) -> None:
    warehouse = postgres_warehouse
    warehouse.create_sources("provider")
    warehouse.insert("provider_keys", {"id": 1, "provider": "openai"})
    warehouse.insert("usage_events", event(1))
    warehouse.execute(
        # a source may be of any kind that can be read
        "alter table raw_provider.usage_events rename to replicated;"
        "create materialized view raw_provider.usage_events as"
        " select * from raw_provider.replicated;"
        f"create role clerk_of_{warehouse.database} login"
    )
    warehouse.role = f"clerk_of_{warehouse.database}"
    result = warehouse.dbt("build", sources_enabled=["provider"])
    assert f"The role {warehouse.role} lacks privileges" in refusal(result)
    assert _statements(result) == [
        f'grant usage on schema raw_provider to "{warehouse.role}";',
        f'grant select on raw_provider.provider_keys to "{warehouse.role}";',
        f'grant select on raw_provider.usage_events to "{warehouse.role}";',
        f'grant create on database {warehouse.database} to "{warehouse.role}";',
    ]
    for statement in _statements(result):
        warehouse.execute(statement)
    warehouse.build(sources_enabled=["provider"])

    # the secret columns may be withheld; one that is read may not
    warehouse.execute(
        f"""
        revoke select on raw_provider.provider_keys from {warehouse.role};
        grant select (id, user_id, provider, created_at)
            on raw_provider.provider_keys to {warehouse.role};
        alter schema analytics owner to postgres;
        alter table analytics.fct_cost_daily owner to postgres;
        """
    )
    result = warehouse.dbt("build", sources_enabled=["provider"])
    assert _statements(result) == [
        f'grant select (usage_mode) on raw_provider.provider_keys to "{warehouse.role}";',
        f'grant usage, create on schema analytics to "{warehouse.role}";',
        f'alter view "{warehouse.database}"."analytics"."fct_cost_daily"'
        f' owner to "{warehouse.role}";',
    ]
    for statement in _statements(result):
        warehouse.execute(statement)
    warehouse.build(sources_enabled=["provider"])
    assert warehouse.rows("select sum(input_tokens) from analytics.fct_cost_daily") == [(100,)]


@pytest.mark.drawn(1)
@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"sources_enabled": ["provider", "voise"]}, "names the unknown source 'voise'"),
        ({"sources_enabled": "voice"}, "must be a list, such as [provider, voice]"),
        ({"sources_enabled": None}, "must be a list, such as [provider, voice]"),
        ({"sources_enabled": 7}, "must be a list, such as [provider, voice]"),
        ({"sources_enabled": ["billing"]}, "names no source of usage"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_parsing_refuses_impossible_sources_without_a_database(
    warehouse: Warehouse, variables: dict[str, object], sentence: str
) -> None:
    assert sentence in refusal(warehouse.dbt("parse", **variables))
    assert not warehouse.path.exists()


IMPOSSIBLE = (
    ("max_period_days", "many", "a whole number that is not negative, and at most 36500"),
    ("max_window_hours", None, "set"),
    ("max_window_hours", -1, "a whole number"),
    ("max_window_hours", "24", "a whole number"),
    ("max_future_hours", True, "a whole number"),
    ("max_quantity", 1.5, "a whole number"),
    ("max_quantity", 10**18, "a whole number"),
    ("provisional_days", 10**11, "a whole number"),
    ("voice_retry_seconds", [], "a whole number"),
    ("source_overlap_days", "all", "a whole number"),
    ("as_of", "yesterday", "like 2026-01-31"),
    ("as_of", "2026-02-31", "like 2026-01-31"),
    ("as_of", "2026-01-31 24:00", "like 2026-01-31"),
    ("as_of", True, "like 2026-01-31"),
    ("earliest_usage_date", "0001-06-01", "like 2026-01-31 or 2026-01-31 12:00:00, in UTC, in a"),
    ("earliest_usage_date", "2025-02-29", "like 2026-01-31"),
    ("start_date", "2026-13-01", "like 2026-01-31"),
    ("end_date", "2026-01-01 00:00", "like 2026-01-31"),
    ("level_resource_types", "seats", "a list of names, such as [storage_mb]"),
    ("level_resource_types", [1], "a list of names, such as [storage_mb]"),
    ("input_beside_cache", {"claude": 1}, "a list of names, such as [claude]"),
    ("source_instance", "", "a name, such as main"),
    ("source_instance", 7, "a name, such as main"),
    ("voice_default_model", ["a"], "a name, such as gpt-realtime"),
    ("reporting_timezone", None, "set"),
    ("requests_beside_windows", "hour", "window or day"),
    ("reconciliation_tolerance_usd", "a cent", "a number that is not negative"),
    ("reconciliation_tolerance_share", 2, "a number that is not negative, and at most 1"),
    ("allow_copied_installation", "true", "false or true"),
    ("allow_copied_installation", 1, "false or true"),
    ("reset_ledger", True, "false or forget_everything"),
    ("reset_ledger", "false", "false or forget_everything"),
)
"""A value that a variable cannot have, and what it must be instead."""


def test_impossible_values_of_variables_are_explained_all_at_once(sources: Warehouse) -> None:
    left = [*IMPOSSIBLE]
    while left:
        values = {name: value for name, value, _ in reversed(left)}
        said = refusal(sources.dbt("build", **values))
        for name, value, must in [*left]:
            if values[name] is value:
                assert f"{name} must be {must}" in said, (name, value)
                assert f"it is '{value}'" in said
                left.remove((name, value, must))


# each of them is another parse
@pytest.mark.drawn(3)
@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"cost_basis": "nonsense"}, "cost_basis must be like {provider: [billed, contracted]}"),
        (
            {"cost_basis": {"provider": ["recorded"]}},
            "cost_basis must list, for provider, one or more of billed, contracted, list",
        ),
        (
            {"cost_basis": {"provider": {"billed": 1}}},
            "cost_basis must list, for provider, one or more of billed, contracted, list",
        ),
        ({"provider_schema": 7}, "provider_schema must be a name without quotes and semicolons"),
        ({"observed_through": "x"}, "observed_through must be a list, such as"),
        (
            {"observed_through": [{"source": "voice", "through": "voice"}]},
            "observed_through must say, in each entry, source and through",
        ),
        (
            {
                "observed_through": [
                    {"source": "provider", "through": "agents", "project_id": "p"},
                    {"source": "agents", "through": "provider"},
                ]
            },
            "observed_through leads from provider back to itself",
        ),
        (
            {
                "observed_through": [
                    {"source": "voice", "through": "agents"},
                    {"source": "agents", "through": "provider"},
                    {"source": "provider", "through": "voice"},
                ]
            },
            "observed_through leads from provider back to itself",
        ),
        (
            {"start_date": "2026-02-01", "end_date": "2026-01-31"},
            "start_date 2026-02-01 is after end_date 2026-01-31.",
        ),
        ({"reporting_timezon": "UTC"}, "reporting_timezon is not known. Is it reporting_timezone?"),
        ({"reproting_timezone": "UTC"}, "Is it reporting_timezone?"),
        ({"source_enabled": []}, "source_enabled is not known. Is it sources_enabled?"),
    ],
    ids=str,
)
def test_variables_that_contradict_each_other_or_are_misspelt_are_refused(
    sources: Warehouse, variables: dict[str, object], said: str
) -> None:
    assert said in refusal(sources.dbt("build", **variables))
    assert not sources.rows("select 1 from information_schema.tables where table_schema like 'a%'")


def _newer_database(path: Path) -> None:
    """A file whose header names a version to come, and has the checksum for it."""
    duckdb.connect(str(path)).close()
    content = bytearray(path.read_bytes())
    content[12] = 200
    path.write_bytes(content)
    with pytest.raises(duckdb.IOException) as refusal:
        duckdb.connect(str(path))
    checksum = re.search(r"computed checksum (\d+)", str(refusal.value))
    assert checksum is not None
    content[:8] = int(checksum[1]).to_bytes(8, "little")
    path.write_bytes(content)


def _sqlite_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("create table rows (number)")


NO_DATABASES: dict[str, tuple[Callable[[Path], Any], str]] = {
    "sqlite": (_sqlite_database, "cannot be opened as a DuckDB database: it has the contents of"),
    "short": (lambda path: path.write_text("x"), "cannot be opened as a DuckDB database: it has"),
    "empty": (Path.touch, "is an empty file, not a DuckDB database: remove it"),
    "folder": (Path.mkdir, "is a folder, not a DuckDB database: name a file in it"),
    "newer": (_newer_database, "was written by a newer DuckDB than"),
    "no folder": (lambda path: path.parent.rmdir(), "There is no folder"),
}


@pytest.mark.parametrize(("make", "sentence"), NO_DATABASES.values(), ids=NO_DATABASES)
def test_whatever_is_no_database_is_refused_by_every_command(
    warehouse: Warehouse, folder: Path, make: Callable[[Path], Any], sentence: str
) -> None:
    write_events(folder, "1,7,m,2024-05-01")
    warehouse.path = warehouse.folder / "home" / "warehouse.duckdb"
    warehouse.path.parent.mkdir()
    make(warehouse.path)
    for command in (["land", str(folder)], ["build"], ["summary"]):
        assert sentence in refusal(warehouse.tokenmart(*command))


@pytest.mark.parametrize("path", [":memory:", ":memory:x", "md:x?token=secret", "s3://secret/x"])
def test_a_database_that_is_no_file_is_refused_by_every_command(
    warehouse: Warehouse, folder: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    write_events(folder, "1,7,m,2024-05-01")
    profile = warehouse.folder / "profiles.yml"
    profile.write_text(profile.read_text().replace("TOKENMART_DUCKDB_PATH", "NAMED"))
    monkeypatch.setenv("NAMED", path)
    for command in (["land", str(folder)], ["build"], ["summary"]):
        said = refusal(warehouse.tokenmart(*command))
        assert "and tokenmart needs a DuckDB file: name one in TOKENMART_DUCKDB_PATH" in said
        assert "secret" not in said


def test_a_run_on_another_database_serves_one_that_has_the_same_models(
    copy_of_sample: Warehouse,
) -> None:
    """What dbt knew at its last run stands in one file, even if that run failed elsewhere."""
    path = copy_of_sample.folder / "target" / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    for node in (*manifest["nodes"].values(), *manifest["sources"].values()):
        node["database"] = "other"
    path.write_text(json.dumps(manifest), encoding="utf-8")
    for command in (["audit"], ["summary"], ["validate", "--only", "sources"]):
        result = copy_of_sample.tokenmart(*command)
        assert result.returncode == 0, result.stderr
    # the source tables are those of this database, too
    assert "is not checked" not in result.stderr
    assert "raw_provider.usage_events" in result.stdout

    (name,) = (name for name in manifest["nodes"] if name.endswith(".mart_voice_daily"))
    manifest["disabled"][name] = [manifest["nodes"].pop(name)]
    path.write_text(json.dumps(manifest), encoding="utf-8")
    said = refusal(copy_of_sample.tokenmart("audit"))
    assert "dbt's last run was on the database other, and this one, warehouse, has " in said
    assert "analytics.mart_voice_daily, which is disabled: run `tokenmart build` on it" in said

    copy_of_sample.execute("drop table analytics.mart_voice_daily")
    assert copy_of_sample.tokenmart("audit").returncode == 0
    copy_of_sample.execute("drop table analytics.mart_cost_by_org_monthly")
    said = refusal(copy_of_sample.tokenmart("audit"))
    assert "and this one, warehouse, has no analytics.mart_cost_by_org_monthly" in said
