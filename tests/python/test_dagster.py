"""orchestration/dagster: what is landed, built and validated, what is retried, backfilled, refused.

About 105 CPU seconds: dbt parses and builds a checkout's voice sessions as it does for its users.
"""

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest
from dagster._cli import create_dagster_cli
from dagster._daemon.cli import create_dagster_daemon_cli
from dagster_dbt import DbtCliResource
from postgres import PostgresWarehouse, Server
from warehouses import BIN, ROOT

HOME = ROOT / "orchestration" / "dagster"
DAYS = {"start_date": "2026-10-30", "end_date": "2026-10-31"}


@dataclass(frozen=True)
class Deployment:
    """The definitions as a deployment loads them, and where it keeps what has happened."""

    folder: Path
    definitions: Any
    instance: dg.DagsterInstance

    def run(self, job: dg.JobDefinition, dbt: str, **options: Any) -> dg.ExecuteInProcessResult:
        """Run a job with a script in place of dbt, which need not know the version."""
        program = self.folder / "dbt_of_the_test"
        version = '[ "$1" != --version ] || { echo 1.11.0; exit; }'
        program.write_text(f"#!/bin/bash\n{version}\n{dbt}\n")
        program.chmod(0o755)
        resource = DbtCliResource(project_dir=self.folder, dbt_executable=program)
        return job.execute_in_process(
            instance=self.instance, resources={"dbt": resource}, raise_on_error=False, **options
        )

    def job(self, name: str) -> dg.JobDefinition:
        job: dg.JobDefinition = self.definitions.defs.resolve_job_def(name)
        return job

    def job_of(self, selection: dg.AssetSelection) -> dg.JobDefinition:
        """What a person launches who selects assets or checks."""
        job = dg.define_asset_job("selected", selection)
        return dg.Definitions.merge(
            self.definitions.defs, dg.Definitions(jobs=[job])
        ).resolve_job_def("selected")


@pytest.fixture(scope="module")
def deployment(deployed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """The checkout's definitions, in which a retry does not wait."""
    home = tmp_path_factory.mktemp("dagster_home")
    (home / "dagster.yaml").write_text((HOME / "dagster.yaml").read_text("utf-8"))
    policy = dg.RetryPolicy
    with pytest.MonkeyPatch.context() as patch, dg.DagsterInstance.from_config(str(home)) as kept:
        patch.setenv("TOKENMART_LANDING_FOLDER", str(deployed / "delivery"))
        patch.setattr(dg, "RetryPolicy", lambda **options: policy(**options | {"delay": 0}))
        path = deployed / "orchestration" / "dagster" / "definitions.py"
        yield Deployment(deployed, _loaded(path, "tokenmart_in_dagster"), kept)


def _loaded(path: Path, name: str) -> Any:
    """The definitions as Dagster loads them, by the variables that are set now."""
    spec = spec_from_file_location(name, path)
    assert spec and spec.loader
    definitions = module_from_spec(spec)
    spec.loader.exec_module(definitions)
    return definitions


def _attempts(result: dg.ExecuteInProcessResult, step: str) -> int:
    retries = [event for event in result.all_events if event.is_step_restarted]
    return 1 + sum(event.step_key == step for event in retries)


@pytest.fixture(scope="module")
def nightly(deployment: Deployment) -> dg.ExecuteInProcessResult:
    """A nightly run whose first attempt to build fails."""
    script = f"""
        if [ "$1" = build ] && [ ! -e failed_once ]; then touch failed_once; exit 1; fi
        exec {BIN}/dbt "$@"
    """
    return deployment.run(deployment.job("nightly"), script)


def test_a_failed_build_is_retried(nightly: dg.ExecuteInProcessResult) -> None:
    assert nightly.success
    assert _attempts(nightly, "dbt_build") == 2


def test_what_is_landed_and_built_is_materialized(
    deployment: Deployment, nightly: dg.ExecuteInProcessResult
) -> None:
    materialized = {
        event.asset_key.to_user_string(): event.materialization.metadata
        for event in nightly.all_events
        if event.is_step_materialization and event.asset_key
    }
    assert materialized["landed_files"]["raw_voice.voice_usage_metrics"].value == 28
    built = {key.to_user_string() for key in deployment.definitions.built.keys}
    assert {"ledger/ledger_voice_usage_metrics", "fct_cost_daily"} < built < materialized.keys()
    newest = materialized["voice/voice_usage_metrics"]["newest_row"].value
    assert newest.startswith("2026-10-31")


def test_dbts_tests_and_validate_are_checks(
    deployment: Deployment, nightly: dg.ExecuteInProcessResult
) -> None:
    checks = {
        (check.asset_key.to_user_string(), check.check_name): check
        for check in nightly.get_asset_check_evaluations()
    }
    tests = {spec.name for spec in deployment.definitions.built.check_specs}
    assert len(tests) > 20
    assert {name for _, name in checks} == tests | {"is_fresh", "validate"}
    assert checks["fct_cost_daily", "validate"].metadata["expectations"].value > 20
    assert {key for key, check in checks.items() if not check.passed} == {
        # the sample ends in October; and its flawed rows are quarantined, which is a warning
        ("voice/voice_usage_metrics", "is_fresh"),
        ("quarantine_voice_usage_metrics", "validate"),
    }
    warned = checks["quarantine_voice_usage_metrics", "validate"]
    assert warned.severity == dg.AssetCheckSeverity.WARN


def test_a_damaged_mart_has_a_red_check_and_fails_the_run(
    deployment: Deployment, nightly: dg.ExecuteInProcessResult
) -> None:
    assert nightly.success
    with duckdb.connect(str(deployment.folder / "tokenmart.duckdb")) as connection:
        connection.execute("delete from analytics.mart_cost_by_model_daily")
    checks = dg.AssetSelection.checks(deployment.definitions.validate)
    result = deployment.run(deployment.job_of(checks), "exit 1")
    assert not result.success
    errors = [
        check
        for check in result.get_asset_check_evaluations()
        if not check.passed and check.severity == dg.AssetCheckSeverity.ERROR
    ]
    assert [check.asset_key.to_user_string() for check in errors] == ["mart_cost_by_model_daily"]
    (rule,) = {*errors[0].metadata} - {"expectations"}
    assert rule == "each row has the totals of fct_cost_daily, and none is missing"


def test_nothing_is_built_if_landing_fails(deployment: Deployment) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deployment.definitions, "LANDING_FOLDER", "no_such_folder")
        result = deployment.run(deployment.job("nightly"), "exit 1")
    assert not result.success
    assert _attempts(result, "landed_files") == 3
    (failed,) = result.get_step_failure_events()
    assert failed.step_key == "landed_files"
    failure = failed.step_failure_data.user_failure_data
    assert failure and "tokenmart land could not run: tokenmart: " in str(failure.description)
    assert "no_such_folder" in str(failure.description)


def test_a_source_that_is_down_keeps_no_other_from_being_loaded(
    deployment: Deployment, postgres_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = PostgresWarehouse(deployment.folder / "application", postgres_server)
    application.create_sources("provider", schema="public")
    application.insert("provider_keys", {"id": 1, "provider": "openai"}, schema="public")
    host = postgres_server.environment()["PGHOST"]
    address = f"postgresql:///{application.database}?host={host}&user=postgres"
    # the warehouse of the other tests holds a sample
    monkeypatch.setenv("TOKENMART_DUCKDB_PATH", str(deployment.folder / "extracted.duckdb"))
    monkeypatch.setenv("TOKENMART_PROVIDER_URL", address)
    monkeypatch.setenv("TOKENMART_AGENTS_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    definitions = _loaded(deployment.definitions.__file__, "with_applications")
    extracting = Deployment(deployment.folder, definitions, deployment.instance)
    job = extracting.job_of(dg.AssetSelection.assets(definitions.extracted_tables))
    result = extracting.run(job, "exit 1")
    postgres_server.drop_database(application.database)
    assert result.success
    (materialized,) = result.asset_materializations_for_node("extracted_tables")
    assert materialized.metadata["provider.provider_keys"].value == 1
    (check,) = result.get_asset_check_evaluations()
    assert not check.passed
    assert "The source agents cannot be reached" in str(check.metadata["agents"].value)
    assert definitions.EXTRACTED in definitions.landed_files.asset_deps[definitions.LANDED]


def test_a_backfill_of_many_days_is_one_build_with_their_dates(deployment: Deployment) -> None:
    arguments = deployment.folder / "arguments"
    recomputed = deployment.definitions.recomputed_days
    result = deployment.run(
        deployment.job_of(dg.AssetSelection.assets(recomputed)),
        f'printf "%s\\n" "$@" >> {arguments}',
        tags={
            "dagster/asset_partition_range_start": DAYS["start_date"],
            "dagster/asset_partition_range_end": DAYS["end_date"],
        },
    )
    assert result.success
    assert arguments.read_text().splitlines() == [
        *("build", "--selector", "daily", "--vars", json.dumps(DAYS)),
    ]
    assert deployment.instance.get_materialized_partitions(recomputed.key) == {*DAYS.values()}


def test_the_nightly_job_has_no_partitions_and_a_schedule(deployment: Deployment) -> None:
    assert deployment.job("nightly").partitions_def is None
    (schedule,) = deployment.definitions.defs.schedules
    assert (schedule.job.name, schedule.cron_schedule) == ("nightly", "0 2 * * *")


def test_groups_are_the_layers(deployment: Deployment) -> None:
    groups = {spec.group_name for spec in deployment.definitions.built.specs}
    steps = {f"intermediate_{path.name}" for path in (ROOT / "models/intermediate").iterdir()}
    # without a bill nothing is billed
    assert groups == {"seeds", "staging", "ledger", "marts", *steps} - {"intermediate_7_billing"}


def test_a_source_is_as_fresh_as_dbt_demands(deployment: Deployment) -> None:
    policies = {
        spec.key.to_user_string(): spec.freshness_policy
        for spec in deployment.definitions.SOURCES
        if spec.freshness_policy
    }
    (policy,) = policies.values()
    assert [*policies] == ["voice/voice_usage_metrics"]
    assert policy.warn_window.to_timedelta().total_seconds() == 36 * 3600
    assert policy.fail_window.to_timedelta().total_seconds() == 96 * 3600


def test_one_process_at_a_time_writes(deployment: Deployment) -> None:
    """The steps of a run follow each other, and its pool lets in one run."""
    assert deployment.job("nightly").executor_def is dg.in_process_executor
    assert deployment.instance.global_op_concurrency_default_limit == 1
    for name in ("landed_files", "built", "recomputed_days", "source_freshness", "validate"):
        assert getattr(deployment.definitions, name).op.pool == "tokenmart"


def test_a_deployment_that_was_not_parsed_is_told_how(
    deployment: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBT_TARGET_PATH", str(tmp_path))
    with pytest.raises(dg.DagsterInvalidDefinitionError, match="run `dbt parse` in "):
        _loaded(deployment.definitions.__file__, "not_parsed")


def test_dagster_has_the_commands_and_options_of_the_readme() -> None:
    blocks = (HOME / "README.md").read_text("utf-8").split("```console\n")[1:]
    lines = "".join(block.split("```")[0] for block in blocks).splitlines()
    programs = {"dagster": create_dagster_cli(), "dagster-daemon": create_dagster_daemon_cli()}
    seen = 0
    for program, *words in (shlex.split(line, comments=True) for line in lines):
        command: Any = programs.get(program.removeprefix(".venv/bin/"))
        if command:
            while hasattr(command, "commands"):
                command, *words = command.commands[words[0]], *words[1:]
            context = command.context_class(command, **command.context_settings)
            command.make_parser(context).parse_args(words)
            seen += 1
    assert seen == 4
