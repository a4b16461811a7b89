"""tokenmart in Dagster: landing, the dbt build and its tests, `tokenmart validate`, and a schedule.

Every run has one dbt process at a time, because a DuckDB file has one writer: the executor takes
one step after the other, and the pool (dagster.yaml) one run after the other.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtCliResource, DbtProject, dbt_assets

from tokenmart.project import Project
from tokenmart.sources import NAMES
from tokenmart.warehouse import url

# dbt by itself knows no TOKENMART_DATABASE_URL
url.adopt(os.environ)

PROJECT = Project(Path(os.environ.get("TOKENMART_PROJECT_DIR", Path(__file__).parents[2])))
LANDING_FOLDER = os.environ.get("TOKENMART_LANDING_FOLDER")
FIRST_DAY = os.environ.get("TOKENMART_FIRST_DAY", "2025-01-01")

BIN = Path(sys.executable).parent
ARTIFACTS = PROJECT.target_path / "dagster"
"""What dbt writes, apart from the manifest below; other variables need a folder of their own."""

POOL = "tokenmart"
RETRIES = dg.RetryPolicy(max_retries=2, delay=60, backoff=dg.Backoff.EXPONENTIAL)
"""A build can simply be rerun, and so can landing; the result is identical."""

APPLICATIONS = [name for name in NAMES if os.environ.get(f"TOKENMART_{name.upper()}_URL")]
"""The sources whose databases are read."""

EXTRACTED = dg.AssetKey("extracted_tables")
LANDED = dg.AssetKey("landed_files")
LOADED = [*([EXTRACTED] if APPLICATIONS else []), *([LANDED] if LANDING_FOLDER else [])]
"""What a build waits for."""

if not PROJECT.manifest_path.is_file():
    raise dg.DagsterInvalidDefinitionError(
        f"{PROJECT.manifest_path} does not exist: run `dbt parse` in {PROJECT.root} first."
    )
MANIFEST: Mapping[str, Any] = json.loads(PROJECT.manifest_path.read_text(encoding="utf-8"))


class Layers(DagsterDbtTranslator):
    """Groups assets by layer, and has what reads a source wait for landing."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """`staging`, `ledger`, `intermediate_1_incremental` and so on, `marts` or `seeds`."""
        if dbt_resource_props["resource_type"] != "model":
            return f"{dbt_resource_props['resource_type']}s"
        _, layer, *below = dbt_resource_props["fqn"]
        return f"{layer}_{below[0]}" if layer == "intermediate" else str(layer)

    def get_asset_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetSpec:
        """As dbt describes it; Dagster orders no steps by way of a source, which none makes."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        parents = manifest["parent_map"].get(unique_id, ())
        if any(parent.startswith("source.") for parent in parents):
            return spec.replace_attributes(deps=[*spec.deps, *LOADED])
        return spec


LAYERS = Layers()


@dbt_assets(
    manifest=MANIFEST,
    selector="daily",
    name="dbt_build",
    dagster_dbt_translator=LAYERS,
    retry_policy=RETRIES,
    pool=POOL,
)
def built(context: dg.AssetExecutionContext, dbt: DbtCliResource) -> Iterator[Any]:
    """What `dbt build --selector daily` builds; its data tests are the asset checks."""
    yield from dbt.cli(["build"], context=context, target_path=ARTIFACTS / "build").stream()


@dg.asset(
    group_name="backfill",
    partitions_def=dg.DailyPartitionsDefinition(start_date=FIRST_DAY, end_offset=1),
    backfill_policy=dg.BackfillPolicy.single_run(),
    retry_policy=RETRIES,
    pool=POOL,
)
def recomputed_days(
    context: dg.AssetExecutionContext, dbt: DbtCliResource
) -> dg.MaterializeResult[None]:
    """The days of a backfill, recomputed by one build, however many they are."""
    days = context.partition_key_range
    variables = json.dumps({"start_date": days.start, "end_date": days.end})
    build = dbt.cli(
        ["build", "--selector", "daily", "--vars", variables],
        manifest=MANIFEST,
        dagster_dbt_translator=LAYERS,
        target_path=ARTIFACTS / "backfill",
    )
    for event in build.stream():
        # of the models, which are not this asset
        context.log_event(event)
    return dg.MaterializeResult(metadata={"start_date": days.start, "end_date": days.end})


def tokenmart(*arguments: str) -> Any:
    """What a command answers, whether or not it found something wrong in the data."""
    done = subprocess.run(
        [BIN / "tokenmart", *arguments, "--json"],
        cwd=PROJECT.root,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 1):
        raise dg.Failure(f"tokenmart {arguments[0]} could not run: {done.stderr.strip()}")
    return json.loads(done.stdout)


@dg.asset(
    key=EXTRACTED,
    group_name="sources",
    check_specs=[dg.AssetCheckSpec("every_source", asset=EXTRACTED)],
    retry_policy=RETRIES,
    pool=POOL,
)
def extracted_tables() -> Iterator[Any]:
    """The tables of the applications whose URLs are set.

    One that is down keeps no other from being built; a check is red, and its rows come tomorrow.
    """
    rows: dict[str, int] = {}
    failed: dict[str, str] = {}
    for source in APPLICATIONS:
        try:
            extracted = tokenmart("extract", source)["extracted"]
        except dg.Failure as failure:
            failed[source] = str(failure.description)
        else:
            rows |= {f"{source}.{each['table']}": each["rows"] for each in extracted}
    if not rows:
        raise dg.Failure("\n".join(failed.values()))
    yield dg.MaterializeResult(metadata=rows)
    yield dg.AssetCheckResult(passed=not failed, metadata=failed)


@dg.asset(
    key=LANDED,
    deps=[EXTRACTED] if APPLICATIONS else [],
    group_name="sources",
    retry_policy=RETRIES,
    pool=POOL,
)
def landed_files() -> dg.MaterializeResult[None]:
    """The files of TOKENMART_LANDING_FOLDER in the raw tables."""
    landed = tokenmart("land", str(LANDING_FOLDER))["landed"]
    return dg.MaterializeResult(metadata={each["table"]: each["rows"] for each in landed})


def source_tables() -> Iterator[tuple[dg.AssetSpec, dict[str, Any]]]:
    """The source tables, and what dbt knows of each."""
    for unique_id, table in MANIFEST["sources"].items():
        yield LAYERS.get_asset_spec(MANIFEST, unique_id, None), table


def window(limit: Mapping[str, Any]) -> timedelta:
    """A limit of dbt's freshness, such as 36 hours."""
    return timedelta(**{f"{limit['period']}s": limit["count"]})


def sources() -> Iterator[dg.AssetSpec]:
    """The source tables, with dbt's limits of freshness where they have any."""
    for spec, table in source_tables():
        limits = table["freshness"] or {}
        warn, fail = limits.get("warn_after"), limits.get("error_after")
        policy = None
        if fail and fail["count"]:
            policy = dg.FreshnessPolicy.time_window(
                fail_window=window(fail),
                warn_window=window(warn) if warn and warn["count"] else None,
            )
        yield spec.replace_attributes(freshness_policy=policy, deps=LOADED)


SOURCES = [*sources()]
DATED = {spec.key for spec in SOURCES if spec.freshness_policy}


@dg.multi_asset_check(
    name="source_freshness",
    specs=[
        dg.AssetCheckSpec("is_fresh", asset=key, additional_deps=LOADED) for key in sorted(DATED)
    ],
    pool=POOL,
)
def source_freshness(
    context: dg.AssetCheckExecutionContext, dbt: DbtCliResource
) -> Iterator[dg.AssetCheckResult]:
    """Whether a source's newest row is late; one that is newer than before materializes it."""
    folder = ARTIFACTS / "freshness"
    # what an earlier run found is not what this one finds
    (folder / "sources.json").unlink(missing_ok=True)
    asked = dbt.cli(["source", "freshness"], target_path=folder, raise_on_error=False).wait()
    found = {each["unique_id"]: each for each in asked.get_artifact("sources.json")["results"]}
    for spec, table in source_tables():
        if spec.key not in DATED:
            continue
        result = found[table["unique_id"]]
        newest = result.get("max_loaded_at")
        last = context.instance.get_latest_materialization_event(spec.key)
        seen = last.asset_materialization.metadata if last and last.asset_materialization else {}
        if newest and seen.get("newest_row") != dg.MetadataValue.text(newest):
            context.op_execution_context.log_event(
                dg.AssetMaterialization(spec.key, metadata={"newest_row": newest})
            )
        yield dg.AssetCheckResult(
            asset_key=spec.key,
            passed=result["status"] == "pass",
            severity=severity(is_error=result["status"] != "warn"),
            metadata={"newest_row": newest or "none"},
        )


def severity(*, is_error: bool) -> dg.AssetCheckSeverity:
    """That of a check that does not pass."""
    return dg.AssetCheckSeverity.ERROR if is_error else dg.AssetCheckSeverity.WARN


def relations() -> Iterator[tuple[str, dg.AssetKey]]:
    """The relations that `tokenmart validate` looks at, by its name for them."""
    for spec, table in source_tables():
        yield f"{table['schema']}.{table['identifier']}", spec.key
    for spec in built.specs:
        node = LAYERS.get_resource_props(MANIFEST, spec.metadata["dagster_dbt/unique_id"])
        if spec.group_name in ("ledger", "marts") or node["name"].endswith("_usage_validated"):
            yield f"{node['schema']}.{node['alias']}", spec.key


RELATIONS = dict(relations())


@dg.multi_asset_check(
    name="validate",
    # blocking: a violation fails the run, and keeps what is downstream from reading the marts
    specs=[dg.AssetCheckSpec("validate", asset=key, blocking=True) for key in RELATIONS.values()],
    # a relation without expectations has no result
    can_subset=True,
    pool=POOL,
)
def validate(context: dg.AssetCheckExecutionContext) -> Iterable[dg.AssetCheckResult]:
    """What Great Expectations finds in each relation."""
    by_relation: dict[str, list[dict[str, Any]]] = {}
    for result in tokenmart("validate")["results"]:
        by_relation.setdefault(result["relation"], []).append(result)
    for relation, results in by_relation.items():
        broken = [each for each in results if not each["passed"]]
        check = dg.AssetCheckKey(RELATIONS[relation], "validate")
        if check in context.selected_asset_check_keys:
            yield dg.AssetCheckResult(
                asset_key=check.asset_key,
                passed=not broken,
                severity=severity(is_error=any(each["severity"] == "error" for each in broken)),
                metadata={"expectations": len(results)}
                | {each["expectation"]: f"{each['violations']} {each['unit']}" for each in broken},
            )


nightly = dg.define_asset_job(
    "nightly",
    # checks on what no asset makes, such as a source table, are not among those of all assets
    selection=dg.AssetSelection.all() - dg.AssetSelection.assets(recomputed_days)
    | dg.AssetSelection.checks(source_freshness),
    description="Land, build and test, validate. Reads no partition: a build finds its own days.",
)

defs = dg.Definitions(
    assets=[
        *SOURCES,
        *([extracted_tables] if APPLICATIONS else []),
        *([landed_files] if LANDING_FOLDER else []),
        built,
        recomputed_days,
    ],
    asset_checks=[source_freshness, validate],
    jobs=[nightly],
    schedules=[dg.ScheduleDefinition(job=nightly, cron_schedule="0 2 * * *")],
    resources={
        "dbt": DbtCliResource(
            project_dir=PROJECT.root,
            profiles_dir=os.environ.get("DBT_PROFILES_DIR"),
            dbt_executable=BIN / "dbt",
        )
    },
    executor=dg.in_process_executor,
)
