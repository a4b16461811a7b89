"""Runs the checks with Great Expectations, inside the warehouse."""

import logging
import shutil
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import great_expectations as gx
from great_expectations.core import ExpectationValidationResult
from great_expectations.core.run_identifier import RunIdentifier
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.expectations.metadata_types import FailureSeverity
from sqlalchemy import Connection

from tokenmart.errors import UserError
from tokenmart.quality import duckdb_dialect
from tokenmart.quality.check import Check
from tokenmart.warehouse import Warehouse

SAMPLE_SIZE = 3


@dataclass(frozen=True)
class Outcome:
    """What came of one expectation; samples are keys, never whole rows."""

    check: Check
    expectation: str
    passed: bool
    violations: int = 0
    samples: list[str] = field(default_factory=list)

    @property
    def is_error(self) -> bool:
        return not self.passed and self.check.severity == "critical"

    @property
    def is_warning(self) -> bool:
        return not self.passed and self.check.severity == "warning"


def run_checks(
    checks: list[Check], target: Warehouse, docs: Path, on_progress: Callable[[Check], None]
) -> list[Outcome]:
    """Run every check in the warehouse and write the Data Docs into the folder ``docs``."""
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
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
    # one connection stays open throughout, so that the others find the file already opened
    with warehouse.get_engine().connect() as connection:
        for check in checks:
            on_progress(check)
            outcomes += _run_check(context, warehouse, connection, check, run_id)
    context.build_data_docs()
    return outcomes


def _add_docs_site(context: Any, folder: Path) -> None:
    """A site of its own for this run: results of earlier ones would stand beside these."""
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
    suite = context.suites.add(gx.ExpectationSuite(name=check.name))
    for expectation in check.expectations:
        expectation.severity = FailureSeverity(check.severity)
        suite.add_expectation(expectation)
    definition = context.validation_definitions.add(
        gx.ValidationDefinition(
            name=check.name, data=asset.add_batch_definition_whole_table("all rows"), suite=suite
        )
    )
    checkpoint = context.checkpoints.add(
        gx.Checkpoint(
            name=check.name,
            validation_definitions=[definition],
            result_format={
                "result_format": "SUMMARY",
                "partial_unexpected_count": SAMPLE_SIZE,
                "unexpected_index_column_names": [check.key],
            },
        )
    )
    (validation,) = checkpoint.run(run_id=run_id).run_results.values()
    return [_outcome(connection, check, result) for result in validation.results]


def _outcome(connection: Connection, check: Check, result: ExpectationValidationResult) -> Outcome:
    config = result.expectation_config
    assert config is not None
    errors = [
        error["exception_message"]
        for error in _exceptions(result.exception_info)
        if error.get("raised_exception")
    ]
    if errors:
        raise UserError(f"{check.name}: the check could not be run: {errors[0].splitlines()[0]}")
    words = str(config.description)
    query = config.kwargs.get("unexpected_rows_query")
    if result.success:
        return Outcome(check, words, passed=True)
    if query:
        violations = int(result.result["observed_value"])
        samples = _sample_keys(connection, query.replace("{batch}", f"({check.query}) as batch"))
    else:
        violations = int(result.result["unexpected_count"])
        samples = [
            str(row[check.key]) for row in result.result.get("partial_unexpected_index_list", [])
        ]
    return Outcome(check, words, False, violations, samples)


def _exceptions(info: Any) -> list[dict[str, Any]]:
    """Great Expectations gives one exception, or a dictionary of them by metric."""
    return [info] if "raised_exception" in info else list((info or {}).values())


def _sample_keys(connection: Connection, query: str) -> list[str]:
    rows = connection.exec_driver_sql(f"{query} limit {SAMPLE_SIZE}").fetchall()
    return [" ".join(str(value) for value in row) for row in rows]
