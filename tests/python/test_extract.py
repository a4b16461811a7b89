"""The applications' databases are copied exactly, without secrets, in full or not at all."""

import json
import os
import re
import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from conftest import ORG, uuid
from postgres import PostgresWarehouse, Server
from refusals import refusal
from warehouses import ROOT, Warehouse

from tokenmart.errors import UserError
from tokenmart.extract import extract, variable
from tokenmart.schema import KEPT_OF_SECRETS, SECRET_COLUMNS, tables
from tokenmart.sources import USAGE
from tokenmart.warehouse import url

CANARY = "CANARY-5e1d"
READER = "tokenmart_reader"
PAGE = (ROOT / "docs" / "extract.md").read_text(encoding="utf-8")
ROLE = "".join(re.findall(r"```sql\n(.*?)```", PAGE, flags=re.DOTALL))
"""The role that the documentation tells the owner of the tables to make."""


class Application(PostgresWarehouse):
    """The database of an application: its tables in public, and a role that may read them."""

    def __init__(self, folder: Path, server: Server) -> None:
        super().__init__(folder, server)
        for source in ("provider", "agents", "voice", "billing"):
            self.create_sources(source, schema="public")
        self.execute(f"drop owned by {READER}" if self._has_reader() else "select 1")
        for statement in ROLE.split(";"):
            if statement.strip() and not (self._has_reader() and "create role" in statement):
                self.execute(statement)
        self.execute(f"alter role {READER} nobypassrls")

    def _has_reader(self) -> bool:
        return bool(self.rows(f"select from pg_roles where rolname = '{READER}'"))

    def insert(self, table: str, *rows: dict[str, Any], schema: str | None = None) -> None:
        super().insert(table, *rows, schema=schema or "public")

    @property
    def url(self) -> str:
        host = self.server.environment()["PGHOST"]
        return f"postgresql:///{self.database}?host={host}&user={READER}"


@pytest.fixture
def application(postgres_server: Server, tmp_path: Path) -> Iterator[Application]:
    """Every source in one database, with a row of usage each."""
    application = Application(tmp_path / "application", postgres_server)
    application.insert(
        "provider_keys", {"id": 1, "provider": "openai", "encrypted_key": CANARY, "iv": CANARY}
    )
    application.insert("usage_events", event(1), event(2, timestamp="2026-01-01"))
    application.insert(
        "organizations", {"id": ORG, "name": 'A "quoted", name\n\\.\n', "claude_api_token": CANARY}
    )
    application.insert(
        "usage_records",
        {
            **{"id": uuid(1), "org_id": ORG, "resource_type": "llm_tokens", "quantity": 10},
            **{"cost_usd": "0.1234", "period_start": "2026-03-01", "period_end": "2026-03-02"},
            **{"metadata": {"model": "gpt-5", "price": 1.1}, "created_at": "2026-03-02"},
        },
    )
    application.insert(
        "voice_conversations",
        {
            **{"id": uuid(1), "summary": CANARY},
            "metadata": {"model": "gpt-realtime", "ip": CANARY},
        },
        {"id": uuid(2), "metadata": {"model": {"secret": CANARY}}},
    )
    application.insert(
        "voice_usage_metrics",
        {"id": uuid(1), "conversation_id": uuid(1), "timestamp": "2026-03-01 12:00:00.123456+02"},
    )
    application.insert(
        "provider_costs",
        {"usage_date": "2026-03-01", "amount_usd": "1.10", "line_item": "", "project_id": None},
    )
    yield application
    postgres_server.drop_database(application.database)


def event(number: int, **columns: Any) -> dict[str, Any]:
    """A request of today, for the source's clock decides what is old."""
    today = time.strftime("%Y-%m-%d 00:00:00", time.gmtime())
    return {"id": number, "key_id": 1, "model": "gpt-4.1", "timestamp": today, **columns}


def run(warehouse: Warehouse, application: Application, *arguments: str, **urls: str) -> Any:
    names = ("PROVIDER", "AGENTS", "VOICE", "BILLING")
    with pytest.MonkeyPatch.context() as patch:
        for name in names:
            patch.setenv(f"TOKENMART_{name}_URL", urls.get(name, application.url))
        return warehouse.tokenmart("extract", *arguments)


def landed(warehouse: Warehouse, source: str, table: str) -> Any:
    return warehouse.rows(f"select * from raw_{source}.{table} order by 1")


def test_every_table_is_landed_exactly_and_without_secrets(
    either_warehouse: Warehouse, application: Application, tmp_path: Path
) -> None:
    # without a limit to its digits, so as exact as text
    application.execute("alter table provider_costs alter amount_usd type numeric")
    result = run(either_warehouse, application, "--json", "--out", str(tmp_path / "kept"))
    assert result.returncode == 0, result.stderr
    rows = {each["table"]: each["rows"] for each in json.loads(result.stdout)["extracted"]}
    assert rows == dict.fromkeys(tables(), 0) | {
        **{"provider_keys": 1, "usage_events": 2, "organizations": 1, "usage_records": 1},
        **{"voice_conversations": 2, "voice_usage_metrics": 1, "provider_costs": 1},
    }
    assert CANARY not in "".join(
        path.read_text(encoding="utf-8") for path in (tmp_path / "kept").rglob("*.csv")
    )
    one = either_warehouse.rows
    assert one("select name from raw_agents.organizations") == [('A "quoted", name\n\\.\n',)]
    assert one("select amount_usd, line_item, project_id from raw_billing.provider_costs") == [
        (Decimal("1.10"), "", None)
    ]
    moment = "select cast(timestamp as text) from raw_voice.voice_usage_metrics"
    assert one(moment) == [("2026-03-01 10:00:00.123456+00",)]
    assert [
        metadata and json.loads(metadata)
        for (metadata,) in one(
            "select cast(metadata as text) from raw_voice.voice_conversations order by id"
        )
    ] == [{"model": "gpt-realtime"}, None]
    for table, secret in SECRET_COLUMNS.items():
        assert CANARY not in str(one(f"select * from raw_{tables()[table].source}.{table}")), secret


def test_a_period_is_replaced_and_what_is_older_stays(
    either_warehouse: Warehouse, application: Application
) -> None:
    events = "select id, tokens_in from raw_provider.usage_events order by id"
    application.insert("usage_events", event(3), event(4, timestamp="2026-01-02"))
    assert run(either_warehouse, application, "provider").returncode == 0
    application.execute(
        """
        -- deleted, changed, new and moved within the period; deleted before it
        delete from usage_events where id in (2, 3);
        update usage_events set tokens_in = 7 where id = 1;
        update usage_events set timestamp = now() where id = 4;
        """
    )
    application.insert("usage_events", event(5))
    assert run(either_warehouse, application, "provider", "--days", "2").returncode == 0
    assert either_warehouse.rows(events) == [(1, 7), (2, 0), (4, 0), (5, 0)]
    assert run(either_warehouse, application, "provider").returncode == 0
    assert either_warehouse.rows(events) == [(1, 7), (4, 0), (5, 0)]

    def counts() -> list[int]:
        tables = (("agents", "organizations"), ("agents", "usage_records"))
        return [
            len(landed(either_warehouse, *table))
            for table in (*tables, ("voice", "voice_usage_metrics"))
        ]

    # no usage of these is of today, and none was landed before; parents come in full
    assert run(either_warehouse, application, "--days", "2").returncode == 0
    assert counts() == [1, 0, 0]
    for days in ("20000", "2"):
        assert run(either_warehouse, application, "--days", days).returncode == 0
        assert counts() == [1, 1, 1]


def test_each_moment_of_usage_is_one_of_the_source_table(application: Application) -> None:
    for usage in USAGE.values():
        application.execute(f"select {usage.moment} from {usage.table}")


def test_rows_that_the_role_does_not_see_are_refused_not_lost(
    warehouse: Warehouse, application: Application
) -> None:
    application.execute(
        """
        alter table voice_usage_metrics enable row level security;
        create policy own on voice_usage_metrics using (false);
        """
    )
    result = run(warehouse, application, "voice")
    assert result.returncode == 2
    assert (
        f"The source voice hides rows from the user {READER}: query would be affected by row-level "
        'security policy for table "voice_usage_metrics". Read it with a role that has bypassrls,'
        f" or `alter role {READER} bypassrls`." in refusal(result)
    )
    application.execute(f"alter role {READER} bypassrls")
    assert run(warehouse, application, "voice").returncode == 0
    assert len(landed(warehouse, "voice", "voice_usage_metrics")) == 1


def test_a_source_that_is_down_does_not_keep_the_others_from_landing(
    warehouse: Warehouse, application: Application
) -> None:
    nowhere = "postgresql://reader:CANARY@localhost:1/usage"
    result = run(warehouse, application, AGENTS=nowhere)
    assert result.returncode == 2
    said = refusal(result)
    assert "The source agents cannot be reached" in said
    assert "Start it, or correct TOKENMART_AGENTS_URL." in said
    assert "Not extracted: agents. Done: provider, voice, billing." in said
    assert "CANARY" not in said + result.stdout
    assert len(landed(warehouse, "provider", "usage_events")) == 2


def test_a_connection_that_is_lost_leaves_what_was_landed(
    warehouse: Warehouse, application: Application, tmp_path: Path
) -> None:
    assert run(warehouse, application, "provider").returncode == 0
    # more than the sockets hold, so that the reader is still at it
    application.execute(
        "insert into usage_events (id, key_id, model, timestamp)"
        " select id, 1, repeat('m', 100), now() from generate_series(10, 300000) as ids (id)"
    )

    def cut() -> None:
        for _ in range(500):
            if application.rows(
                "select pg_terminate_backend(pid) from pg_stat_activity where query like 'copy%'"
                f" and usename = '{READER}' and datname = current_database()"
            ):
                return
            time.sleep(0.01)

    cutting = threading.Thread(target=cut)
    cutting.start()
    result = run(warehouse, application, "provider", "--out", str(tmp_path / "kept"))
    cutting.join()
    assert result.returncode == 2, result.stdout
    assert "The source provider could not be read to the end" in refusal(result)
    assert "Run it again." in refusal(result)
    assert len(landed(warehouse, "provider", "usage_events")) == 2
    assert not [*(tmp_path / "kept").rglob("*usage_events*")]


REFUSALS = {
    "no URL": (["provider"], {"PROVIDER": ""}, "The address of the source provider is not known"),
    "no URL at all": (
        [],
        dict.fromkeys(("PROVIDER", "AGENTS", "VOICE", "BILLING"), ""),
        "No address of a source is set: set TOKENMART_PROVIDER_URL,",
    ),
    "no source": (["openai"], {}, "openai is no source; the sources are provider, agents, voice"),
    "no Postgres": (["voice"], {"VOICE": "mysql://u:CANARY@h/d"}, "is not like postgresql://user"),
    "no schema": (["voice", "--schema", "none"], {}, "has no table none.voice_conversations"),
    "no folder": (["voice", "--no-land"], {}, "--no-land writes files only: say where with --out"),
    "a past to come": (["voice", "--days", "-1"], {}, "Invalid value for '--days'"),
}


@pytest.mark.parametrize(("arguments", "urls", "sentence"), REFUSALS.values(), ids=REFUSALS)
def test_what_cannot_be_extracted_is_a_sentence(
    warehouse: Warehouse,
    application: Application,
    arguments: list[str],
    urls: dict[str, str],
    sentence: str,
) -> None:
    result = run(warehouse, application, *arguments, **urls)
    assert result.returncode == 2
    assert sentence in refusal(result)
    assert "CANARY" not in result.stderr


def test_a_column_that_the_role_may_not_read_is_named_with_its_grant(
    warehouse: Warehouse, application: Application
) -> None:
    application.execute(f"revoke all on usage_events from {READER}")
    result = run(warehouse, application, "provider")
    assert (
        f"The user {READER} may not read id, key_id, model, timestamp of public.usage_events: "
        f"`grant select (id, key_id, model, timestamp) on public.usage_events to {READER}`."
        in refusal(result)
    )


def test_a_full_disk_is_a_sentence(
    application: Application, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKENMART_PROVIDER_URL", application.url)
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    (tmp_path / f"provider_keys.csv.{os.getpid()}.part").symlink_to("/dev/full")
    with pytest.raises((OSError, UserError), match="No space left"):
        extract("provider", "public", tmp_path)


def test_the_documented_role_may_read_no_secret(application: Application) -> None:
    for table, secret in SECRET_COLUMNS.items():
        for column in secret - {kept for of, kept in (*KEPT_OF_SECRETS,) if of == table}:
            ((may_read,),) = application.rows(
                f"select has_column_privilege('{READER}', '{table}', '{column}', 'select')"
            )
            assert not may_read, (table, column)


def test_the_documented_urls_are_read() -> None:
    named = re.findall(r"^export (\w+)=(\S+)$", PAGE, flags=re.MULTILINE)
    assert {name for name, _ in named} == {variable("provider"), variable("agents")}
    for name, address in named:
        assert url.settings(name, address)["user"] == READER
