"""What ``tokenmart land`` makes in a real Postgres: the source's tables, constraints and all."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from conftest import uuid
from exported import write_csv, write_document, write_lines
from landing import EVENT, UUID_1, query, write_events
from postgres import PostgresWarehouse, Server

from tokenmart.errors import UserError
from tokenmart.land import land
from tokenmart.land.postgres.tables import Place
from tokenmart.project import Project
from tokenmart.schema import tables
from tokenmart.schema.constraints import NotNull
from tokenmart.warehouse import postgres

WINDOW = "2024-05-01 10:00:00"


class Database(PostgresWarehouse):
    """A database of its own, and a project to land into it."""

    def __init__(self, folder: Path, server: Server) -> None:
        super().__init__(folder, server)
        self.project = self.project_as("postgres")

    def project_as(self, user: str, **variables: str) -> Project:
        root = self.folder / f"project_of_{user}"
        root.mkdir(exist_ok=True)
        (root / "dbt_project.yml").write_text(
            f"profile: tokenmart\nvars: {json.dumps(variables)}\n"
        )
        target = {
            "type": "postgres",
            "host": self.environment["PGHOST"],
            "user": user,
            "dbname": self.database,
        }
        profiles = {"tokenmart": {"target": "dev", "outputs": {"dev": target}}}
        (root / "profiles.yml").write_text(json.dumps(profiles))
        return Project(root)

    def value(self, sql: str) -> Any:
        ((value,),) = self.rows(sql)
        return value


@pytest.fixture
def database(postgres_server: Server, tmp_path: Path) -> Database:
    return Database(tmp_path / "database", postgres_server)


@pytest.fixture
def warnings(capsys: pytest.CaptureFixture[str]) -> Callable[[], list[str]]:
    """The warnings since the last call."""

    def read() -> list[str]:
        lines = capsys.readouterr().err.splitlines()
        return [line.removeprefix("warning: ") for line in lines if line.startswith("warning: ")]

    return read


def write_keys(folder: Path, *ids: int, header: str = "id") -> None:
    (folder / "provider_keys.csv").write_text("\n".join([header, *map(str, ids)]) + "\n")


def form(database: PostgresWarehouse) -> list[tuple[Any, ...]]:
    """Columns, constraints and indexes of every raw table, as Postgres describes them."""
    return database.rows(
        """
        select
            attrelid::regclass::text, attname, format_type(atttypid, atttypmod),
            replace(pg_get_expr(adbin, adrelid), 'now()', 'CURRENT_TIMESTAMP'), attnotnull
        from pg_attribute
        inner join pg_class on pg_class.oid = attrelid and relkind = 'r'
        left join pg_attrdef on adrelid = attrelid and adnum = attnum
        where attnum > 0 and relnamespace::regnamespace::text like 'raw_%'
        union all
        select conrelid::regclass::text, conname, pg_get_constraintdef(oid), null, convalidated
        from pg_constraint where connamespace::regnamespace::text like 'raw_%'
        union all
        select schemaname || '.' || tablename, indexname, indexdef, null, null
        from pg_indexes where schemaname like 'raw_%'
        order by 1, 2, 3
        """
    )


def test_rows_that_keep_the_constraints_land_in_the_tables_of_the_source(
    database: Database,
    postgres_warehouse: PostgresWarehouse,
    folder: Path,
    warnings: Callable[[], list[str]],
) -> None:
    for name, table in tables().items():
        (folder / f"{name}.csv").write_text(",".join(table.column_names) + "\n")
    postgres_warehouse.create_sources()
    land(database.project, folder)
    assert form(database) == form(postgres_warehouse)
    land(database.project, folder)
    land(database.project, folder, append=True)
    assert form(database) == form(postgres_warehouse)
    assert warnings() == []


def test_landing_keeps_within_the_memory_that_the_target_allows(
    database: Database, folder: Path
) -> None:
    write_events(folder, *(f"{row},7,{'m' * 500},2024-05-01" for row in range(5000)))
    limits = {"memory_limit": "1MB", "temp_directory": "", "threads": 1}
    database.project.target["settings"] = limits
    with pytest.raises(UserError, match="raise memory_limit in"):
        land(database.project, folder)


TEXTS = [
    "plain",
    "",
    None,
    " NULL ",
    r"\N",
    "\\.",
    "a\n\\.\nb",
    'tab\there, "quotes", a \\ and a\r\nline',
    "日本語 עברית 🪙 é",
    "x' or 1=1; --",
    r"\x41 \t \\",
]
MOMENTS = [
    "2023-11-16 23:59:59.9999999",
    "2023-11-16T23:59:59.5+02:00",
    "0001-01-01 00:00:00+02",
    "9999-12-31 23:00:00-02",
]
DOCUMENTS = [
    '{"text": "tab \\t, quote \\", back \\\\, \\\\u0000", "list": [1, null, 1.10], "é": {}}',
    '"\\\\\\\\u0000"',
    "null",
    "1e20",
]


def test_values_arrive_exactly_as_on_duckdb(
    database: Database, project: Project, folder: Path
) -> None:
    write_keys(folder, 1)
    events = [
        {"id": i, "key_id": 1, "model": "m", "timestamp": "2024-05-01", "project_id": text}
        for i, text in enumerate(TEXTS)
    ]
    costs = ["0.0000005", "-0.0000005", "1e-7", "9999.999999", None, 1.5]
    events += [
        {"id": 100 + i, "key_id": 1, "model": "m", "timestamp": MOMENTS[0], "cost_estimate": cost}
        for i, cost in enumerate(costs)
    ]
    events += [
        {"id": 200 + i, "key_id": 1, "model": "m", "timestamp": moment, "batch": i % 2 == 0}
        for i, moment in enumerate(MOMENTS)
    ]
    metrics = [
        {"id": uuid(i).upper(), "timestamp": moment, "metadata": document}
        for i, (moment, document) in enumerate(zip(MOMENTS, DOCUMENTS, strict=True))
    ]
    for name, rows in {"usage_events": events, "voice_usage_metrics": metrics}.items():
        lines = "\n".join(json.dumps(row) for row in rows)
        (folder / f"{name}.jsonl").write_text(lines + "\n", encoding="utf-8")
    (folder / "provider_costs.csv").write_text(
        'usage_date,provider,amount_usd,quantity\n2024-02-29,"",1.0000005,0.1234567891\n,,,\n'
    )

    land(project, folder)
    land(database.project, folder)

    columns = "id, project_id, cost_estimate::varchar, timestamp::varchar, batch"
    events_query = f"select {columns} from raw_provider.usage_events order by id"
    ours = [tuple(_era(value) for value in row) for row in query(project, events_query)]
    assert database.rows(events_query) == ours
    assert [row[1] for row in ours[: len(TEXTS)]] == TEXTS
    assert ours[len(TEXTS)][3] == "2023-11-16 23:59:59.999999"

    of_metrics = "select id::varchar, timestamp::varchar, metadata::varchar from {} order by id"
    on_duckdb = query(project, of_metrics.format("speech.voice_usage_metrics"))
    on_postgres = database.rows(of_metrics.format("raw_voice.voice_usage_metrics"))
    for (id_1, moment_1, document_1), (id_2, moment_2, document_2) in zip(
        on_duckdb, on_postgres, strict=True
    ):
        assert (id_1, _era(moment_1)) == (id_2, moment_2)
        assert json.loads(document_1) == json.loads(document_2)

    of_costs = "select usage_date, provider, amount_usd, quantity from raw_billing.provider_costs"
    assert sorted(map(str, database.rows(of_costs))) == sorted(map(str, query(project, of_costs)))


def _era(value: Any) -> Any:
    """A year before the first as Postgres writes it."""
    if isinstance(value, str) and " (BC)" in value:
        return value.replace(" (BC)", "") + " BC"
    return value


def test_a_foreign_key_that_rows_break_still_cascades_and_guards_new_rows(
    database: Database, folder: Path, warnings: Callable[[], list[str]]
) -> None:
    write_keys(folder, 7)
    write_events(folder, "1,7,m,2024-05-01", "2,98,m,2024-05-01", "3,99,m,2024-05-01")
    land(database.project, folder)
    assert warnings() == [
        "raw_provider.usage_events: the foreign key usage_events_key_id_fkey holds for new rows "
        "only: 2 rows break it, such as key_id 98."
    ]
    with pytest.raises(psycopg2.errors.ForeignKeyViolation):
        database.execute(
            f"insert into raw_provider.usage_events ({EVENT}) values (4, 5, 'm', now())"
        )
    database.execute("delete from raw_provider.provider_keys")
    assert database.rows("select id from raw_provider.usage_events order by id") == [(2,), (3,)]


def test_keys_and_not_nulls_that_rows_break_are_left_out_and_come_back(
    database: Database, folder: Path, warnings: Callable[[], list[str]]
) -> None:
    header = f"{EVENT},window_start,window_end"
    write_keys(folder, 7, 7)
    broken = [
        f"1,7,m,2024-05-01,{WINDOW},{WINDOW}",
        f"1,7,m,2024-05-01,{WINDOW},{WINDOW}",
        ",7,m,,,",
    ]
    write_events(folder, *broken, header=header)
    land(database.project, folder)
    assert warnings() == [
        "raw_provider.provider_keys: the primary key (id) is left out: 2 rows break it, such as "
        "the one with id 7.",
        "raw_provider.usage_events: the primary key (id) is left out: 3 rows break it, such as "
        "the one with id 1.",
        "raw_provider.usage_events: not null of timestamp is left out: 1 row breaks it.",
        "raw_provider.usage_events: the unique index usage_events_window is left out: 2 rows "
        "break it, such as the one with id 1.",
        "raw_provider.usage_events: the foreign key usage_events_key_id_fkey is left out: "
        "provider_keys has no primary key.",
    ]
    assert database.value("select count(*) from raw_provider.usage_events") == 3

    write_keys(folder, 7)
    write_events(folder, f"1,7,m,2024-05-01,{WINDOW},{WINDOW}", header=header)
    land(database.project, folder)
    assert warnings() == []
    with pytest.raises(psycopg2.errors.UniqueViolation, match="usage_events_window"):
        database.execute(
            f"insert into raw_provider.usage_events ({header}) "
            f"values (2, 7, 'm', now(), '{WINDOW}', '{WINDOW}')"
        )


def write_records(folder: Path, *sources: str) -> None:
    (folder / "organizations.csv").write_text(f"id\n{UUID_1}\n")
    (folder / "employees.csv").write_text(f"id,org_id\n{uuid(1)},{UUID_1}\n")
    header = (
        "id,org_id,employee_id,resource_type,quantity,cost_usd,period_start,period_end,"
        "created_at,token_source"
    )
    rows = [
        f"{uuid(number)},{UUID_1},{uuid(1)},llm_tokens,1,0,2024-05-01,2024-05-02,2024-05-02,{each}"
        for number, each in enumerate(sources)
    ]
    (folder / "usage_records.csv").write_text("\n".join([header, *rows]) + "\n")


def test_a_check_that_rows_break_is_left_out_so_that_they_can_be_blanked(
    database: Database, folder: Path, warnings: Callable[[], list[str]]
) -> None:
    write_records(folder, "company", "shared")
    land(database.project, folder)
    assert (
        "raw_agents.usage_records: the check usage_records_token_source_check is left out: 1 row "
        f"breaks it, such as the one with id {uuid(1)}." in warnings()
    )
    database.execute("delete from raw_agents.employees")
    assert database.rows("select distinct employee_id from raw_agents.usage_records") == [(None,)]


def test_a_text_too_long_for_the_unique_index_lands_without_it(
    database: Database, folder: Path, warnings: Callable[[], list[str]]
) -> None:
    write_keys(folder, 7)
    # not to be compressed
    text = "".join(f"{number**3:x}" for number in range(2000))
    write_events(folder, f"1,7,{text},2024-05-01,{WINDOW}", header=f"{EVENT},window_start")
    land(database.project, folder)
    (warning,) = warnings()
    assert "the unique index usage_events_window is left out: index row" in warning
    land(database.project, folder, append=True)
    assert database.value("select count(*) from raw_provider.usage_events") == 1


def test_a_foreign_key_comes_with_its_parent(
    database: Database, folder: Path, warnings: Callable[[], list[str]]
) -> None:
    write_events(folder, "1,7,m,2024-05-01")
    land(database.project, folder)
    assert warnings() == [
        "raw_provider.usage_events: the foreign key usage_events_key_id_fkey is left out: there "
        "is no table raw_provider.provider_keys."
    ]
    (folder / "usage_events.csv").unlink()
    write_keys(folder, 7)
    land(database.project, folder)
    assert warnings() == []
    database.execute("delete from raw_provider.provider_keys")
    assert database.value("select count(*) from raw_provider.usage_events") == 0


def test_replacing_a_parent_leaves_children_that_are_not_in_the_folder(
    database: Database, folder: Path, warnings: Callable[[], list[str]]
) -> None:
    write_keys(folder, 7, 8)
    write_events(folder, "1,7,m,2024-05-01", "2,8,m,2024-05-01")
    land(database.project, folder)
    (folder / "usage_events.csv").unlink()
    write_keys(folder, 8)
    land(database.project, folder)
    assert database.rows("select id, key_id from raw_provider.usage_events") == [(1, 7), (2, 8)]
    assert warnings() == [
        "raw_provider.usage_events: the foreign key usage_events_key_id_fkey holds for new rows "
        "only: 1 row breaks it, such as key_id 7."
    ]
    write_keys(folder, 7, 8)
    land(database.project, folder)
    assert warnings() == []
    assert database.value(
        "select convalidated from pg_constraint where conname = 'usage_events_key_id_fkey'"
    )


def test_views_on_a_table_stay_when_its_rows_are_replaced(database: Database, folder: Path) -> None:
    write_keys(folder, 7)
    land(database.project, folder)
    database.execute("create view public.theirs as select id from raw_provider.provider_keys")
    database.execute("grant select on raw_provider.provider_keys to public")
    write_keys(folder, 8, 9)
    land(database.project, folder)
    assert database.rows("select id from public.theirs") == [(8,), (9,)]
    assert database.value(
        "select has_table_privilege('pg_monitor', 'raw_provider.provider_keys', 'select')"
    )


def test_a_table_of_another_form_is_replaced_unless_others_depend_on_it(
    database: Database, folder: Path
) -> None:
    write_keys(folder, 7)
    land(database.project, folder)
    database.execute("alter table raw_provider.provider_keys add column note text")
    database.execute("create view public.theirs as select id from raw_provider.provider_keys")
    write_keys(folder, 8)
    with pytest.raises(UserError, match=r"Rows cannot be appended to raw_provider\.provider_keys"):
        land(database.project, folder, append=True)
    with pytest.raises(UserError, match=r"cannot be replaced.*: view theirs depends on"):
        land(database.project, folder)
    assert database.rows("select id from public.theirs") == [(7,)]
    database.execute("drop view public.theirs")
    land(database.project, folder)
    assert database.rows("select * from raw_provider.provider_keys") == [(8, *[None] * 10)]


def test_a_child_of_another_form_does_not_hold_its_parent(database: Database, folder: Path) -> None:
    write_keys(folder, 7)
    write_events(folder, "1,7,m,2024-05-01")
    land(database.project, folder)
    database.execute("alter table raw_provider.usage_events drop column batch")
    write_keys(folder, 7, 8)
    land(database.project, folder)
    assert database.rows("select id, batch from raw_provider.usage_events") == [(1, None)]
    assert database.value("select count(*) from raw_provider.provider_keys") == 2


def test_a_foreign_table_that_points_to_a_replaced_one_is_named(
    database: Database, folder: Path
) -> None:
    write_keys(folder, 7)
    land(database.project, folder)
    database.execute(
        "create table public.notes (key_id int references raw_provider.provider_keys "
        "on delete cascade); insert into public.notes values (7)"
    )
    with pytest.raises(UserError, match="constraint notes_key_id_fkey on table notes depends on"):
        land(database.project, folder)
    write_keys(folder, 7, 8)
    land(database.project, folder, append=True)
    assert database.value("select count(*) from public.notes") == 1
    assert database.value("select count(*) from raw_provider.provider_keys") == 2
    write_keys(folder, 9, 9)
    with pytest.raises(UserError, match=r"which others depend on.*notes_key"):
        land(database.project, folder, append=True)


@pytest.mark.parametrize("is_broken", [False, True])
def test_an_appended_row_takes_the_place_of_the_one_with_its_id_and_nothing_cascades(
    database: Database, folder: Path, is_broken: bool
) -> None:
    write_keys(folder, 7, 8)
    events = ["1,7,m,2024-05-01", "2,8,m,2024-05-01"]
    write_events(folder, *events, *(["3,99,m,2024-05-01"] if is_broken else []))
    land(database.project, folder)
    (folder / "usage_events.csv").unlink()
    keys = folder / "provider_keys.csv"
    # a row that stands twice breaks the key, and is as well two rows on DuckDB
    twice = ["9,azure"] * (2 if is_broken else 1)
    keys.write_text("\n".join(["id,provider", "8,azure", *twice]) + "\n")
    land(database.project, folder, append=True)
    land(database.project, folder, append=True)
    assert database.rows("select id, provider from raw_provider.provider_keys order by id") == [
        (7, None),
        (8, "azure"),
        *[(9, "azure")] * len(twice),
    ]
    assert database.value("select count(*) from raw_provider.usage_events") == 2 + is_broken


def test_appended_rows_that_break_a_constraint_land_and_are_named(
    database: Database, folder: Path, warnings: Callable[[], list[str]]
) -> None:
    write_keys(folder, 7)
    write_events(folder, "1,7,m,2024-05-01")
    land(database.project, folder)
    (folder / "provider_keys.csv").unlink()
    write_events(folder, "1,7,n,2024-05-01", "2,99,,2024-05-01")
    land(database.project, folder, append=True)
    assert database.rows("select id, model from raw_provider.usage_events order by id") == [
        (1, "n"),
        (2, None),
    ]
    assert [warning.split(" is ")[0].split(" holds")[0] for warning in warnings()] == [
        "raw_provider.usage_events: not null of model",
        "raw_provider.usage_events: the foreign key usage_events_key_id_fkey",
    ]


def test_an_appended_line_of_a_bill_takes_the_place_of_those_for_the_same(
    database: Database, folder: Path
) -> None:
    costs = folder / "provider_costs.csv"
    costs.write_text("usage_date,line_item,amount_usd\n2025-01-01,a,1\n2025-01-01,,2\n,,4\n")
    land(database.project, folder)
    costs.write_text(
        "usage_date,line_item,amount_usd\n2025-01-01,,8\n2025-01-01,,16\n2025-01-02,a,32\n"
    )
    land(database.project, folder, append=True)
    land(database.project, folder, append=True)
    assert database.value("select sum(amount_usd) from raw_billing.provider_costs") == 61


@pytest.mark.parametrize("append", [False, True])
def test_the_application_can_insert_after_a_landing(
    database: Database, folder: Path, append: bool
) -> None:
    write_keys(folder, 3)
    land(database.project, folder)
    write_keys(folder, 41)
    land(database.project, folder, append=append)
    database.execute("insert into raw_provider.provider_keys (provider) values ('openai')")
    assert database.value("select max(id) from raw_provider.provider_keys") == 42


def test_an_id_at_the_end_of_its_type_lands(database: Database, folder: Path) -> None:
    write_keys(folder, 2147483647, -5)
    land(database.project, folder)
    assert database.value("select count(*) from raw_provider.provider_keys") == 2


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("usage_events", {"id": 2, "key_id": 7, "model": "a\0b", "timestamp": "2024-05-01"}),
        ("voice_usage_metrics", {"id": UUID_1, "metadata": {"a": ["\\\0"]}}),
        ("voice_conversations", {"id": UUID_1, "metadata": {"model": "\0"}}),
    ],
)
def test_a_nul_character_is_refused_with_its_place(
    database: Database, folder: Path, name: str, row: dict[str, Any]
) -> None:
    first = row | {"id": 1 if row["id"] == 2 else uuid(1), "model": "m", "metadata": None}
    if name != "usage_events":
        del first["model"]
    else:
        del first["metadata"]
    (folder / f"{name}.jsonl").write_text(f"{json.dumps(first)}\n{json.dumps(row)}\n")
    column = "model" if name == "usage_events" else "metadata"
    with pytest.raises(UserError) as refusal:
        land(database.project, folder)
    assert str(refusal.value).startswith(f"{name}.jsonl, row 2, column {column}: ")
    assert str(refusal.value).endswith(
        r"holds the character NUL (\u0000), which Postgres cannot store"
    )
    assert database.rows("select nspname from pg_namespace where nspname like 'raw%'") == []


def test_a_secret_that_holds_nul_is_left_behind_like_any_other(
    database: Database, folder: Path
) -> None:
    row = {"id": UUID_1, "summary": "\0", "metadata": {"model": "m", "ip": "\0"}}
    (folder / "voice_conversations.jsonl").write_text(json.dumps(row) + "\n")
    land(database.project, folder)
    assert database.rows("select summary, metadata from raw_voice.voice_conversations") == [
        (None, {"model": "m"})
    ]


def test_a_secret_column_may_be_null_whatever_the_source_says() -> None:
    keys = tables()["provider_keys"]
    guarded = replace(keys, constraints=(NotNull("encrypted_key"), NotNull("provider")))
    assert Place("raw_provider", guarded).constraints == (NotNull("provider"),)


def test_a_value_that_postgres_alone_refuses_is_named_and_nothing_is_landed(
    database: Database, folder: Path
) -> None:
    (folder / "voice_conversations.csv").write_text(f"id\n{UUID_1}\n")
    (folder / "voice_usage_metrics.csv").write_text(
        f"id,metadata\n{uuid(1)},{{}}\n{uuid(2)},[1e200000]\n"
    )
    with pytest.raises(UserError) as refusal:
        land(database.project, folder)
    assert str(refusal.value) == (
        "voice_usage_metrics.csv, row 2, column metadata: the value cannot be stored by Postgres: "
        "value overflows numeric format. Nothing was changed."
    )
    assert database.rows("select nspname from pg_namespace where nspname like 'raw%'") == []


def test_guards_are_those_of_duckdb(database: Database, folder: Path) -> None:
    database.execute("create schema raw_provider; create table raw_provider.theirs (id int)")
    write_keys(folder, 7)
    with pytest.raises(
        UserError, match=r"did not create: raw_provider\.theirs.*PGDATABASE.*--force"
    ):
        land(database.project, folder)
    land(database.project, folder, force=True)
    assert database.value("select count(*) from raw_provider.theirs") == 0
    database.execute("drop table raw_provider.theirs")

    (folder / "_sample.json").write_text("{}")
    with pytest.raises(UserError, match=r"holds sample data, but raw_provider.provider_keys holds"):
        land(database.project, folder)

    database.execute("create view raw_provider.usage_events as select 1 as id")
    write_events(folder)
    with pytest.raises(UserError, match=r"overwrite the view raw_provider\.usage_events: drop"):
        land(database.project, folder, force=True)


def test_by_force_a_foreign_table_is_replaced_by_the_source_s(
    database: Database, folder: Path
) -> None:
    database.create_sources("provider")
    database.execute("insert into raw_provider.provider_keys (user_id) values ('theirs')")
    write_keys(folder, 7)
    with pytest.raises(UserError, match=r"table raw_provider.usage_events depends on"):
        land(database.project, folder, force=True)
    write_events(folder, "1,7,m,2024-05-01")
    land(database.project, folder, force=True)
    assert database.rows("select id, user_id from raw_provider.provider_keys") == [(7, None)]
    assert database.value("select count(*) from pg_constraint where contype = 'f'") == 1


def test_a_schema_is_named_by_the_project_in_its_own_letter_case(
    database: Database, folder: Path
) -> None:
    write_keys(folder, 7)
    (landed,) = land(database.project_as("postgres", provider_schema="Raw Data"), folder)
    assert landed.table == "Raw Data.provider_keys"
    assert database.value('select id from "Raw Data".provider_keys') == 7


@pytest.fixture
def loader(database: Database) -> str:
    """A user who may connect and no more."""
    name = f"loader_of_{database.database}"
    database.execute(f"create role {name} login")
    return name


def test_a_user_without_the_right_to_create_is_told_what_to_grant(
    database: Database, folder: Path, loader: str
) -> None:
    write_keys(folder, 7)
    project = database.project_as(loader)
    with pytest.raises(UserError) as refusal:
        land(project, folder)
    assert str(refusal.value) == (
        f"The user {loader} may not write to the database {database.database}: permission denied "
        f"for database {database.database}. Let it own the raw tables and create schemas (`grant "
        f"create on database {database.database} to {loader}`), or name a user who may. "
        "Nothing was changed."
    )
    database.execute(f"create schema raw_provider authorization {loader}")
    assert land(project, folder)[0].rows == 1


def test_a_table_that_another_user_owns_is_not_replaced(
    database: Database, folder: Path, loader: str
) -> None:
    write_keys(folder, 7)
    land(database.project, folder)
    database.execute(f"grant all on schema raw_provider to {loader}")
    with pytest.raises(UserError, match=f"{loader} may not write.*for table.*own the raw tables"):
        land(database.project_as(loader), folder)
    assert database.value("select id from raw_provider.provider_keys") == 7


def test_a_server_that_only_reads_is_named(database: Database, folder: Path) -> None:
    write_keys(folder, 7)
    database.execute(f"alter database {database.database} set default_transaction_read_only = on")
    with pytest.raises(UserError, match="cannot execute CREATE SCHEMA in a read-only transaction"):
        land(database.project, folder)


def test_a_table_that_another_session_holds_is_waited_for_only_so_long(
    database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_keys(folder, 7)
    land(database.project, folder)
    monkeypatch.setattr(postgres, "_PATIENCE", "200ms")
    with database.server.connect(database.database) as other, other.cursor() as cursor:
        cursor.execute("begin; select * from raw_provider.provider_keys")
        with pytest.raises(UserError, match="Another session is using a table, such as a running"):
            land(database.project, folder)


def test_a_connection_that_is_lost_while_landing_is_explained(
    database: Database, folder: Path
) -> None:
    write_keys(folder, 7)
    land(database.project, folder)
    write_keys(folder, 8)

    def cut() -> None:
        waiting = "wait_event_type = 'Lock' and application_name = 'tokenmart'"
        while not database.rows(
            f"select pg_terminate_backend(pid) from pg_stat_activity where {waiting} "
            f"and datname = '{database.database}'"
        ):
            time.sleep(0.05)

    with database.server.connect(database.database) as other, other.cursor() as cursor:
        cursor.execute("begin; lock table raw_provider.provider_keys")
        thread = threading.Thread(target=cut)
        thread.start()
        with pytest.raises(UserError, match=r"connection to Postgres .* was lost during the write"):
            land(database.project, folder)
        thread.join()
    assert database.value("select id from raw_provider.provider_keys") == 7


def test_an_export_lands_beside_tables_of_an_earlier_form(database: Database, folder: Path) -> None:
    """Their ids were of int, and they had no column for what only exports say."""
    write_keys(folder, 7)
    write_events(folder, "1,7,gpt-4o,2024-05-01")
    land(database.project, folder)
    database.execute("alter table raw_provider.usage_events drop column reported_by")
    for table, column in (
        ("usage_events", "id"),
        ("usage_events", "key_id"),
        ("provider_keys", "id"),
    ):
        database.execute(f"alter table raw_provider.{table} alter {column} type int")
    land(database.project, folder)
    assert database.value("select pg_typeof(id)::text from raw_provider.usage_events") == "integer"
    database.execute("create view public.mine as select id from raw_provider.usage_events")
    page = write_document(
        folder / "page.json",
        {
            "object": "page",
            "data": [
                {
                    **{"object": "bucket", "start_time": 1764547200, "end_time": 1764633600},
                    "results": [
                        {
                            "object": "organization.usage.completions.result",
                            **{"model": "o3", "input_tokens": 5, "output_tokens": 1},
                        }
                    ],
                }
            ],
        },
    )
    with pytest.raises(UserError, match=r"a view depends on it \(.*drop the view, land again"):
        land(database.project, page)
    assert database.value("select count(*) from raw_provider.usage_events") == 1
    database.execute("drop view public.mine")
    land(database.project, page)
    land(database.project, page)
    assert database.rows(
        "select model, tokens_in, reported_by from raw_provider.usage_events order by 1"
    ) == [("gpt-4o", None, None), ("o3", 5, "openai-usage")]
    with pytest.raises(UserError, match="the usage of openai on 2025-12-01 would count twice"):
        (folder / "provider_keys.csv").write_text("id,provider\n7,openai\n")
        write_events(folder, "2,7,gpt-4o,2025-12-01")
        page.unlink()
        land(database.project, folder)


@pytest.mark.parametrize("is_later", [True, False])
def test_of_versions_of_an_exports_row_the_better_one_stays(
    database: Database, folder: Path, is_later: bool
) -> None:
    message = {"sessionId": "s", "type": "assistant", "timestamp": "2025-12-01T10:00:00Z"}
    event = {"type": "event_msg", "payload": {"type": "token_count"}}
    for number in (0, 1) if is_later else (1, 0):
        usage = {"input_tokens": 5, "output_tokens": (1, 80)[number]}
        side = {"isSidechain": (True, False)[number], "message": {"id": "m", "usage": usage}}
        write_lines(folder / "claude.jsonl", {**message, **side})
        info = {"total_token_usage": {"input_tokens": 7, "output_tokens": 2}}
        at = {"timestamp": f"2025-12-0{(2, 1)[number]}T10:00:00.250001Z"}
        meta = {"type": "session_meta", "payload": {"id": "s1"}}
        counted = {**event, "payload": {**event["payload"], "info": info}}
        write_lines(folder / "codex.jsonl", {**meta, **at}, {**counted, **at})
        result = {"object": "organization.usage.images.result", "images": (1, 3)[number]}
        bucket = {"object": "bucket", "start_time": 1764547200, "end_time": 1764633600}
        page = {"object": "page", "data": [{**bucket, "results": [result]}]}
        write_document(folder / "page.json", page)
        for path in sorted(folder.iterdir()):
            land(database.project, path, account=path.stem)
            # the same again changes nothing
            land(database.project, path, account=path.stem)
    assert database.rows(
        "select reported_by, tokens_out, quantity::int, tags::text, timestamp::text"
        " from raw_provider.usage_events order by 1"
    ) == [
        ("claude-code of claude", 80, None, None, "2025-12-01 10:00:00"),
        ("codex-cli of codex", 2, None, None, "2025-12-01 10:00:00.250001"),
        ("openai-usage of page", None, 3, None, "2025-12-01 00:00:00"),
    ]


def test_lines_of_a_bill_in_parts_add_up(
    database: Database, folder: Path, warnings: Callable[[], list[str]]
) -> None:
    header = "date,meterCategory,meterName,meterId,costInBillingCurrency,unitOfMeasure"
    line = "2026-03-31,Azure OpenAI,gpt 4o Inp Tokens"
    path = folder / "part.csv"
    said = []
    for meters in ("ab", "bc", "abc", "d"):
        rows = [f"{line},{meter},1.5,1K" for meter in meters]
        land(database.project, write_csv(path, header, *rows))
        said.append(" ".join(warnings()).count("and 1 of the same days stays"))
    assert said == [0, 1, 0, 0]
    assert database.value("select sum(amount_usd) from raw_billing.provider_costs") == 6


def test_pages_of_another_grouping_are_refused(database: Database, folder: Path) -> None:
    result = {"object": "organization.usage.completions.result", "input_tokens": 5}
    bucket = {"object": "bucket", "start_time": 1764547200, "end_time": 1764633600}
    pages = {
        name: write_document(
            folder / f"{name}.json",
            {"object": "page", "data": [{**bucket, "results": [{**result, **members}]}]},
        )
        for name, members in {"total": {}, "models": {"model": "o3", "source": "x"}}.items()
    }
    for account, (one, other) in {"a": ("total", "models"), "b": ("models", "total")}.items():
        land(database.project, pages[one], account=account)
        land(database.project, pages[one], account=account)
        with pytest.raises(UserError, match=r"two ways, by (nothing|model, source) and"):
            land(database.project, pages[other], account=account)
