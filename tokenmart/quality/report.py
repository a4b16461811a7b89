"""What is said about a validation: a table for people, a JSON file for machines."""

import json
from typing import Any

from tokenmart.quality.run import Outcome


def complaints(outcomes: list[Outcome]) -> list[str]:
    """What failed, errors first, with counts and sample keys."""
    failed = [outcome for outcome in outcomes if not outcome.passed]
    return [_sentence(each) for each in sorted(failed, key=lambda each: each.is_warning)]


def _sentence(outcome: Outcome) -> str:
    noun = outcome.rule.noun
    broken = f"{noun} breaks" if outcome.violations == 1 else f"{noun}s break"
    return (
        f"{outcome.severity:7} {outcome.check.label}: {outcome.violations:,} {broken} the rule: "
        f"{outcome.expectation} ({_named(outcome.samples)})"
    )


def _named(samples: list[dict[str, str]]) -> str:
    """One column is named once, several with each sample."""
    if len(samples[0]) == 1:
        (column,) = samples[0]
        return f"{column} {', '.join(sample[column] for sample in samples)}"
    return "; ".join(
        ", ".join(f"{column} {value}" for column, value in sample.items()) for sample in samples
    )


def in_one_line(outcomes: list[Outcome]) -> str:
    """One line that says how it went."""
    errors = sum(outcome.is_error for outcome in outcomes)
    warnings = sum(outcome.is_warning for outcome in outcomes)
    return (
        f"{len(outcomes)} expectations: {len(outcomes) - errors - warnings} met, "
        f"{warnings} warnings (quarantined or at the source), {errors} errors."
    )


def as_data(outcomes: list[Outcome], success: bool) -> dict[str, Any]:
    """The outcome of every expectation."""
    return {
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


def as_json(data: dict[str, Any]) -> str:
    """The same as text."""
    return json.dumps(data, indent=2) + "\n"
