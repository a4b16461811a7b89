"""The applications' databases are copied exactly, without secrets, in full or not at all."""

import csv
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from conftest import ORG, uuid
from postgres import PostgresWarehouse, Server
from refusals import refusal
from warehouses import ROOT, Warehouse

from tokenmart.errors import UserError
from tokenmart.extract import extracted, pieces, variable
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
    assert "With --resume what was read is not read again." in refusal(result)
    assert len(landed(warehouse, "provider", "usage_events")) == 2
    # what is not complete has no name that would be landed
    assert not (tmp_path / "kept" / "provider" / "usage_events.csv").exists()
    result = run(warehouse, application, "provider", "--out", str(tmp_path / "kept"), "--resume")
    assert result.returncode == 0, result.stderr
    assert len(landed(warehouse, "provider", "usage_events")) == 2 + 299_991
    names = [path.name for path in (tmp_path / "kept" / "provider").iterdir()]
    assert sorted(names) == ["provider_keys.csv", "usage_events.csv"]


class Broken(Exception):
    """The process ended here."""


@pytest.fixture
def many(application: Application, monkeypatch: pytest.MonkeyPatch) -> Application:
    """Tables that are large enough for pieces, one with numbers as keys, one with UUIDs."""
    monkeypatch.setattr(pieces, "ROWS_OF_A_PIECE", 300)
    monkeypatch.setattr(pieces, "SAMPLED_PERCENT", 100)
    application.execute(
        """
        insert into usage_events (id, key_id, model, timestamp)
            select id * id * 900, 1, 'm', timestamp '2026-03-01' + id * interval '1 minute'
            from generate_series(2, 1500) as ids (id);
        insert into voice_usage_metrics (id, conversation_id, timestamp)
            select cast(md5(cast(number as text)) as uuid), conversation.id, '2026-03-01'
            from generate_series(1, 1500) as numbers (number), voice_conversations as conversation
            where conversation.metadata ->> 'model' = 'gpt-realtime';
        analyze usage_events; analyze voice_usage_metrics
        """
    )
    for source in ("provider", "voice", "billing"):
        monkeypatch.setenv(variable(source), application.url)
    return application


def break_off(
    monkeypatch: pytest.MonkeyPatch,
    source: str,
    folder: Path,
    number: int,
    days: int | None = None,
) -> None:
    """Read the source until a number of pieces has been written."""
    keep = pieces.Pieces.keep

    def kept(self: pieces.Pieces, path: Path) -> None:
        keep(self, path)
        if self.done == number:
            raise Broken

    with monkeypatch.context() as patch, pytest.raises(Broken):
        patch.setattr(pieces.Pieces, "keep", kept)
        with extracted(source, "public", folder, days=days):
            raise AssertionError("was read to its end")


def rows_of(path: Path) -> dict[str, str]:
    """By key, what a row measures; no key comes twice."""
    with path.open(newline="") as file:
        rows = [
            (row["id"], row.get("tokens_in") or row["input_tokens"]) for row in csv.DictReader(file)
        ]
    assert len(rows) == len({key for key, _ in rows})
    return dict(rows)


@pytest.mark.parametrize("number", [1, 3, 5])
@pytest.mark.parametrize("table", ["usage_events", "voice_usage_metrics"])
def test_what_was_read_is_not_read_again_and_each_row_comes_once(
    many: Application, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: str, number: int
) -> None:
    source = tables()[table].source
    measure = "tokens_in" if source == "provider" else "input_tokens"
    before = {key for (key,) in many.rows(f"select cast(id as text) from {table}")}
    break_off(monkeypatch, source, tmp_path, number)
    complete = tmp_path / f"{table}.csv"
    file = pieces.part(complete)
    read = rows_of(file)
    assert number * 200 < len(read) < number * 400
    if number < 5:
        file.write_text(file.read_text() + '12345,"half a li')
    unread = before - {*read}
    gone = {min(read), *sorted(unread)[:1]}
    many.execute(
        f"update {table} set {measure} = 7;"
        f" delete from {table} where cast(id as text) = any (array{[*gone]})"
    )
    with extracted(source, "public", tmp_path, resume=True) as found:
        rows = rows_of(complete)
    assert {each.table: each.rows for each in found}[table] == len(rows)
    assert rows == read | dict.fromkeys(unread - gone, "7")
    # it is complete, so there is nothing to go on with
    with extracted(source, "public", tmp_path, resume=True):
        assert set(rows_of(complete).values()) == {"7"}
    assert not [*tmp_path.glob("*.unfinished"), *tmp_path.glob("*.part")]


NOTHING_TO_GO_ON_WITH: dict[str, tuple[Callable[[Path, Application], Any], str]] = {
    "another question": (
        lambda _, many: many.execute(f"revoke select (quantity) on usage_events from {READER}"),
        "what was read before is something else",
    ),
    "too old": (
        lambda folder, _: change_note(folder, began=time.time() - pieces.LONGEST_PAUSE - 1),
        "older than a day",
    ),
    "a file cut short": (
        lambda folder, _: (folder / "usage_events.csv.part").write_text("id"),
        "the file of what was read before is not there",
    ),
    "no note": (lambda folder, _: (folder / "usage_events.csv.unfinished").write_text("{"), ""),
}


def change_note(folder: Path, **values: Any) -> None:
    path = folder / "usage_events.csv.unfinished"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


@pytest.mark.parametrize(
    ("change", "said"), NOTHING_TO_GO_ON_WITH.values(), ids=NOTHING_TO_GO_ON_WITH
)
def test_what_does_not_fit_is_read_from_its_beginning(
    many: Application,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[Path, Application], Any],
    said: str,
) -> None:
    break_off(monkeypatch, "provider", tmp_path, 2)
    many.execute("update usage_events set tokens_in = 7")
    change(tmp_path, many)
    with extracted("provider", "public", tmp_path, resume=True):
        assert set(rows_of(tmp_path / "usage_events.csv").values()) == {"7"}
    assert said in capsys.readouterr().err


def test_a_period_stays_the_one_that_was_begun(
    many: Application, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for source, days, pause in (("provider", 36000, None), ("provider", 1, 2)):
        break_off(monkeypatch, source, tmp_path, 2, days=36000)
        with extracted(source, "public", tmp_path, days=days, resume=True) as found:
            ((period, rows),) = [(each.period, each.rows) for each in found if each.period]
        ((counted,),) = many.rows(f"select count(*) from usage_events where {period}")
        assert rows == counted == (1501 if pause is None else 1)


def test_one_extraction_at_a_time_writes_to_a_folder(many: Application, tmp_path: Path) -> None:
    with (
        extracted("provider", "public", tmp_path),
        pytest.raises(UserError, match=r"Another extraction writes to .*, or name another folder"),
        extracted("provider", "public", tmp_path),
    ):
        pass


def test_lines_without_a_day_are_read_too(many: Application, tmp_path: Path) -> None:
    many.execute(
        """
        create index on provider_costs (usage_date);
        insert into provider_costs (usage_date, amount_usd)
            select date '2026-01-01' + number / 10, 1
            from generate_series(1, 1500) as numbers (number)
            union all select null, 1 from generate_series(1, 7);
        analyze provider_costs
        """
    )
    with extracted("billing", "public", tmp_path) as (bill,):
        assert bill.rows == 1 + 1500 + 7


def test_without_an_index_a_table_is_read_at_once(
    many: Application, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many.execute("alter table voice_usage_metrics drop constraint voice_usage_metrics_pkey")
    monkeypatch.setattr(pieces.Pieces, "keep", None)
    with extracted("voice", "public", tmp_path):
        assert len(rows_of(tmp_path / "voice_usage_metrics.csv")) == 1501


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
    "nothing to go on with": (
        ["voice", "--resume"],
        {},
        "--resume goes on with the files of --out",
    ),
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
    monkeypatch.setattr("tokenmart.extract.part", lambda _: Path("/dev/full"))
    with (
        pytest.raises((OSError, UserError), match="No space left"),
        extracted("provider", "public", tmp_path),
    ):
        pass


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
