"""The marts, and the audit of the way from the ledger to the facts."""

from collections.abc import Iterator
from itertools import chain

from tokenmart.quality.check import Check, model_check
from tokenmart.quality.expect import never, not_negative, not_null, same_by, unique
from tokenmart.relations import Relations

MONEY = ("recorded_cost_usd", "cost_usd", "company_cost_usd", "personal_cost_usd")
TOKENS = ("record_count", "input_tokens", "output_tokens", "unsplit_tokens", "total_tokens")

MONTH = "cast(date_trunc('month', usage_date) as date) as usage_month"


def mart_checks(relations: Relations) -> Iterator[Check]:
    """The marts say for each of their rows what the facts say; every row is accounted for."""
    cost = relations.model("fct_cost_daily").sql
    for name, system, date, grain in (
        ("mart_cost_by_model_daily", None, "usage_date", ("source_system", "model_id")),
        ("mart_cost_by_project_monthly", "provider", "usage_month", ("project_id",)),
        ("mart_cost_by_org_monthly", "agents", "usage_month", ("org_id",)),
        ("mart_cost_by_employee_monthly", "agents", "usage_month", ("org_id", "employee_id")),
    ):
        if not relations.has_model(name):
            continue
        facts = f"(select *, {MONTH} from {cost}"
        facts += f" where source_system = '{system}')" if system else ")"
        keys = ("source_instance", date, *grain)
        yield model_check(
            relations,
            "marts",
            name,
            date,
            [
                *not_null(date),
                *unique(*keys),
                *not_negative(*TOKENS, "unpriced_tokens"),
                *(not_negative("api_calls", "average_storage_mb") if grain == ("org_id",) else ()),
                *same_by(
                    "each row has the totals of fct_cost_daily",
                    ", ".join(keys),
                    facts,
                    *TOKENS,
                    *MONEY,
                ),
            ],
        )
    if relations.has_model("mart_voice_daily"):
        yield _voice_check(relations)
    yield _audit_check(relations, cost)


def _voice_check(relations: Relations) -> Check:
    counts = ("response_count", "error_count", "function_call_count", "audio_duration_ms")
    return model_check(
        relations,
        "marts",
        "mart_voice_daily",
        "usage_date",
        [
            *not_null("usage_date"),
            *unique("source_instance", "usage_date"),
            *not_negative("p50_latency_ms", "p95_latency_ms"),
            *never("usage_date", "the median is at most p95", "p50_latency_ms > p95_latency_ms"),
            *same_by(
                "each row has the totals of fct_voice_usage_daily",
                "source_instance, usage_date",
                relations.model("fct_voice_usage_daily").sql,
                *counts,
                *("record_count", "input_tokens", "output_tokens", "total_tokens"),
            ),
        ],
    )


def _audit_check(relations: Relations, cost: str) -> Check:
    adds_up = chain.from_iterable(
        never(
            "source_system, usage_date_utc",
            f"{what} of the ledger = counted + quarantined",
            f"{what}_in <> {what}_counted + {what}_quarantined",
        )
        for what in ("rows", "tokens", "recorded_cost_usd")
    )
    is_of_today = same_by(
        "what is counted is what fct_cost_daily holds",
        "source_system, source_instance",
        f"(select *, record_count as rows_counted, total_tokens as tokens_counted from {cost})",
        "rows_counted",
        "tokens_counted",
    )
    return model_check(
        relations,
        "marts",
        "audit_usage_conservation",
        "source_system",
        [*adds_up, *is_of_today],
    )
