"""What is said about a validation: a table for people, a JSON file for machines."""

import json
from typing import Any

from rich.console import Console
from rich.text import Text

from tokenmart.quality.run import Outcome


def print_report(outcomes: list[Outcome], out: Console) -> None:
    """Print what failed, errors first, with counts and sample keys."""
    failed = [outcome for outcome in outcomes if not outcome.passed]
    for outcome in sorted(failed, key=lambda outcome: outcome.is_warning):
        style, word = ("red", "error  ") if outcome.is_error else ("yellow", "warning")
        out.print(Text(word, style), _sentence(outcome), highlight=False, soft_wrap=True)
    out.print(summary_line(outcomes), highlight=False)


def _sentence(outcome: Outcome) -> Text:
    noun = outcome.rule.noun
    broken = f"{noun} breaks" if outcome.violations == 1 else f"{noun}s break"
    return Text(
        f"{outcome.check.label}: {outcome.violations:,} {broken} the rule: {outcome.expectation} "
        f"({_named(outcome.samples)})"
    )


def _named(samples: list[dict[str, str]]) -> str:
    """One column is named once, several with each sample."""
    if len(samples[0]) == 1:
        (column,) = samples[0]
        return f"{column} {', '.join(sample[column] for sample in samples)}"
    return "; ".join(
        ", ".join(f"{column} {value}" for column, value in sample.items()) for sample in samples
    )


def summary_line(outcomes: list[Outcome]) -> str:
    """One line that says how it went."""
    errors = sum(outcome.is_error for outcome in outcomes)
    warnings = sum(outcome.is_warning for outcome in outcomes)
    return (
        f"{len(outcomes)} expectations: {len(outcomes) - errors - warnings} met, "
        f"warnings (quarantined or at the source) {warnings}, errors {errors}."
    )


def as_json(outcomes: list[Outcome], success: bool) -> str:
    """The outcome of every expectation."""
    summary: dict[str, Any] = {
        "success": success,
        "expectations": len(outcomes),
        "warnings": sum(outcome.is_warning for outcome in outcomes),
        "errors": sum(outcome.is_error for outcome in outcomes),
        "results": [
            {
                "layer": outcome.check.layer,
                "relation": outcome.check.label,
                "expectation": outcome.expectation,
                "severity": outcome.severity,
                "passed": outcome.passed,
                "violations": outcome.violations,
                "unit": outcome.rule.noun,
                "sample_keys": outcome.samples,
            }
            for outcome in outcomes
        ],
    }
    return json.dumps(summary, indent=2) + "\n"
