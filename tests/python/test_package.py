"""Another project installs tokenmart, replaces a staging model and adds a mart of its own."""

import json
import shutil
from pathlib import Path

import pytest
from draw import EVERYTHING
from warehouses import ROOT, Warehouse

from tokenmart.project import Project

CALLS = """
    create schema gateway;
    create table gateway.calls (
        call_no integer, api_key_no integer, cost_center varchar(20), engine varchar(40),
        called_at timestamp, prompt_tokens integer, completion_tokens integer,
        dollars numeric(10, 4)
    );
    insert into gateway.calls values
        (1, 7, 'search', 'gpt-4-1', timestamp '2025-01-31 23:30:00', 100, 10, 0.5),
        (2, 7, 'search', 'gpt-4-1', timestamp '2025-01-31 10:00:00', 200, 20, 1.25);
    create schema keys;
    create table keys.provider_keys (id integer, provider text);
    insert into keys.provider_keys values (7, 'openai');
"""


def _install(warehouse: Warehouse, folder: Path) -> Warehouse:
    """The warehouse of the project in integration_tests, which has tokenmart as a package."""
    shutil.copytree(
        ROOT / "integration_tests",
        folder,
        ignore=shutil.ignore_patterns("target", "logs", "dbt_packages"),
    )
    packages = folder / "packages.yml"
    packages.write_text(packages.read_text().replace("local: ..", f"local: {ROOT}"))
    shutil.copy(folder / "profiles.yml.example", warehouse.folder / "profiles.yml")
    warehouse.project = folder
    installed = warehouse.dbt("deps")
    assert installed.returncode == 0, installed.stdout
    return warehouse


@pytest.mark.drawn(3, of="projects that install the package")
def test_a_build_by_tokenmart_sends_no_usage_statistics(warehouse: Warehouse) -> None:
    """In a project that does not say so itself; of a package's flags dbt takes none."""
    project = warehouse.project = warehouse.folder / "project"
    (project / "models").mkdir(parents=True)
    (project / "dbt_project.yml").write_text("{name: own, profile: tokenmart, version: 1.0.0}")
    (project / "models" / "sends.sql").write_text(
        "select {{ flags.SEND_ANONYMOUS_USAGE_STATS }} as sends"
    )
    built = warehouse.tokenmart("build", "--select", "sends", plainly=True)
    assert built.returncode == 0, built.stdout + built.stderr
    # what a pipe is told of the progress
    assert "dbt build: 1 of 1 in " in built.stderr
    ((schema,),) = warehouse.rows(
        "select table_schema from information_schema.tables where table_name = 'sends'"
    )
    assert warehouse.value(f"select sends from {schema}.sends") is False


@pytest.fixture
def installed(either_warehouse: Warehouse, tmp_path: Path) -> Warehouse:
    """The project on each engine, its own tables filled."""
    warehouse = _install(either_warehouse, tmp_path / "project")
    warehouse.execute(CALLS)
    return warehouse


def _staging_model(warehouse: Warehouse) -> Path:
    return warehouse.project / "models" / "staging" / "stg_provider__usage_events.sql"


@pytest.mark.drawn(1)
def test_a_project_builds_its_own_mart_on_the_package(installed: Warehouse) -> None:
    installed.build(unit_tests=EVERYTHING)
    manifest = json.loads((installed.folder / "target" / "manifest.json").read_text())
    assert manifest["metadata"]["send_anonymous_usage_stats"] is False
    # 23:30 in UTC is the next month in the time zone that the project sets for every package
    by_month = """
        select usage_month, cost_center, total_tokens, recorded_cost_usd
        from dwh_finance.spend_by_cost_center order by 1
    """
    assert [(str(month), *rest[:2], str(rest[2])) for month, *rest in installed.rows(by_month)] == [
        ("2025-01-01", "search", 220, "1.250000"),
        ("2025-02-01", "search", 110, "0.500000"),
    ]
    # 300 tokens at 2 dollars a million and 30 at 8, less 10 percent by the project's own contract
    assert [
        [str(usd) for usd in row]
        for row in installed.rows(
            "select sum(list_cost_usd), sum(contracted_cost_usd)"
            " from dwh_usage.fct_provider_usage_daily"
        )
    ] == [["0.000840000000", "0.000756000000"]]
    assert installed.rows("select count(*) from dwh_usage.dim_date") == [(2,)]
    assert installed.rows("select count(*) from dwh_finance.dim_date") == [(1,)]
    assert installed.rows(
        """
        select column_name, lower(data_type) from information_schema.columns
        where table_schema = 'dwh_ledger' and table_name = 'ledger_usage_events'
            and column_name in ('usage_event_id', 'input_tokens') order by 1
        """
    ) == [("input_tokens", "bigint"), ("usage_event_id", "bigint")]

    # the mark by which tokenmart knows its own stands before the description that dbt would write
    for schema, name in (
        ("dwh_usage", "fct_cost_daily"),
        ("dwh_ledger", "ledger_usage_events"),
        ("dwh_intermediate", "int_provider_usage_validated"),
        ("dwh_seeds", "context_steps"),
    ):
        assert str(installed.comment(schema, name)).startswith("Made by tokenmart: "), name

    for command in ("summary", "validate"):
        result = installed.tokenmart(command)
        assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.drawn(3, of="projects that install the package")
def test_the_ledger_of_a_project_forgets_nothing_and_takes_no_other_columns(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    installed = _install(warehouse, tmp_path / "project")
    installed.execute(CALLS)
    ledger = ("--select", "+ledger_usage_events")
    installed.build(*ledger)
    installed.execute("update gateway.calls set prompt_tokens = 101 where call_no = 1")
    # and only the command line can make it forget
    settings = installed.project / "dbt_project.yml"
    settings.write_text(
        settings.read_text().replace("vars:\n", "vars:\n  reset_ledger: forget_everything\n")
    )
    installed.build(*ledger, "--full-refresh")
    assert installed.rows(
        """
        select row_key, row_version, input_tokens from dwh_ledger.ledger_usage_events
        order by 1, 2
        """
    ) == [("1", 1, 100), ("1", 2, 101), ("2", 1, 200)]

    # a column that is gone, and one that the ledger could not hold, stop the ledger
    model = _staging_model(installed)
    complete = model.read_text()
    model.write_text(
        complete.replace("    engine as model_id,\n", "").replace(
            "dollars as recorded_cost_usd", "cast(dollars as double precision) as recorded_cost_usd"
        )
    )
    result = installed.dbt("run", *ledger)
    said = " ".join(result.stdout.split())
    assert result.returncode != 0
    assert (
        "The model stg_provider__usage_events does not have the columns that ledger_usage_events"
        " keeps: - it has no column model_id (text) - its column recorded_cost_usd is of type"
        " double" in said
    )
    assert "cast it in the model" in said
    assert installed.rows("select count(*) from dwh_ledger.ledger_usage_events") == [(3,)]

    model.write_text(complete)
    installed.build(*ledger, reset_ledger="forget_everything")
    assert installed.rows("select count(*) from dwh_ledger.ledger_usage_events") == [(2,)]


@pytest.mark.drawn(3, of="projects that install the package")
def test_a_project_puts_its_own_steps_of_context_in_the_place_of_ours(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    _install(warehouse, tmp_path / "project")
    settings = warehouse.project / "dbt_project.yml"
    ours = "    contract_prices:\n      +enabled: false\n"
    assert ours in settings.read_text()
    settings.write_text(
        settings.read_text().replace(ours, ours + ours.replace("contract_prices", "context_steps"))
    )
    (warehouse.project / "seeds" / "context_steps.csv").write_text(
        "model_id,above_input_tokens,context_band\ngpt-4-1,150,over_150\n"
    )
    warehouse.execute(CALLS)
    for _ in range(2):
        warehouse.build("--select", "+int_provider_usage_daily")
    assert warehouse.rows(
        "select context_band, input_tokens from dwh_intermediate.int_provider_usage_daily"
        " order by 1"
    ) == [("base", 100), ("over_150", 200)]


TAKEN_OVER = """
    {% materialization table, adapter='duckdb', supported_languages=['sql', 'python'] %}
        {{ return(tokenmart.materialization_table_duckdb()) }}
    {% endmaterialization %}
    {% materialization view, adapter='duckdb' %}
        {{ return(tokenmart.materialization_view_duckdb()) }}
    {% endmaterialization %}
"""


@pytest.mark.drawn(3, of="projects that install the package")
def test_a_project_may_take_over_how_tables_and_views_are_made(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    _install(warehouse, tmp_path / "project")
    warehouse.execute(CALLS)
    some = ("--select", "+int_provider_usage_counted", "+spend_by_cost_center")
    views = "select view_name, sql from duckdb_views() where schema_name like 'dwh%'"
    for macros in ("", TAKEN_OVER):
        (warehouse.project / "macros").mkdir(exist_ok=True)
        (warehouse.project / "macros" / "taken_over.sql").write_text(macros)
        warehouse.build(*some)
        # either way, what is dbt's of the project's own and ours reads the same file
        ours = {name: sql for name, sql in warehouse.rows(views) if name.startswith("int_")}
        assert len(ours) > 5
        assert not [sql for sql in ours.values() if warehouse.path.stem in sql]
    warehouse.build(*some)
    results = json.loads((warehouse.folder / "target" / "run_results.json").read_text())["results"]
    kept = {item["unique_id"].split(".")[2] for item in results if item["message"] == "unchanged"}
    assert "int_provider_usage_counted" in kept
    assert "stg_provider__usage_events" not in kept


@pytest.mark.drawn(3, of="projects that install the package")
def test_a_namesake_of_the_project_is_not_taken_for_the_package_s_own(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    _install(warehouse, tmp_path / "project")
    settings = warehouse.project / "dbt_project.yml"
    flag = "  require_ref_searches_node_package_before_root: true\n"
    assert flag in settings.read_text()
    settings.write_text(settings.read_text().replace(flag, ""))
    (warehouse.project / "models" / "marts" / "fct_cost_daily.sql").write_text("select 1 as one")
    warehouse.execute(CALLS)
    result = warehouse.dbt("build")
    said = " ".join(result.stdout.split())
    assert result.returncode != 0
    assert "would read the model fct_cost_daily of gateway_finance" in said
    assert flag.strip() in said


@pytest.mark.drawn(3, of="projects that install the package")
def test_the_commands_read_both_scopes_of_variables(tmp_path: Path) -> None:
    (tmp_path / "dbt_project.yml").write_text(
        "vars: {voice_schema: speech, provider_schema: all, tokenmart: {provider_schema: keys}}"
    )
    project = Project(tmp_path)
    assert project.source_schema("provider") == "keys"
    assert project.source_schema("voice") == "speech"
    assert project.source_schema("agents") == "raw_agents"


@pytest.mark.drawn(3, of="projects that install the package")
def test_parsing_the_project_needs_no_database(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _install(warehouse, tmp_path / "project")
    for target in ("duckdb", "postgres"):
        monkeypatch.setenv("TOKENMART_TARGET", target)
        monkeypatch.setenv("PGHOST", "no.such.host.invalid")
        result = warehouse.dbt("parse")
        assert result.returncode == 0, result.stdout
    assert not warehouse.path.exists()
