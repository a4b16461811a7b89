"""The two kinds of expectations, by which every rule is checked for the price of plain SQL.

Great Expectations' own kinds read a batch two or three times each, to show examples of what they
found nothing of, and fetch it whole to learn its columns. These count, and leave the examples to
those who found something.
"""

from typing import Any, ClassVar

import great_expectations.expectations as gxe
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.core.metric_function_types import MetricPartialFunctionTypes
from great_expectations.execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.expectation import (
    BatchExpectation,
    render_suite_parameter_string,
)
from great_expectations.expectations.metrics.metric_provider import metric_partial
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider
from great_expectations.render import LegacyRendererType, RenderedStringTemplateContent
from great_expectations.render.renderer.renderer import renderer
from sqlalchemy import ColumnElement, case, func, literal_column


class CountWhere(TableMetricProvider):
    """How many rows fulfil a condition; those of one batch are counted in one statement."""

    metric_name = "table.count_where"
    value_keys = ("condition",)

    @metric_partial(
        engine=SqlAlchemyExecutionEngine,
        partial_fn_type=MetricPartialFunctionTypes.AGGREGATE_FN,
        domain_type=MetricDomainTypes.TABLE,
    )
    def _sqlalchemy(
        cls,
        execution_engine: SqlAlchemyExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> tuple[ColumnElement[int], dict[str, Any], dict[str, Any]]:
        condition: ColumnElement[bool] = literal_column(metric_value_kwargs["condition"])
        return func.count(case((condition, 1))), metric_domain_kwargs, {}


class _InWords:
    """Data Docs show what is expected in words."""

    @classmethod
    @renderer(renderer_type=LegacyRendererType.PRESCRIPTIVE)
    @render_suite_parameter_string
    def _prescriptive_renderer(
        cls,
        configuration: Any = None,
        result: Any = None,
        runtime_configuration: Any = None,
        **kwargs: Any,
    ) -> list[RenderedStringTemplateContent]:
        configuration = configuration or result.expectation_config
        words = str(configuration.description).replace("$", "$$")
        return [
            RenderedStringTemplateContent(
                content_block_type="string_template", string_template={"template": words}
            )
        ]


class ExpectNoRowWhere(_InWords, BatchExpectation):
    """No row fulfils the condition. ``keys`` are the columns that name a row."""

    condition: str
    keys: str

    noun: ClassVar[str] = "row"
    metric_dependencies: ClassVar[tuple[str, ...]] = (CountWhere.metric_name,)
    success_keys: ClassVar[tuple[str, ...]] = ("condition", "keys")

    def finding(self, batch: str) -> str:
        """The query for the keys of what breaks the rule."""
        return f"select {self.keys} from ({batch}) as batch where {self.condition}"

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: Any = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        count = metrics[CountWhere.metric_name]
        return {"success": count == 0, "result": {"observed_value": count}}


class ExpectNothingFound(_InWords, gxe.UnexpectedRowsExpectation):
    """The query, which selects the keys of what breaks the rule, finds nothing.

    Great Expectations' own kind would run it a second time, for rows that are not shown.
    """

    noun: str

    metric_dependencies: ClassVar[tuple[str, ...]] = ("unexpected_rows_query.row_count",)

    def finding(self, batch: str) -> str:
        """The query for the keys of what breaks the rule."""
        query = str(self.unexpected_rows_query)
        # like Great Expectations, which leaves the naming to a query with a join
        name = "" if "{batch} as " in query else " as batch"
        return query.replace("{batch}", f"({batch}){name}")

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: Any = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        count = metrics["unexpected_rows_query.row_count"]
        return {"success": count == 0, "result": {"observed_value": count}}


Rule = ExpectNoRowWhere | ExpectNothingFound
