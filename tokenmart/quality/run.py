"""Runs the checks with Great Expectations, inside the warehouse."""

import logging
import shutil
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import great_expectations as gx
from great_expectations.core import ExpectationValidationResult
from great_expectations.core.run_identifier import RunIdentifier
from great_expectations.data_context.types.base import ProgressBarsConfig
from sqlalchemy import Connection

from tokenmart.errors import UserError
from tokenmart.progress import Progress
from tokenmart.quality import duckdb_dialect
from tokenmart.quality.check import Check
from tokenmart.quality.expectations import Rule
from tokenmart.warehouse import Warehouse

SAMPLE_SIZE = 3


@dataclass(frozen=True)
class Outcome:
    """What came of one rule; samples are keys by the names of their columns, never whole rows."""

    check: Check
    rule: Rule
    violations: int
    samples: list[dict[str, str]] = field(default_factory=list)

    @property
    def expectation(self) -> str:
        return str(self.rule.description)

    @property
    def severity(self) -> Literal["error", "warning"]:
        return "warning" if self.rule.severity == "warning" else "error"

    @property
    def passed(self) -> bool:
        return self.violations == 0

    @property
    def is_error(self) -> bool:
        return not self.passed and self.severity == "error"

    @property
    def is_warning(self) -> bool:
        return not self.passed and self.severity == "warning"


def run_checks(
    checks: list[Check], target: Warehouse, docs: Path, shown: Progress
) -> list[Outcome]:
    """Run every check in the warehouse and write the Data Docs into the folder ``docs``."""
    logging.getLogger("great_expectations").setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", module="great_expectations|duckdb_engine|sqlalchemy")
    duckdb_dialect.register()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    _add_docs_site(context, docs)
    warehouse = context.data_sources.add_sql(
        name="warehouse",
        connection_string=target.url,
        create_temp_table=False,
    )
    run_id = RunIdentifier(run_name="tokenmart validate")
    outcomes: list[Outcome] = []
    engine = warehouse.get_engine()
    try:
        # one connection stays open throughout, so that the others find a DuckDB file already opened
        with engine.connect() as connection:
            for number, check in enumerate(checks, start=1):
                shown.begin(check.label, number, len(checks))
                outcomes += _run_check(context, warehouse, connection, check, run_id)
    finally:
        engine.dispose()
    context.build_data_docs()
    return outcomes


def _add_docs_site(context: Any, folder: Path) -> None:
    """A site of its own for this run: results of earlier ones would be shown next to these."""
    shutil.rmtree(folder, ignore_errors=True)
    context.add_data_docs_site(
        site_name="tokenmart",
        site_config={
            "class_name": "SiteBuilder",
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
            "store_backend": {
                "class_name": "TupleFilesystemStoreBackend",
                "base_directory": str(folder.resolve()),
            },
        },
    )


def _run_check(
    context: Any, warehouse: Any, connection: Connection, check: Check, run_id: RunIdentifier
) -> list[Outcome]:
    asset = warehouse.add_query_asset(name=check.name, query=check.query)
    suite = context.suites.add(gx.ExpectationSuite(name=check.name, expectations=check.rules))
    definition = context.validation_definitions.add(
        gx.ValidationDefinition(
            name=check.name, data=asset.add_batch_definition_whole_table("all rows"), suite=suite
        )
    )
    checkpoint = context.checkpoints.add(
        gx.Checkpoint(name=check.name, validation_definitions=[definition], result_format="SUMMARY")
    )
    (validation,) = checkpoint.run(run_id=run_id).run_results.values()
    rules = {rule.description: rule for rule in check.rules}
    return [
        _outcome(connection, check, rules[result.expectation_config.description], result)
        for result in validation.results
    ]


def _outcome(
    connection: Connection, check: Check, rule: Rule, result: ExpectationValidationResult
) -> Outcome:
    errors = [
        error["exception_message"]
        for error in _exceptions(result.exception_info)
        if error.get("raised_exception")
    ]
    if errors:
        raise UserError(f"{check.name}: the check could not be run: {errors[0].splitlines()[0]}")
    violations = int(result.result["observed_value"])
    samples = _samples(connection, rule.finding(check.query)) if violations else []
    return Outcome(check, rule, violations, samples)


def _exceptions(info: Any) -> list[dict[str, Any]]:
    """Great Expectations gives one exception, or a dictionary of them by metric."""
    return [info] if "raised_exception" in info else list((info or {}).values())


def _samples(connection: Connection, query: str) -> list[dict[str, str]]:
    rows = connection.exec_driver_sql(
        f"select * from ({query}) as found order by 1 limit {SAMPLE_SIZE}"
    )
    return [{name: str(value) for name, value in row.items()} for row in rows.mappings()]
