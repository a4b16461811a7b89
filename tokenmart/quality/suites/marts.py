"""The marts, and the audit of the way from the ledger to the facts."""

from collections.abc import Iterator
from itertools import chain

from tokenmart.quality.check import Check, model_check
from tokenmart.quality.expect import never, not_null, same_sums
from tokenmart.relations import Relations

MONEY = ("recorded_cost_usd", "cost_usd", "company_cost_usd", "personal_cost_usd")
TOKENS = ("record_count", "input_tokens", "output_tokens", "total_tokens")


def mart_checks(relations: Relations) -> Iterator[Check]:
    """The marts' totals are those of the facts; every row of the ledger is accounted for."""
    cost = relations.model("fct_cost_daily").sql
    for name, system in (
        ("mart_cost_by_model_daily", None),
        ("mart_cost_by_project_monthly", "provider"),
        ("mart_cost_by_org_monthly", "agents"),
        ("mart_cost_by_employee_monthly", "agents"),
    ):
        if relations.has_model(name):
            facts = f"(select * from {cost} where source_system = '{system}')" if system else cost
            agree = same_sums("the totals are those of fct_cost_daily", facts, *TOKENS, *MONEY)
            first_day = "usage_date" if name.endswith("daily") else "usage_month"
            yield model_check(relations, "marts", name, first_day, [*not_null(first_day), *agree])
    if relations.has_model("mart_voice_daily"):
        voice = relations.model("fct_voice_usage_daily").sql
        columns = (
            "response_count",
            "error_count",
            "function_call_count",
            "audio_duration_ms",
            *TOKENS,
        )
        yield model_check(
            relations,
            "marts",
            "mart_voice_daily",
            "usage_date",
            [
                *not_null("usage_date"),
                *same_sums("the totals are those of fct_voice_usage_daily", voice, *columns),
                *never(
                    "usage_date", "the median is at most p95", "p50_latency_ms > p95_latency_ms"
                ),
            ],
        )
    yield model_check(
        relations,
        "marts",
        "audit_usage_conservation",
        "source_system",
        chain.from_iterable(
            never(
                "source_system, usage_date_utc",
                f"{what} of the ledger = counted + quarantined",
                f"{what}_in <> {what}_counted + {what}_quarantined",
            )
            for what in ("rows", "tokens", "recorded_cost_usd")
        ),
    )
