"""Secret columns never leave the source, and no message shows a secret."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from endless_dbt import endless_build
from landing import UUID_1, query, write_parquet
from postgres import PostgresWarehouse
from warehouses import Warehouse, as_json

from tokenmart.errors import UserError
from tokenmart.land import land
from tokenmart.land.sql import literal
from tokenmart.project import Project
from tokenmart.schema import SECRET_COLUMNS, tables
from tokenmart.warehouse import warehouse_of

CANARY = "CANARY-4f1c"
KEY = "00000000-0000-0000-0000-0000000000bb"

BYTES = CANARY.encode()
UNREADABLE = {
    "provider_keys.csv": {
        "no UTF-8": (b"id,provider,iv\n1,%b\xff,\n", "line 2 has text that is not UTF-8"),
        "no UTF-8 and no header": (b"1,%b\xff\n", "line 1 is not UTF-8 text"),
        "no end of a quote": (b'id,iv\n1,"%b\n', "line 2 has a quoted value"),
        "one value more": (b"id,iv\n1,%b,2\n", "line 2 has 3 values under a header of 2"),
        "no header": (b"1,%b,%b\n", "lacks the required column id. Its first line must"),
        "a value to the left": (b"id,iv\n%b,1\n", "row 1, column id: the value (not shown"),
    },
    "provider_keys.jsonl": {
        "no UTF-8": (b'{"id": 1, "iv": "%b\xff"}\n', "line 1 is not valid JSON"),
        "cut off": (b'{"id": 1, "iv": "a: %b', "line 1 is not valid JSON (unexpected end"),
        "half a character": (b'{"id": 1, "iv": "%b: \\ud800"}', "line 1 is not valid JSON (no low"),
        "no object": (b'"%b"\n', "row 1 is not a JSON object"),
        "a value to the left": (b'{"id": "%b"}\n', "row 1, column id: the value (not shown"),
    },
    "voice_conversations.jsonl": {
        "no JSON within": (
            f'{{"id": "{UUID_1}", "metadata": "%b"}}\n'.encode(),
            "row 1, column metadata: the value (not shown",
        ),
    },
}
"""Files with a canary in a secret column, and what is said of them."""


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        pytest.param(name, content, sentence, id=f"{name}, {what}")
        for name, cases in UNREADABLE.items()
        for what, (content, sentence) in cases.items()
    ],
)
def test_a_file_is_refused_without_a_secret_of_it(
    project: Project, folder: Path, name: str, content: bytes, sentence: str
) -> None:
    (folder / name).write_bytes(content.replace(b"%b", BYTES))
    with pytest.raises(UserError) as refusal:
        land(project, folder)
    assert name in str(refusal.value)
    assert sentence in str(refusal.value)
    assert CANARY not in str(refusal.value)


def test_a_secret_in_a_csv_file_need_not_be_text(project: Project, folder: Path) -> None:
    (folder / "provider_keys.csv").write_bytes(b"id,iv,provider\n1,\xff\xfe,openai\n")
    land(project, folder)
    landed = query(project, "select id, iv, provider from raw_provider.provider_keys")
    assert landed == [(1, None, "openai")]


def test_a_name_that_a_missing_quote_prolongs_is_cut(
    project: Project, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "provider_keys.csv").write_text(f'id,"iv\n1,{CANARY}"\n')
    land(project, folder)
    said = capsys.readouterr().err
    assert "unknown column iv…; left out." in said
    assert CANARY not in said


def test_bytes_in_a_parquet_file_are_named_by_their_column_or_not_read_at_all(
    project: Project, folder: Path
) -> None:
    path = folder / "voice_conversations.parquet"
    blob = rf"'{CANARY}\xff'::blob"
    write_parquet(path, f"select '{UUID_1}' as id, {blob} as summary, {blob} as metadata")
    with pytest.raises(UserError) as refusal:
        land(project, folder)
    assert "parquet cannot be read as Parquet: column metadata has text" in str(refusal.value)
    assert CANARY not in str(refusal.value)
    metadata = f"{{'model': 'm', 'client_ip': '{CANARY}'}}"
    write_parquet(path, f"select '{UUID_1}' as id, {blob} as summary, {metadata} as metadata")
    land(project, folder)
    landed = query(project, "select summary, metadata from speech.voice_conversations")
    assert landed == [(None, '{"model":"m"}')]


PROFILE = """
tokenmart:
  target: production
  outputs:
    production:
      type: postgres
      host: 127.0.0.1
      port: 1
      user: me
      {setting}
      dbname: d
      schema: analytics
"""
BROKEN_YAML = (
    *("%SECRET", "*SECRET", "!SECRET", "@SECRET", "`SECRET", '"SECRET', "SECRET: a: b", "- SECRET"),
    *("'SECRET'a", "{SECRET", "[SECRET", "{{ env_var('SECRET') }}", "|\n  SECRET", "\a SECRET"),
)


def _refused(project: Project, setting: str) -> str:
    """What is said of a profile with this setting."""
    path = project.root / "profiles.yml"
    path.write_text(PROFILE.replace("{setting}", setting), encoding="utf-8")
    with pytest.raises(UserError) as refusal, warehouse_of(project).read():
        pass
    assert CANARY not in str(refusal.value)
    return str(refusal.value).replace(str(path), "profiles.yml")


@pytest.mark.parametrize("password", BROKEN_YAML)
def test_a_password_that_breaks_the_profile_is_not_shown(project: Project, password: str) -> None:
    said = _refused(project, "password: " + password.replace("SECRET", CANARY))
    assert said.startswith("profiles.yml")
    assert "this is not valid YAML. Put quotes around a value with special characters." in said


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("password: [SECRET]", "target production: password is not text; put quotes around it"),
        ("password: {a: SECRET}", "password is not text"),
        ("password: 20260101", "password is not text"),
        ("pass: 2026-01-01", "target production: pass is not text"),
        ('pass: "{{ SECRET }}"', "target production: pass cannot be rendered"),
        ('pass: "{{ SECRET"', "target production: pass cannot be rendered"),
        ("role: \"{{ 1 + 'SECRET' }}\"", "target production: role cannot be rendered"),
        ('a: [{b: "{% SECRET %}"}]', "target production: a.b cannot be rendered"),
        (
            "password: SECRET\n      host: me:SECRET@db.example",
            "The host of the dbt target is more than",
        ),
        (
            "password: SECRET\n      host: postgresql://me:SECRET@h/d",
            "put a URL into TOKENMART_DATABASE_URL",
        ),
        ("password: SECRET\n      host: h password=SECRET", "or correct PGHOST"),
        ("password: SECRET\n      database: postgresql://me:SECRET@h/d", "or correct PGDATABASE"),
        ("password: SECRET\n      database: host=h password=SECRET", "or correct PGDATABASE"),
        ('password: "{{ SECRET"', "cannot be reached as me"),
        ('password: "{% SECRET %}"', "cannot be reached as me"),
        ('password: "p@ss/SECRET:rd#?%"', "cannot be reached as me"),
    ],
)
def test_what_a_profile_has_wrong_is_named_by_its_key(
    project: Project, setting: str, sentence: str
) -> None:
    said = _refused(project, setting.replace("SECRET", CANARY))
    assert sentence in said


def test_a_profile_that_is_no_text_is_named(project: Project) -> None:
    (project.root / "profiles.yml").write_bytes(b"password: \xff")
    with pytest.raises(UserError, match=r"profiles\.yml is not UTF-8 text"):
        _ = project.target


def _canaries() -> dict[str, dict[str, object]]:
    """A row of each table with secrets, with the canary in every secret column."""
    rows = {}
    for name, secret in SECRET_COLUMNS.items():
        table = tables()[name]
        row: dict[str, object] = {
            # the digits have JSON lines read by way of a file
            column: {"note": CANARY + "1234567890.12345678"}
            if table.column(column).is_json
            else CANARY
            for column in secret
        }
        if name == "voice_conversations":
            row["metadata"] = {"model": "gpt-realtime", "client_ip": CANARY}
        rows[name] = {"id": 2 if name == "provider_keys" else KEY, **row}
    return rows


def _plant(warehouse: Warehouse) -> None:
    for name, row in _canaries().items():
        warehouse.insert(name, row)


def _deliver(folder: Path, extension: str) -> None:
    """A file for each table with secrets, all values of which are text."""
    for name, row in _canaries().items():
        path = folder / f"{name}.{extension}"
        if extension == "jsonl":
            path.write_text(json.dumps(row) + "\n", encoding="utf-8")
            continue
        values = ", ".join(f"{literal(str(as_json(row[each])))} as {each}" for each in row)
        duckdb.connect().execute(f"copy (select {values}) to '{path}' (format {extension})")


def _assert_not_in(*folders: Path) -> None:
    written = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    assert written
    for path in written:
        assert BYTES not in path.read_bytes(), path


KILLED_LANDING = """
import os, signal, sys
from pathlib import Path
import tokenmart.land, tokenmart.land.read
from tokenmart.project import Project

def kill(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def fill_and_kill(connection, staged, file):
    fill(connection, staged, file)
    if staged.table == "voice_conversations":
        kill()

fill = tokenmart.land.read._fill
if sys.argv[3] == "reading":
    tokenmart.land.read._fill = fill_and_kill
else:
    tokenmart.land.warn_of_mixture = kill
tokenmart.land.land(Project(Path(sys.argv[1])), Path(sys.argv[2]))
"""


@pytest.mark.parametrize("killed_while", ["reading", "closing"])
@pytest.mark.parametrize("extension", ["csv", "parquet", "jsonl"])
def test_a_landing_that_is_killed_leaves_no_secret_in_any_file(
    project: Project, folder: Path, tmp_path: Path, extension: str, killed_while: str
) -> None:
    _deliver(folder, extension)
    scratch, home = tmp_path / "scratch", tmp_path / "home"
    scratch.mkdir()
    home.mkdir()
    for name in ("dbt_project.yml", "profiles.yml"):
        (project.root / name).rename(home / name)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_LANDING, str(home), str(folder), killed_while],
        env=os.environ | {"TMPDIR": str(scratch)},
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    _assert_not_in(home, scratch)
    if killed_while == "closing":
        # what was committed is in the log that DuckDB writes ahead
        assert (home / "warehouse.duckdb.wal").stat().st_size > 0
        landed = query(Project(home), "select metadata from speech.voice_conversations")
        assert landed == [('{"model":"gpt-realtime"}',)]


def test_canaries_in_secret_columns_are_found_in_nothing_that_was_built(
    either_warehouse: Warehouse, event: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = either_warehouse
    # Postgres asks for none in the tests
    monkeypatch.setenv("PGPASSWORD", f"p@/:%$#{CANARY}")
    if isinstance(sources, PostgresWarehouse):
        sources.create_sources(constraints=False)
    else:
        sources.create_sources()
    sources.insert("provider_keys", {"id": 1, "provider": "openai"})
    _plant(sources)
    # a violation in the tables beside them, so that there is something to report
    sources.insert("usage_events", event(1, tokens_in=-1), event(2, key_id=99))
    sources.insert(
        "voice_usage_metrics",
        {
            "id": "00000000-0000-0000-0000-0000000000cc",
            "conversation_id": KEY,
            "timestamp": "2025-01-01 10:00:00+00",
            "latency_ms": -1,
        },
    )
    printed = [sources.build("--log-level-file", "debug")]
    for command in ("validate", "summary", "audit"):
        result = sources.tokenmart(command)
        assert result.returncode == 0, result.stderr
        printed += [result.stdout, result.stderr]

    relations = sources.rows(
        """
        select table_schema, table_name from information_schema.tables
        where table_schema like 'analytics%'
        """
    )
    assert len(relations) > 40
    for schema, name in relations:
        hits = sources.value(
            f"select count(*) from {schema}.{name} as r where cast(r as varchar) like '%{CANARY}%'"
        )
        assert hits == 0, f"{schema}.{name}"

    written = [path for path in sources.folder.rglob("*") if path.is_file()]
    assert any(path.name == "dbt.log" for path in written)
    assert any(path.suffix == ".html" for path in written)

    # and where each of them fails
    (delivery := sources.folder / "delivery").mkdir()
    _deliver(delivery, "csv")
    (delivery / "voice_conversations.csv").write_text(f"id,metadata\n{KEY},{CANARY}\n")
    sources.execute(
        "drop table raw_provider.provider_keys cascade; drop table analytics.dim_model cascade"
    )
    failed = [
        sources.tokenmart("land", str(delivery), "--force"),
        sources.dbt("build", "--log-level-file", "debug", "--select", "+dim_provider_key"),
        sources.tokenmart("validate"),
    ]
    for result in failed:
        assert result.returncode
        printed += [result.stdout, result.stderr]
    _assert_not_in(sources.folder / "target", sources.folder / "logs")
    assert not any(CANARY in text for text in printed)


def test_a_password_is_in_no_command_line(
    postgres_warehouse: PostgresWarehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = postgres_warehouse.environment["PGHOST"]
    url = f"postgresql://postgres:{CANARY}@/{postgres_warehouse.database}?host={host}"
    monkeypatch.setenv("TOKENMART_DATABASE_URL", url)
    running = endless_build(postgres_warehouse, tmp_path / "endless")
    running.kill()
    said = running.communicate(timeout=60)
    called = (tmp_path / "endless" / "called").read_text()
    assert "tokenmart.dbt_child" in called
    assert not any(CANARY in text for text in (called, *said))


def test_the_model_of_a_conversation_passes_and_nothing_else_of_its_metadata(
    sources: Warehouse,
) -> None:
    _plant(sources)
    sources.build("--select", "+stg_voice__voice_conversations")
    (columns,) = zip(
        *sources.rows(
            "select column_name from (describe analytics_staging.stg_voice__voice_conversations)"
        ),
        strict=True,
    )
    assert "model_id" in columns
    assert not {"metadata", "summary"} & set(columns)
    assert sources.value(
        "select model_id from analytics_staging.stg_voice__voice_conversations"
    ) == ("gpt-realtime")
