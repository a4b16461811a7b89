"""The marts, and the audit of the way from the ledger to the facts."""

from collections.abc import Iterator

from tokenmart.quality.check import Check, model_check
from tokenmart.quality.expect import never, no_rows, not_negative, not_null, same_by, unique, warn
from tokenmart.quality.expectations import Rule
from tokenmart.quality.suites.facts import INPUT_CLASSES, OUTPUT_CLASSES
from tokenmart.relations import Relations
from tokenmart.sources import USAGE

MONEY = (
    *("list_cost_usd", "contracted_cost_usd", "recorded_cost_usd", "billed_cost_usd"),
    *("cost_usd", "company_cost_usd", "personal_cost_usd"),
)
TOKENS = ("record_count", "input_tokens", "output_tokens", "unsplit_tokens", "total_tokens")

MONTH = "cast(date_trunc('month', usage_date) as date) as usage_month"
UNPRICED = (
    "case when cost_usd is null then total_tokens else 0 end as unpriced_tokens,"
    " case when list_cost_usd is null then total_tokens else 0 end as unlisted_tokens"
)


def mart_checks(relations: Relations) -> Iterator[Check]:
    """The marts say what the facts say, row by row; every row of the ledger is accounted for."""
    cost = relations.model("fct_cost_daily").sql
    for name, date, grain in (
        ("mart_cost_by_model_daily", "usage_date", ("source_system", "model_id")),
        ("mart_cost_by_project_monthly", "usage_month", ("project_id",)),
        ("mart_cost_by_org_monthly", "usage_month", ("org_id",)),
        ("mart_cost_by_employee_monthly", "usage_month", ("org_id", "employee_id")),
        (
            *("mart_cost_by_team_monthly", "usage_month"),
            ("org_id", "team_id", "resource_type", "model_id", "canonical_model_id"),
        ),
    ):
        if not relations.has_model(name):
            continue
        ids = [
            "coalesce(org_id, '(no organization)') as org_id" if column == "org_id" else column
            for column in grain
        ]
        columns = ["source_instance", "usage_date", *ids, *TOKENS, *MONEY]
        facts = f"(select {', '.join(columns)}, {MONTH}, {UNPRICED} from {cost} where is_counted)"
        keys = ", ".join(("source_instance", date, *grain))
        yield model_check(
            relations,
            "marts",
            name,
            not_null(keys, "source_instance", date),
            unique(*keys.split(", ")),
            not_negative(keys, *TOKENS, "unpriced_tokens", "unlisted_tokens"),
            same_by(
                "each row has the totals of fct_cost_daily, and none is missing",
                keys,
                facts,
                *TOKENS,
                *("unpriced_tokens", "unlisted_tokens"),
                *MONEY,
                # but for rows of nothing but what another source contains already;
                # what was billed for no usage has no contracted cost
                mine="(select * from {batch} where record_count <> 0 or contracted_cost_usd is null"
                " or (observed_tokens = 0 and coalesce(observed_cost_usd, 1) = 0))",
            ),
            _showback(keys) if date == "usage_month" else (),
            _resources(relations)
            if name == "mart_cost_by_org_monthly" and relations.has_model("fct_agent_usage_daily")
            else (),
        )
    if relations.has_model("mart_voice_daily"):
        yield _voice_check(relations, cost)
    yield _unpriced_check(relations)
    if relations.has_model("mart_cost_reconciliation_daily"):
        yield _reconciliation_check(relations, cost)
    yield _audit_check(relations, cost)


def _unpriced_check(relations: Relations) -> Check:
    keys = "source_system, source_instance, provider, model_id, token_class"
    facts = [
        f"select '{system}' as source_system, source_instance,"
        f" {'provider' if system == 'provider' else 'cast(null as varchar)'} as provider,"
        f" model_id, {_class_name(name)} as token_class, {tokens} as tokens,"
        f" {'quantity' if name == 'quantity' else 'cast(null as decimal(38, 9))'}"
        " as unpriced_quantity"
        f" from {relations.model(usage.fact).sql}"
        # not by `like`: psycopg2 takes a % for a parameter
        f" where position(', {name},' in concat(', ', unpriced_classes, ',')) > 0"
        for system, usage in USAGE.items()
        if relations.has_model(usage.fact)
        for name, tokens in (
            *((name, f"{name}_tokens") for name in (*INPUT_CLASSES, *OUTPUT_CLASSES)),
            *usage.further_classes,
        )
    ]
    return model_check(
        relations,
        "marts",
        "mart_unpriced_usage",
        not_null(keys, "source_system", "source_instance", "token_class", "tokens"),
        unique(*keys.split(", ")),
        not_negative(keys, "tokens"),
        same_by(
            "the tokens without a price are listed, and no others",
            keys,
            f"({' union all '.join(facts)})",
            *("tokens", "unpriced_quantity"),
        ),
        never(keys, "what has a cost is a part of it", "costed_tokens not between 0 and tokens"),
        never(keys, "a share is a part of the whole", "share_of_all_tokens not between 0 and 1"),
    )


def _class_name(name: str) -> str:
    """A class as the mart names it: of a quantity, with its unit."""
    return "'quantity:' || quantity_unit" if name == "quantity" else f"'{name}'"


def _reconciliation_check(relations: Relations, cost: str) -> Check:
    keys = "source_instance, usage_date_utc, provider, project_id, openai_api_key_id"
    day = "source_instance, usage_date_utc"
    causes = (
        *("unknown_tier_usd", "unpriced_models_usd", "step_bounds_usd", "non_token_usd"),
        *("credits_usd", "unknown_lines_usd", "free_tokens_usd", "cache_writes_usd"),
        "rounding_usd",
    )
    return model_check(
        relations,
        "marts",
        "mart_cost_reconciliation_daily",
        not_null(keys, "source_instance", "usage_date_utc", "status"),
        unique(*keys.split(", ")),
        not_negative(keys, "line_count", "record_count", "total_tokens", "unpriced_tokens"),
        same_by(
            "each day has the usage and the bill of fct_cost_daily, and none is missing",
            day,
            f"(select * from {cost} where source_system in ('provider', 'billing'))",
            *("record_count", "total_tokens"),
            *("recorded_cost_usd", "list_cost_usd", "contracted_cost_usd", "billed_cost_usd"),
        ),
        never(
            keys,
            "the residual is the bill less the contracted cost",
            "residual_usd <> billed_cost_usd - coalesce(contracted_cost_usd, 0)"
            " or (residual_usd is null) <> (status = 'usage_without_bill')",
        ),
        never(
            keys,
            "the causes and what is unexplained make up the residual",
            f"residual_usd <> {' + '.join(causes)} + unexplained_usd",
        ),
        never(
            keys,
            "reconciled and explained are within tolerance",
            "(status = 'reconciled' and abs(residual_usd) > tolerance_usd)"
            " or (status in ('reconciled', 'explained') and abs(unexplained_usd) > tolerance_usd)",
        ),
        warn(
            never(keys, "no line of a bill is of unknown meaning", "unknown_lines_usd <> 0"),
            no_rows(
                "no bill without usage has usage without a bill beside it",
                f"select {day} from {{batch}} group by {day}"
                " having count(case status when 'bill_without_usage' then 1 end) > 0"
                " and count(case status when 'usage_without_bill' then 1 end) > 0",
                noun="day",
            ),
        ),
    )


def _showback(keys: str) -> list[Rule]:
    return [
        *no_rows(
            "what is shared of a month adds up to nothing",
            "select source_instance, usage_month from {batch} group by 1, 2"
            " having sum(shared_cost_usd) <> 0",
        ),
        *never(
            keys,
            "what is shown is the company cost with what is shared",
            "showback_cost_usd <> coalesce(company_cost_usd, 0) + shared_cost_usd"
            " or (showback_cost_usd is null) <> (company_cost_usd is null and shared_cost_usd = 0)",
        ),
        *never(
            keys,
            "the change is against the month before",
            "company_cost_change_usd <> company_cost_usd - previous_company_cost_usd",
        ),
    ]


def _resources(relations: Relations) -> list[Rule]:
    usage = relations.model("fct_agent_usage_daily").sql
    keys = "source_instance, usage_month, org_id"
    return [
        *same_by(
            "the calls are those of fct_agent_usage_daily",
            keys,
            f"(select *, {MONTH}, case resource_type when 'api_calls' then quantity else 0 end"
            f" as api_calls from {usage})",
            "api_calls",
            # not those of whom the agents know nothing
            mine="(select * from {batch} where api_calls is not null)",
        ),
        *no_rows(
            "the storage is the average of the days on which it was measured",
            "select mart.source_instance, mart.usage_month, mart.org_id from {batch} as mart"
            f" left join (select source_instance, {MONTH}, org_id, sum(quantity) as total,"
            f" count(distinct usage_date) as days from {usage} where resource_type = 'storage_mb'"
            f" group by source_instance, cast(date_trunc('month', usage_date) as date), org_id)"
            " as measured on mart.source_instance = measured.source_instance"
            " and mart.usage_month = measured.usage_month and mart.org_id = measured.org_id"
            " where (mart.average_storage_mb is null) <> (measured.days is null)"
            # rounded to six digits
            " or abs(mart.average_storage_mb * days - total) > 0.000001 * days",
        ),
    ]


def _voice_check(relations: Relations, cost: str) -> Check:
    keys = "source_instance, usage_date"
    counts = ("response_count", "error_count", "function_call_count", "audio_duration_ms")
    usage = relations.model("fct_voice_usage_daily").sql
    validated = relations.model("int_voice_usage_validated").sql
    return model_check(
        relations,
        "marts",
        "mart_voice_daily",
        not_null(keys, "source_instance", "usage_date"),
        unique("source_instance", "usage_date"),
        same_by(
            "each row has the totals of fct_voice_usage_daily, and none is missing",
            keys,
            f"(select *, {UNPRICED} from {usage})",
            *counts,
            *("record_count", "input_tokens", "output_tokens", "total_tokens"),
            *("unpriced_tokens", "unlisted_tokens"),
            *("list_cost_usd", "contracted_cost_usd", "recorded_cost_usd"),
        ),
        same_by(
            "the cost is that of fct_cost_daily",
            keys,
            f"(select {keys}, case when is_counted then cost_usd else 0 end as cost_usd,"
            f" observed_cost_usd from {cost} where source_system = 'voice')",
            "cost_usd",
            "observed_cost_usd",
        ),
        same_by(
            "conversations and users are those of fct_voice_usage_daily",
            keys,
            f"(select {keys}, count(distinct conversation_id) as conversation_count,"
            f" count(distinct user_id) as user_count from {usage} group by {keys})",
            "conversation_count",
            "user_count",
        ),
        never(keys, "the median is at most p95", "p50_latency_ms > p95_latency_ms"),
        never(
            keys,
            "percentiles are given where latencies are known",
            "(known_latency_count > 0) <> (p50_latency_ms is not null)"
            " or (known_latency_count > 0) <> (p95_latency_ms is not null)",
        ),
        never(
            keys,
            "known latencies are those of records",
            "known_latency_count not between 0 and record_count",
        ),
        no_rows(
            "a percentile is a latency that was measured",
            "select mart.source_instance, mart.usage_date from (select source_instance, usage_date,"
            " p50_latency_ms as latency from {batch} union all"
            " select source_instance, usage_date, p95_latency_ms from {batch}) as mart"
            f" left join (select distinct source_instance, latency_ms from {validated}"
            " where quarantine_reasons is null and latency_ms > 0) as measured"
            " on mart.source_instance = measured.source_instance"
            " and mart.latency = measured.latency_ms"
            " where mart.latency is not null and measured.latency_ms is null",
        ),
    )


def _audit_check(relations: Relations, cost: str) -> Check:
    figures = ("rows", "tokens", "recorded_cost_usd")
    keys = "source_system, source_instance, usage_date_utc"
    return model_check(
        relations,
        "marts",
        "audit_usage_conservation",
        unique(*keys.split(", ")),
        *(
            never(
                keys,
                f"{what} of the ledger = counted + excluded + quarantined",
                f"{what}_in <> {what}_counted + {what}_excluded + {what}_quarantined",
            )
            for what in figures
        ),
        same_by(
            "what is counted is what fct_cost_daily holds",
            keys,
            "(select source_system, source_instance,"
            # a period has no UTC day
            " case when source_system <> 'agents' then usage_date_utc end as usage_date_utc,"
            " record_count as rows_counted, total_tokens as tokens_counted,"
            " coalesce(recorded_cost_usd, 0) as recorded_cost_usd_counted"
            # a bill without usage is no row of a usage ledger
            f" from {cost} where source_system <> 'billing')",
            *(f"{what}_counted" for what in figures),
            mine="(select * from {batch} where rows_counted <> 0 or tokens_counted <> 0"
            " or recorded_cost_usd_counted <> 0)",
        ),
        *(
            same_by(
                f"what is {outcome} is what the tables of it hold",
                "source_system, source_instance",
                f"({' union all '.join(_rows_of(relations, outcome))})",
                f"rows_{outcome}",
                mine=f"(select * from {{batch}} where rows_{outcome} <> 0)",
            )
            for outcome in ("quarantined", "excluded")
        ),
        same_by(
            "what came in is what the ledger holds",
            "source_system, source_instance",
            f"({' union all '.join(_observed(relations))})",
            "rows_in",
            mine="(select * from {batch} where rows_in <> 0)",
        ),
    )


def _rows_of(relations: Relations, outcome: str) -> Iterator[str]:
    for source, usage in USAGE.items():
        name = usage.quarantine if outcome == "quarantined" else usage.excluded
        if relations.has_model(name):
            yield (
                f"select '{source}' as source_system, source_instance, 1 as rows_{outcome}"
                f" from {relations.model(name).sql}"
            )


def _observed(relations: Relations) -> Iterator[str]:
    for source, usage in USAGE.items():
        if relations.has_model(usage.ledger):
            yield (
                f"select '{source}' as source_system, source_instance, 1 as rows_in"
                f" from {relations.model(usage.ledger).sql} where row_version = 1"
            )
