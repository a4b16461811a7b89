"""What a person should look at, and what to do about it: a line each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from tokenmart.relations import Relations
from tokenmart.summary.money import Money
from tokenmart.summary.outcomes import Outcomes
from tokenmart.today import today
from tokenmart.warehouse import Session

_MODEL = "replace(lower(trim(model_id)), '.', '-')"

# as macros/usage/undated_model.sql cuts it off
_EDITION = (
    "([-@]20[0-9][0-9]-?[01][0-9]-?[0-3][0-9]|-(0[1-9]|1[0-2])-20[0-9][0-9]|-00[1-9]|@default)$"
)


@dataclass(frozen=True)
class WarningLine:
    """What is to be looked at, with its figures, and what to do."""

    name: str
    problem: str
    action: str
    figures: dict[str, int | Decimal] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.problem}: {self.action}"


def read_warnings(
    session: Session, relations: Relations, money: Money, sources: Sequence[Outcomes]
) -> list[WarningLine]:
    """Every warning that the warehouse gives cause for, those about money first."""
    return [
        *_counted_twice(session, relations),
        *_bills(session, relations),
        *_other_currencies(session, relations),
        *_days_to_come(session, relations),
        *_budgets(session, relations),
        *_assumed_model(session, relations),
        *_unpriced(session, relations, money),
        *_quarantined(sources),
        *_doubtful_exclusions(session, relations),
        *_stale_marts(relations),
    ]


def _counted_twice(session: Session, relations: Relations) -> Iterator[WarningLine]:
    """Dollars that two sources may both report, as warn_no_usage_is_reported_by_two_sources."""
    usages = f"""
        select
            source_instance,
            usage_date,
            source_system,
            regexp_replace(
                case
                    when {_MODEL} like 'ft:%' then concat('ft:', split_part({_MODEL}, ':', 2))
                    else {_MODEL}
                end,
                '{_EDITION}', ''
            ) as model,
            sum(coalesce(cost_usd, 0)) as cost_usd
        from {relations.model("fct_cost_daily").sql}
        where is_counted and token_source = 'company' and total_tokens > 0 and model_id is not null
        group by 1, 2, 3, 4
    """
    ((models, usd),) = session.query(
        f"""
        select count(distinct days.model), sum(days.cost_usd - days.larger_usd)
        from (
            select model, sum(cost_usd) as cost_usd, max(cost_usd) as larger_usd
            from ({usages}) as usages
            group by source_instance, usage_date, model
            having count(*) > 1
        ) as days
        """
    ).rows
    if models:
        yield WarningLine(
            "counted_twice",
            f"${usd:,.2f} may be counted twice ({_several(models, 'model')})",
            "set the variable observed_through",
            {"usd": usd, "models": models},
        )


def _bills(session: Session, relations: Relations) -> Iterator[WarningLine]:
    """Lines of a bill that count next to the usage that they may be for."""
    if not relations.has_model("mart_cost_reconciliation_daily"):
        return
    ((unknown, days, billed, used),) = session.query(
        f"""
        select
            sum(abs(unknown_lines_usd)),
            count(case when is_beside then 1 end),
            sum(case when is_beside then billed end),
            sum(case when is_beside then used end)
        from (
            select
                sum(unknown_lines_usd) as unknown_lines_usd,
                sum(case status when 'bill_without_usage' then billed_cost_usd end) as billed,
                sum(case status when 'usage_without_bill' then contracted_cost_usd end) as used,
                count(case status when 'bill_without_usage' then 1 end) > 0
                and count(case status when 'usage_without_bill' then 1 end) > 0 as is_beside
            from {relations.model("mart_cost_reconciliation_daily").sql}
            group by source_instance, usage_date_utc
        ) as days
        """
    ).rows
    if unknown:
        yield WarningLine(
            "unknown_bill_lines",
            f"${unknown:,.2f} of bill lines are not understood",
            "map them in seeds/bill_line_items.csv",
            {"usd": unknown},
        )
    ((usd, unexplained_days),) = session.query(
        f"""
        select sum(abs(unexplained_usd)), count(distinct usage_date_utc)
        from {relations.model("mart_cost_reconciliation_daily").sql}
        where status = 'unexplained'
        """
    ).rows
    if usd:
        yield WarningLine(
            "unexplained_bills",
            f"${usd:,.2f} of bills have no known cause ({_several(unexplained_days, 'day')})",
            f"review {relations.model('mart_cost_reconciliation_daily').label}",
            {"usd": usd, "days": unexplained_days},
        )
    if days:
        yield WarningLine(
            "bill_beside_usage",
            f"${billed or 0:,.2f} billed, ${used or 0:,.2f} used match nothing"
            f" ({_several(days, 'day')})",
            "compare project and key",
            {"billed_usd": billed or Decimal(0), "used_usd": used or Decimal(0), "days": days},
        )


def _other_currencies(session: Session, relations: Relations) -> Iterator[WarningLine]:
    """Lines of bills that are in no total, as warn_no_bill_line_is_in_another_currency."""
    if not relations.is_visible("ledger_provider_costs"):
        return
    ledger = relations.model("ledger_provider_costs").sql
    found = session.query(
        f"""
        select upper(trim(currency)), count(*), sum(coalesce(billed_cost_usd, 0))
        from {ledger} as versions
        where
            not is_deleted
            and lower(trim(coalesce(currency, ''))) not in ('', 'usd')
            and not exists (
                select 1 from {ledger} as newer
                where newer.source_instance = versions.source_instance
                and newer.row_key = versions.row_key
                and newer.row_version = versions.row_version + 1
            )
        group by 1
        order by 1
        """
    ).rows
    if found:
        amounts = " and ".join(
            f"{usd:,.2f} {name} ({_several(lines, 'line')})" for name, lines, usd in found
        )
        yield WarningLine(
            "other_currencies",
            f"{amounts} of bills are in no total",
            "convert them to US dollars, and land them again",
            {"lines": sum(lines for _, lines, _ in found)} | {name: usd for name, _, usd in found},
        )


def _days_to_come(session: Session, relations: Relations) -> Iterator[WarningLine]:
    """Dollars of bills for days that have not begun, or that are dated wrongly."""
    fact, last = relations.model("fct_cost_daily"), today(session, relations)
    ((rows, usd, first),) = session.query(
        f"""
        select count(*), sum(cost_usd), min(usage_date)
        from {fact.sql}
        where is_counted and usage_date > date '{last}'
        """
    ).rows
    if rows:
        yield WarningLine(
            "days_to_come",
            f"${usd or 0:,.2f} of the total is dated after {last}, from {first} on"
            f" ({_several(rows, 'row')})",
            f"review {fact.label}",
            {"usd": usd or Decimal(0), "rows": rows},
        )


def _budgets(session: Session, relations: Relations) -> Iterator[WarningLine]:
    """Budgets that are over, or will be, in the last of their periods that has data."""
    if not relations.has_model("mart_budget_status"):
        return
    mart = relations.model("mart_budget_status")
    ((over, usd, at_risk, coming),) = session.query(
        f"""
        select
            count(case when status = 'over' then 1 end),
            sum(case when status = 'over' then -remaining_usd end),
            count(case when status = 'at_risk' then 1 end),
            sum(case when status = 'at_risk' then forecast_usd - amount_usd end)
        from {mart.sql} as latest
        where not exists (
            select 1 from {mart.sql} as later
            where later.budget_name = latest.budget_name
            and later.period_start > latest.period_start and later.status <> 'no_data'
        )
        """
    ).rows
    if over:
        yield WarningLine(
            "budgets_over",
            f"${usd:,.2f} more than allowed is spent ({_several(over, 'budget')})",
            f"review {mart.label}",
            {"usd": usd, "budgets": over},
        )
    if at_risk:
        yield WarningLine(
            "budgets_at_risk",
            f"${coming:,.2f} more than allowed is expected ({_several(at_risk, 'budget')})",
            f"review {mart.label}",
            {"usd": coming, "budgets": at_risk},
        )


def _assumed_model(session: Session, relations: Relations) -> Iterator[WarningLine]:
    """Voice dollars that rest on a model that neither event nor conversation names."""
    if not relations.has_model("fct_voice_usage_daily"):
        return
    ((usd, model),) = session.query(
        f"""
        select sum(contracted_cost_usd), max(model_id)
        from {relations.model("fct_voice_usage_daily").sql}
        where model_source = 'assumed'
        """
    ).rows
    if usd:
        yield WarningLine(
            "assumed_voice_model",
            f"${usd:,.2f} of voice assumes the model {model}",
            "check voice_default_model",
            {"usd": usd},
        )


def _unpriced(session: Session, relations: Relations, money: Money) -> Iterator[WarningLine]:
    """Usage without a cost: tokens, or voice that is priced by its seconds."""
    mart = relations.model("mart_unpriced_usage")
    action = f"add prices, see {mart.label}"
    if money.unpriced_tokens:
        yield WarningLine(
            "unpriced_tokens",
            f"{_several(money.unpriced_tokens, 'token')} {_have(money.unpriced_tokens)} no cost",
            action,
            {"tokens": money.unpriced_tokens},
        )
    ((units,),) = session.query(
        f"select count(distinct quantity_unit) from {mart.sql} where unpriced_quantity > 0"
    ).rows
    if units:
        yield WarningLine(
            "unpriced_quantities",
            f"usage in {_several(units, 'unit')} other than tokens has no cost",
            f"review {mart.label}",
            {"units": units},
        )
    ((milliseconds,),) = session.query(f"select sum(unpriced_audio_ms) from {mart.sql}").rows
    if milliseconds:
        yield WarningLine(
            "unpriced_audio",
            f"{_several(round(milliseconds / 1000), 'second')} of audio have no cost",
            action,
            {"milliseconds": int(milliseconds)},
        )


def _quarantined(sources: Sequence[Outcomes]) -> Iterator[WarningLine]:
    rows = sum(each.quarantined for each in sources)
    if rows:
        yield WarningLine(
            "quarantined_rows",
            f"{_several(rows, 'row')} {_are(rows)} quarantined, so not counted",
            "correct them at the source",
            {"rows": rows},
        )


def _doubtful_exclusions(session: Session, relations: Relations) -> Iterator[WarningLine]:
    """Exclusions that may not be duplicates."""
    if not relations.has_model("audit_provider_exclusions"):
        return
    audit = relations.model("audit_provider_exclusions")
    ((groups,),) = session.query(f"select count(*) from {audit.sql}").rows
    if groups:
        yield WarningLine(
            "doubtful_exclusions",
            f"{_several(groups, 'exclusion')} may not be {_duplicates(groups)}",
            f"review {audit.label}",
            {"groups": groups},
        )


def _stale_marts(relations: Relations) -> Iterator[WarningLine]:
    for label in relations.stale_marts:
        yield WarningLine(
            "stale_mart",
            f"{label} is no longer updated",
            "enable its source, or drop it",
        )


def _several(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _duplicates(number: int) -> str:
    return "a duplicate" if number == 1 else "duplicates"


def _have(number: int) -> str:
    return "has" if number == 1 else "have"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"
