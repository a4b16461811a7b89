"""What ``tokenmart land`` refuses to read or to overwrite; all of a folder or nothing."""

from pathlib import Path
from typing import Any

import pytest
from landing import EVENT, UUID_1, query, write_events
from typer.testing import CliRunner

from tokenmart.cli import app
from tokenmart.errors import UserError
from tokenmart.land import land
from tokenmart.project import Project
from tokenmart.schema import tables
from tokenmart.warehouse.duckdb_file import connect


def test_the_first_value_that_is_not_of_its_type_is_named_for_each_column(
    project: Project, folder: Path
) -> None:
    write_events(
        folder,
        "1,7,gpt-4o,2024-05-01,5",
        "2,7,gpt-4o,yesterday,5",
        "3,7,gpt-4o,today,abc",
        header=f"{EVENT},tokens_in",
    )
    with pytest.raises(UserError) as refusal:
        land(project, folder)
    assert str(refusal.value).splitlines() == [
        "usage_events.csv, row 3, column tokens_in: 'abc' is not an integer",
        "usage_events.csv, row 2, column timestamp: 'yesterday' is not a timestamp "
        "(YYYY-MM-DD HH:MM:SS) (2 such values in this column)",
    ]


def test_at_most_ten_columns_are_complained_of(project: Project, folder: Path) -> None:
    names = [c.name for c in tables()["usage_events"].columns if c.sql_type("duckdb") == "bigint"]
    write_events(
        folder,
        ",".join("x" * len(names)) + ",a,2024-05-01",
        header=",".join([*names, "model", "timestamp"]),
    )
    with pytest.raises(UserError) as refusal:
        land(project, folder)
    lines = str(refusal.value).splitlines()
    assert len(lines) == 11
    assert lines[-1] == f"… and so in {len(names) - 10} more columns"


def test_a_long_value_is_shortened_and_control_characters_are_not_printed(
    project: Project, folder: Path
) -> None:
    write_events(folder, f"1,7,gpt-4o,\x1b[31m{'9' * 200}")
    with pytest.raises(UserError) as refusal:
        land(project, folder)
    assert f"'\\x1b[31m{'9' * 75}…'" in str(refusal.value)


def test_a_value_of_a_table_with_secrets_is_not_shown(project: Project, folder: Path) -> None:
    """A row whose values are a column too far to the left has a secret anywhere."""
    path = folder / "voice_conversations.csv"
    path.write_text(f"id,ended_at,metadata\n{UUID_1},hunter2,hunter2\n")
    with pytest.raises(UserError) as refusal:
        land(project, folder)
    of_row = "voice_conversations.csv, row 1, column"
    assert str(refusal.value).splitlines() == [
        f"{of_row} ended_at: the value (not shown: the table has secrets) is not a timestamp "
        "(YYYY-MM-DD HH:MM:SS)",
        f"{of_row} metadata: the value (not shown: the table has secrets) is not valid JSON",
    ]


def test_a_secret_of_which_nothing_is_kept_may_be_anything(project: Project, folder: Path) -> None:
    (folder / "organizations.csv").write_text(f"id,settings\n{UUID_1},hunter2\n")
    land(project, folder)
    assert query(project, "select settings from raw_agents.organizations") == [(None,)]


def test_the_row_is_right_in_a_file_that_is_read_by_several_threads(
    project: Project, folder: Path
) -> None:
    rows = [f"{i},7,{'m' * 200},2024-05-01" for i in range(1, 400_001)]
    rows[399_998] = "x,7,m,2024-05-01"
    write_events(folder, *rows)
    with pytest.raises(UserError, match="row 399999, column id: 'x' is not an integer"):
        land(project, folder)


def test_a_nul_character_in_a_text_lands(project: Project, folder: Path) -> None:
    write_events(folder, "1,7,a\x00b,2024-05-01")
    land(project, folder)
    assert query(project, "select model from raw_provider.usage_events") == [("a\x00b",)]


def test_a_refused_folder_leaves_no_database_behind(project: Project, folder: Path) -> None:
    write_events(folder, "x,7,gpt-4o,2024-05-01")
    with pytest.raises(UserError):
        land(project, folder)
    assert not project.duckdb_path.exists()


def test_a_refused_folder_leaves_the_database_as_it_was(project: Project, folder: Path) -> None:
    keys = folder / "provider_keys.csv"
    keys.write_text("id\n7\n")
    write_events(folder, "1,7,gpt-4o,2024-05-01")
    land(project, folder)
    keys.write_text("id\n8\n")
    write_events(folder, "x,8,gpt-4o,2024-05-01")
    with pytest.raises(UserError):
        land(project, folder)
    assert query(project, "select id from raw_provider.provider_keys") == [(7,)]
    assert query(project, "select id from raw_provider.usage_events") == [(1,)]


def test_landing_keeps_within_the_memory_that_the_target_allows(
    project: Project, folder: Path
) -> None:
    write_events(folder, *(f"{row},7,{'m' * 500},2024-05-01" for row in range(5000)))
    limits = {"memory_limit": "1MB", "temp_directory": "", "threads": 1}
    project.target["settings"] = limits
    with pytest.raises(UserError, match="needs more memory than it may use: "):
        land(project, folder)
    assert not project.duckdb_path.exists()
    project.target["settings"] = limits | {"memory_limit": "200MB"}
    assert land(project, folder)[0].rows == 5000


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"memory_limit": "lots"}, "memory_limit in settings of the dbt target cannot be lots: "),
        ({"memory_limit": "1'; drop"}, "memory_limit in settings of the dbt target cannot be 1'"),
        ({"MAX_MEMORY": "lots"}, "MAX_MEMORY in settings of the dbt target cannot be lots: "),
        ({"threads": 0}, "threads in settings of the dbt target cannot be 0: .* 1 thread[.]$"),
        ("4GB", "settings of the dbt target must be like {memory_limit: 4GB}[.]$"),
    ],
)
def test_limits_that_are_none_are_refused(
    project: Project, folder: Path, settings: object, sentence: str
) -> None:
    write_events(folder, "1,7,gpt-4o,2024-05-01")
    project.target["settings"] = settings
    with pytest.raises(UserError, match=sentence):
        land(project, folder)


def test_a_landing_that_fails_while_it_writes_leaves_the_database_as_it_was(
    project: Project, folder: Path
) -> None:
    keys = folder / "provider_keys.csv"
    keys.write_text("id\n7\n")
    land(project, folder)
    with connect(project.duckdb_path) as connection:
        connection.execute("create table raw_provider.usage_events (id int)")
    write_events(folder, "1,7,gpt-4o,2024-05-01")
    with pytest.raises(UserError, match="columns are not those of the source table usage_events"):
        land(project, folder, append=True, force=True)
    assert query(project, "select id from raw_provider.provider_keys") == [(7,)]


def test_landing_again_replaces_the_tables_of_the_folder_only(
    project: Project, folder: Path
) -> None:
    keys = folder / "provider_keys.csv"
    keys.write_text("id\n7\n")
    write_events(folder, "1,7,gpt-4o,2024-05-01")
    land(project, folder)
    keys.unlink()
    write_events(folder, "2,7,gpt-4o,2024-05-01")
    land(project, folder)
    assert query(project, "select id from raw_provider.provider_keys") == [(7,)]
    assert query(project, "select id from raw_provider.usage_events") == [(2,)]


def test_append_adds_rows_and_creates_what_is_missing(project: Project, folder: Path) -> None:
    write_events(folder, "1,7,gpt-4o,2024-05-01")
    land(project, folder, append=True)
    write_events(folder, "2,7,gpt-4o,2024-05-01")
    (landed,) = land(project, folder, append=True)
    assert landed.rows == 1
    assert query(project, "select id from raw_provider.usage_events order by id") == [(1,), (2,)]


def marks(project: Project) -> dict[str, str]:
    return dict(query(project, "select table_name, comment from duckdb_tables()"))


def test_a_landed_table_is_marked(project: Project, folder: Path) -> None:
    write_events(folder)
    land(project, folder)
    assert marks(project) == {"usage_events": "landed by tokenmart"}


def test_a_table_of_sample_data_is_marked_as_such(project: Project, folder: Path) -> None:
    write_events(folder)
    (folder / "_sample.json").write_text("{}")
    land(project, folder)
    assert marks(project) == {"usage_events": "sample data by tokenmart"}


@pytest.mark.parametrize("kind", ["table", "view"])
def test_a_raw_schema_with_a_foreign_table_is_not_touched(
    project: Project, folder: Path, kind: str
) -> None:
    with connect(project.duckdb_path) as connection:
        connection.execute("create schema raw_provider")
        connection.execute(f"create {kind} raw_provider.theirs as select 1 as id")
    write_events(folder)
    with pytest.raises(UserError, match=r"did not create: raw_provider\.theirs.*--force"):
        land(project, folder)
    land(project, folder, force=True)
    assert query(project, "select id from raw_provider.theirs") == [(1,)]


def test_a_foreign_table_in_another_schema_does_not_matter(project: Project, folder: Path) -> None:
    with connect(project.duckdb_path) as connection:
        connection.execute("create schema raw_agents")
        connection.execute("create table raw_agents.usage_records (id int)")
    write_events(folder)
    land(project, folder)


def test_a_view_in_place_of_a_raw_table_is_never_replaced(project: Project, folder: Path) -> None:
    with connect(project.duckdb_path) as connection:
        connection.execute("create schema raw_provider")
        connection.execute("create view raw_provider.usage_events as select 1 as id")
    write_events(folder)
    with pytest.raises(UserError, match=r"overwrite the view raw_provider\.usage_events: drop"):
        land(project, folder, force=True)


@pytest.mark.parametrize("first_is_sample", [True, False])
def test_sample_and_real_data_do_not_mix(
    project: Project,
    tmp_path: Path,
    first_is_sample: bool,
    capsys: pytest.CaptureFixture[str],
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for path in (first, second):
        path.mkdir()
    (first / "organizations.csv").write_text(f"id\n{UUID_1}\n")
    write_events(second)
    ((first if first_is_sample else second) / "_sample.json").write_text("{}")
    there, comes = ("sample", "real") if first_is_sample else ("real", "sample")
    land(project, first)
    with pytest.raises(UserError) as refusal:
        land(project, second)
    assert f"holds {comes} data, but raw_agents.organizations holds {there} data" in str(
        refusal.value
    )
    assert "TOKENMART_DUCKDB_PATH=" in str(refusal.value)
    assert "--vars '{reset_ledger: forget_everything}'" in str(refusal.value)
    land(project, second, force=True)
    assert f"{there} data is left in raw_agents.organizations" in capsys.readouterr().err


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["land", *arguments])


def test_the_command_prints_what_it_landed(
    project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_events(folder, "1,7,gpt-4o,2024-05-01")
    result = run(str(folder), "--append", "--project-dir", str(project.root))
    assert result.exit_code == 0, result.output
    assert "raw_provider.usage_events" in result.stdout
    assert "usage_events.csv: 1 row read" in result.stderr


def test_an_appended_row_takes_the_place_of_the_one_with_its_id(
    project: Project, folder: Path
) -> None:
    keys = folder / "provider_keys.csv"
    keys.write_text("id,provider\n7,openai\n8,openai\n")
    land(project, folder)
    keys.write_text("id,provider\n8,azure\n9,azure\n")
    land(project, folder, append=True)
    land(project, folder, append=True)
    with connect(project.duckdb_path) as connection:
        assert connection.execute(
            "select id, provider from raw_provider.provider_keys order by id"
        ).fetchall() == [(7, "openai"), (8, "azure"), (9, "azure")]


def test_an_appended_line_of_a_bill_takes_the_place_of_those_for_the_same(
    project: Project, folder: Path
) -> None:
    costs = folder / "provider_costs.csv"
    costs.write_text("usage_date,line_item,amount_usd\n2025-01-01,a,1\n2025-01-01,,2\n,,4\n")
    land(project, folder)
    costs.write_text(
        "usage_date,line_item,amount_usd\n2025-01-01,,8\n2025-01-01,,16\n2025-01-02,a,32\n"
    )
    land(project, folder, append=True)
    land(project, folder, append=True)
    with connect(project.duckdb_path) as connection:
        assert connection.execute(
            "select sum(amount_usd) from raw_billing.provider_costs"
        ).fetchall() == [(61,)]


def test_a_bill_whose_columns_have_other_names_is_refused(project: Project, folder: Path) -> None:
    costs = folder / "provider_costs.csv"
    costs.write_text("start_time_iso,amount_value,line_item\n2025-01-01,1.5,gpt-4o\n")
    with pytest.raises(UserError) as refusal:
        land(project, folder)
    assert "lacks the required columns usage_date, amount_usd" in str(refusal.value)
    costs.write_text("usage_date,amount_value,line_item\n2025-01-01,1.5,gpt-4o\n")
    with pytest.raises(UserError) as refusal:
        land(project, folder)
    assert (
        "provider_costs.csv lacks the required column amount_usd."
        " It has columns that are not known: amount_value." in str(refusal.value)
    )


def test_secrets_are_not_landed(project: Project, folder: Path) -> None:
    (folder / "provider_keys.csv").write_text("id,provider,encrypted_key\n7,openai,SECRET\n")
    (folder / "voice_conversations.jsonl").write_text(
        '{"id": "00000000-0000-0000-0000-000000000001", "summary": "SECRET",'
        ' "metadata": {"model": "gpt-realtime", "client_ip": "SECRET"}}\n'
        '{"id": "00000000-0000-0000-0000-000000000002", "metadata": {"client_ip": "SECRET"}}\n'
    )
    land(project, folder)
    with connect(project.duckdb_path) as connection:
        assert connection.execute(
            "select provider, encrypted_key from raw_provider.provider_keys"
        ).fetchall() == [("openai", None)]
        assert connection.execute(
            "select summary, metadata::varchar "
            f"from {project.source_schema('voice')}.voice_conversations order by id"
        ).fetchall() == [(None, '{"model":"gpt-realtime"}'), (None, None)]
    assert b"SECRET" not in project.duckdb_path.read_bytes()
