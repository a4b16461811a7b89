"""What `tokenmart build` leaves out: sources of which nothing was landed, and no others."""

from collections.abc import Sequence

import pytest
import yaml
from landing import query

from tokenmart.errors import UserError
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
    create(project, "raw_billing.provider_costs")
    with pytest.raises(UserError, match="A bill is landed, and no usage that it is for"):
        enabled(project)
    assert query(project, "from mine.things") == []
