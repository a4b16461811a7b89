"""Why the bill is not what the usage costs at list prices: a step for each known cause."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from tokenmart.relations import Relations
from tokenmart.report.periods import Period
from tokenmart.report.scope import Scope
from tokenmart.report.words import NOT_KNOWN, percent, pico, usd
from tokenmart.warehouse import Session

MART = "mart_cost_reconciliation_daily"
CAUSES = {
    "unknown_tier_usd": "Tiers whose price is not known",
    "unpriced_models_usd": "Models without a price",
    "cache_writes_usd": "Writes to a cache",
    "step_bounds_usd": "Long contexts, at most",
    "non_token_usd": "Searches, storage and the like",
    "credits_usd": "Credits",
    "unknown_lines_usd": "Lines that are not understood",
    "free_tokens_usd": "Free tokens",
    "rounding_usd": "Rounding of the bill's lines",
    "unexplained_usd": "Unexplained",
}
_FIGURES = ("list_cost_usd", "contracted_cost_usd", "billed_cost_usd", *CAUSES)
EXPLAINED = ("reconciled", "explained")


@dataclass(frozen=True)
class BillDay:
    """The billed rows of a day that have one status, or the rows without a bill."""

    day: date
    status: str
    figures: dict[str, int | None]
    gap: int
    moved: int
    """The dollars of its rows, whether billed or credited."""


@dataclass(frozen=True)
class Step:
    """A bar of the waterfall, from left to right in thousandths of its width."""

    style: str
    label: str
    amount: str
    start: int
    width: int


@dataclass(frozen=True)
class Bills:
    """A period's bills against its usage."""

    share: str
    notes: list[str]
    steps: list[Step]
    advice: str
    unbilled: str | None


def read_bills(session: Session, relations: Relations, scope: Scope) -> list[BillDay]:
    """By UTC day, as bills are."""
    result = session.query(
        f"""
        select usage_date_utc, status, {", ".join(f"sum({name})" for name in _FIGURES)},
            sum(abs(coalesce(unexplained_usd, 0))), sum(abs(coalesce(billed_cost_usd, 0)))
        from {relations.model(MART).sql}
        {scope.where("usage_date_utc")}
        group by usage_date_utc, status
        """
    )
    return [
        BillDay(
            day,
            status,
            dict(zip(_FIGURES, map(pico, values), strict=True)),
            pico(gap) or 0,
            pico(moved) or 0,
        )
        for day, status, *values, gap, moved in result.rows
    ]


def bills_of(days: Iterable[BillDay], period: Period) -> Bills:
    """The waterfall from list prices to the bill, which adds up to the last digit."""
    sums: dict[str, int | None] = dict.fromkeys(_FIGURES)
    explained = moved = unbilled = 0
    gaps: dict[date, int] = defaultdict(int)
    for each in days:
        if each.day not in period.span:
            continue
        if each.status == "usage_without_bill":
            unbilled += each.figures["contracted_cost_usd"] or 0
            continue
        for name, amount in each.figures.items():
            if amount is not None:
                sums[name] = (sums[name] or 0) + amount
        moved += each.moved
        if each.status in EXPLAINED:
            explained += each.moved
        else:
            gaps[each.day] += each.gap
    billed = sums["billed_cost_usd"]
    apart = f"{usd(unbilled)} of usage has no bill to compare with." if unbilled else None
    if billed is None:
        return Bills(NOT_KNOWN, ["no bill for these days"], [], _LAND, apart)
    share = percent(explained, moved) if moved else NOT_KNOWN
    what = f"{usd(billed)} billed" if moved == billed else f"{usd(moved)} billed or credited"
    gap = sum(gaps.values())
    return Bills(
        share=share,
        notes=[
            f"of {what} agrees or has a known cause",
            f"the rest leaves {usd(gap)} unexplained",
        ],
        steps=_steps(sums),
        advice=_advice(gaps, billed),
        unbilled=apart,
    )


_LAND = (
    "Land the provider's bill, the table provider_costs, to see whether it agrees with the usage."
)


def _advice(gaps: dict[date, int], billed: int) -> str:
    if not sum(gaps.values()):
        return "Every dollar has a known cause; nothing needs to be done."
    worst = max(gaps, key=lambda day: gaps[day])
    return (
        f"{worst:%b} {worst.day} has the largest gap without a cause, {usd(gaps[worst])}: look at "
        f"that day in {MART}, where status is unexplained, and ask the provider about its lines."
    )


def _steps(sums: dict[str, int | None]) -> list[Step]:
    """From one total to the next; what is nothing is left out."""
    contracted, billed = sums["contracted_cost_usd"] or 0, sums["billed_cost_usd"] or 0
    totals: list[tuple[str, str, int, int]] = []
    if (listed := sums["list_cost_usd"]) is not None:
        totals.append(("total", "At list prices", 0, listed))
        if contracted != listed:
            totals.append(("cause", "Your own prices", listed, contracted))
    totals.append(("total", "At your prices", 0, contracted))
    at = contracted
    for name, label in CAUSES.items():
        if amount := sums[name]:
            style = "gap" if name in ("unexplained_usd", "unknown_lines_usd") else "cause"
            totals.append((style, label, at, at + amount))
            at += amount
    totals.append(("total strong", "Billed by the provider", 0, billed))
    low = min(min(start, end) for _, _, start, end in totals)
    extent = max(1, max(max(start, end) for _, _, start, end in totals) - low)
    return [
        Step(
            style,
            label,
            usd(end) if style.startswith("total") else _signed(end - start),
            1000 * (min(start, end) - low) // extent,
            max(3, 1000 * abs(end - start) // extent),
        )
        for style, label, start, end in totals
    ]


def _signed(amount: int) -> str:
    return usd(amount) if amount < 0 else f"+{usd(amount)}"
