"""What is said about a validation: a table for people, a JSON file for machines."""

import json
from pathlib import Path

from rich.text import Text

from tokenmart.console import out
from tokenmart.quality.run import Outcome


def print_report(outcomes: list[Outcome]) -> None:
    """Print what failed, errors first, with counts and sample keys."""
    failed = [outcome for outcome in outcomes if not outcome.passed]
    for outcome in sorted(failed, key=lambda outcome: outcome.is_warning):
        style, word = ("red", "error  ") if outcome.is_error else ("yellow", "warning")
        out.print(Text(word, style), _sentence(outcome), highlight=False, soft_wrap=True)
    out.print(summary_line(outcomes), highlight=False)


def _sentence(outcome: Outcome) -> Text:
    rows = "row breaks" if outcome.violations == 1 else "rows break"
    return Text(
        f"{outcome.check.label}: {outcome.violations:,} {rows} the rule: {outcome.expectation} "
        f"({outcome.check.key} {', '.join(outcome.samples)})"
    )


def summary_line(outcomes: list[Outcome]) -> str:
    """One line that says how it went."""
    errors = sum(outcome.is_error for outcome in outcomes)
    warnings = sum(outcome.is_warning for outcome in outcomes)
    return (
        f"{len(outcomes)} expectations: {len(outcomes) - errors - warnings} met, "
        f"warnings (quarantined or at the source) {warnings}, errors {errors}."
    )


def write_json(outcomes: list[Outcome], path: Path) -> None:
    """Write the outcome of every expectation."""
    path.parent.mkdir(parents=True, exist_ok=True)
    summary = {
        "success": not any(outcome.is_error for outcome in outcomes),
        "expectations": len(outcomes),
        "warnings": sum(outcome.is_warning for outcome in outcomes),
        "errors": sum(outcome.is_error for outcome in outcomes),
        "results": [
            {
                "layer": outcome.check.layer,
                "relation": outcome.check.label,
                "expectation": outcome.expectation,
                "severity": outcome.check.severity,
                "passed": outcome.passed,
                "violations": outcome.violations,
                "sample_keys": outcome.samples,
            }
            for outcome in outcomes
        ],
    }
    path.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
