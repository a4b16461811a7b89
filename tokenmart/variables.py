"""The names of dbt variables, of which dbt shows a macro those of the command line only."""

from difflib import get_close_matches
from typing import Any

from tokenmart.errors import UserError
from tokenmart.sources import NAMES

VARIABLES = (
    *("sources_enabled", "source_instance", "reporting_timezone", "voice_default_model"),
    *("level_resource_types", "input_beside_cache", "usage_dimensions"),
    *("max_period_days", "max_window_hours"),
    *("max_future_hours", "max_quantity", "earliest_usage_date", "requests_beside_windows"),
    *("voice_retry_seconds", "source_overlap_days", "provisional_days", "cost_basis"),
    *("observed_through", "loader_tables"),
    *("reconciliation_tolerance_usd", "reconciliation_tolerance_share"),
    *("forecast_minimum_days", "anomaly_days", "anomaly_minimum_days"),
    *("anomaly_minimum_usd", "anomaly_deviations", "shared_cost_method"),
    *("as_of", "start_date", "end_date", "allow_copied_installation", "reset_ledger"),
    *(f"{source}_{part}" for source in NAMES for part in ("database", "schema")),
)
"""Those of tokenmart; macros/config/variables.sql says what each may be."""

_ALIKE = 0.88
"""How much of two names is the same if one is the other with a letter or two wrong."""


def refuse_misspelt(variables: dict[str, Any]) -> None:
    """Name what ``vars`` of dbt_project.yml holds that is nearly one of these.

    Under ``tokenmart`` every name is meant for it; beside it, others may be another package's.
    """
    own = variables.get("tokenmart")
    for name in own if isinstance(own, dict) else ():
        if name not in VARIABLES:
            raise UserError(
                f"The variable {name} under vars: tokenmart: in dbt_project.yml is not known."
                f"{_guess(name) or ' docs/configuration.md lists those that are.'}"
            )
    for name in variables:
        if name not in (*VARIABLES, "tokenmart") and (guess := _guess(name)):
            raise UserError(f"The variable {name} in dbt_project.yml is not known.{guess}")


def _guess(name: object) -> str:
    alike = get_close_matches(str(name), VARIABLES, n=1, cutoff=_ALIKE)
    return f" Is it {alike[0]}?" if alike else ""
