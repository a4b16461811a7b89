"""What `tokenmart build` leaves out: sources of which nothing was landed, and no others."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from exported import write_lines
from landing import query
from test_exports_clouds import CUR, table
from test_exports_gateways import spent
from warehouses import Warehouse

from tokenmart.errors import UserError
from tokenmart.land import land
from tokenmart.landed_sources import with_landed_sources
from tokenmart.project import Project
from tokenmart.warehouse import warehouse_of
from tokenmart.warehouse.duckdb_file import connect

USAGE = "raw_provider.usage_events"


@pytest.fixture
def landed(project: Project) -> Project:
    """A project with tables of the provider."""
    create(project, USAGE)
    return project


def create(project: Project, *relations: str) -> None:
    with connect(project.duckdb_path) as connection:
        for relation in relations:
            connection.execute(f"create schema if not exists {relation.split('.')[0]}")
            connection.execute(f"create table {relation} (id bigint)")


def enabled(project: Project, *arguments: str) -> Sequence[str] | None:
    """The sources that are named to dbt; none where the project's own list holds."""
    words = with_landed_sources(project, warehouse_of(project), arguments)
    if "--vars" not in words:
        return None
    names: Sequence[str] | None = yaml.safe_load(words[-1]).get("sources_enabled")
    return names


def test_sources_without_tables_are_left_out(
    landed: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert enabled(landed) == ["provider", "billing"]
    said = capsys.readouterr().err
    assert said == "left out, because nothing was landed in raw_agents, speech: agents, voice\n"
    create(landed, "raw_agents.usage_records", "speech.voice_usage_metrics")
    assert enabled(landed) is None


def test_other_variables_stay(landed: Project) -> None:
    words = with_landed_sources(
        landed, warehouse_of(landed), ["--select", "x", "--vars={as_of: 2026-01-01}"]
    )
    *others, variables = words
    assert others == ["--select", "x", "--vars"]
    assert str(yaml.safe_load(variables)["as_of"]) == "2026-01-01"
    assert enabled(landed, "--vars", "{sources_enabled: [voice]}") == ["voice"]
    # dbt says what is wrong
    for arguments in (["--vars"], ["--vars", "{a"], ["--vars", "a"]):
        assert with_landed_sources(landed, warehouse_of(landed), arguments) == arguments


def test_a_source_that_has_lost_its_tables_is_not_left_out_in_silence(landed: Project) -> None:
    create(landed, "analytics_ledger.ledger_usage_records")
    assert enabled(landed) == ["provider", "agents", "billing"]


def test_a_source_that_comes_from_elsewhere_is_not_left_out(landed: Project) -> None:
    (landed.root / "models").mkdir()
    (landed.root / "models" / "stg_voice__voice_usage_metrics.sql").write_text("select 1")
    assert enabled(landed) == ["provider", "voice", "billing"]
    assert enabled(landed, "--vars", "{agents_database: other}") is None


def test_a_project_that_names_its_sources_is_taken_at_its_word(landed: Project) -> None:
    path = landed.root / "dbt_project.yml"
    path.write_text("profile: tokenmart\nvars: {sources_enabled: [provider, agents, voice]}\n")
    assert enabled(Project(landed.root)) is None


def test_where_nothing_was_landed_there_is_nothing_to_build(project: Project) -> None:
    with pytest.raises(UserError, match="There is nothing to build yet"):
        enabled(project)
    create(project, "mine.things")
    # what is selected may need no source
    assert enabled(project, "--select", "mine") is None
    with pytest.raises(UserError, match="There is nothing to build yet: no source has a table in"):
        enabled(project)
    with pytest.raises(UserError, match="There is nothing to build yet"):
        enabled(project, "--full-refresh")
    assert query(project, "from mine.things") == []


def test_a_bill_alone_has_empty_tables_of_usage_beside_it(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    create(project, "raw_billing.provider_costs")
    assert enabled(project) == ["provider", "billing"]
    assert capsys.readouterr().err.splitlines()[0] == (
        "warning: A bill is landed, and no usage that it is for, so its dollars are shown without "
        "tokens. Land the usage of the same days to see what they were for (docs/exports.md); "
        "until then its tables in raw_provider are empty."
    )
    assert query(project, f"from {USAGE}") == []
    assert enabled(project) == ["provider", "billing"]
    assert "warning" not in capsys.readouterr().err


def test_tables_of_usage_are_not_made_among_those_of_others(project: Project) -> None:
    create(project, "raw_billing.provider_costs", "raw_provider.things")
    with pytest.raises(
        UserError, match=r"no usage that it is for, .* did not create: raw_provider"
    ):
        enabled(project)
    assert query(project, "from raw_provider.things") == []


@pytest.mark.drawn(1)
def test_a_bill_alone_is_built(
    either_warehouse: Warehouse, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """About 25 CPU seconds, for a build."""
    for name, value in either_warehouse.environment.items():
        monkeypatch.setenv(name, value)
    lines = ({"line_item_unblended_cost": "1.5"}, {"line_item_usage_type": "USE1-NovaPro-output"})
    land(Project(either_warehouse.project), table(folder / "cur.csv", CUR, *lines))
    built = either_warehouse.tokenmart("build")
    assert built.returncode == 0, built.stdout + built.stderr
    assert built.stderr.count("A bill is landed, and no usage that it is for") == 1
    assert either_warehouse.rows(
        "select sum(cost_usd), sum(billed_cost_usd), count(*) from analytics.fct_cost_daily"
    ) == [(3, 3, 2)]
    assert either_warehouse.rows("select sum(billed_cost_usd) from analytics.mart_bill_lines") == [
        (3,)
    ]
    told = either_warehouse.tokenmart("summary")
    assert told.returncode == 0, told.stdout + told.stderr
    assert "$3.00" in told.stdout
    # and the usage may come later
    logs = spent(
        custom_llm_provider="bedrock",
        model="amazon.nova-lite-v1:0",
        startTime="2026-03-01T10:00:00Z",
    )
    land(Project(either_warehouse.project), write_lines(folder / "logs.jsonl", logs))
    again = either_warehouse.tokenmart("build")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "no usage that it is for" not in again.stderr
    assert either_warehouse.rows(
        "select sum(billed_cost_usd) from analytics.fct_provider_usage_daily"
    ) == [(Decimal("1.5"),)]
