"""How each budget burns down, with what is still to come."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from tokenmart.relations import Relations
from tokenmart.report.charts import HEIGHT, Plot, Scale, Shape, percent_of, ticks_of
from tokenmart.report.overview import bar_labels
from tokenmart.report.periods import Span
from tokenmart.report.scope import Scope, text
from tokenmart.report.words import UNIT, compact, pico, several, usd
from tokenmart.warehouse import Session

STATUS = "mart_budget_status"
DAILY = "mart_budget_daily"
SHOWN = 12
FIRST = ("over", "at_risk", "no_usage", "too_early", "within", "no_data")
"""What needs a look comes first."""

_COLUMNS = (
    *("budget_name", "scope", "scope_id", "scope_name", "period_start", "period_end"),
    *("amount_usd", "spent_usd", "remaining_usd", "unpriced_tokens"),
    *("forecast_usd", "forecast_low_usd", "forecast_high_usd", "forecast_state"),
    *("runs_out_on", "status"),
)


@dataclass(frozen=True)
class Budget:
    """The latest period of a budget that has data."""

    name: str
    scope: str
    period: str
    status: str
    said: str
    spent: str
    amount: str
    share: str
    forecast: str
    advice: str
    plot: Plot


@dataclass(frozen=True)
class Budgets:
    """Those that are shown, and how many are not."""

    shown: list[Budget]
    more: int


def read_budgets(session: Session, relations: Relations, scope: Scope) -> Budgets:
    """On the page of an organization, its own budgets."""
    where = "where true"
    if scope.organization:
        instance = text(scope.organization.source_instance)
        where = (
            f"where scope = 'org' and scope_id = {text(scope.organization.org_id)}"
            f" and coalesce(source_instance, {instance}) = {instance}"
        )
    rows = session.query(
        f"""
        select {", ".join(_COLUMNS)} from {relations.model(STATUS).sql} {where}
        order by budget_name, case when status = 'no_data' then 1 else 0 end, period_start desc
        """
    ).rows
    latest: dict[str, dict[str, Any]] = {}
    for row in rows:
        latest.setdefault(row[0], dict(zip(_COLUMNS, row, strict=True)))
    found = sorted(
        latest.values(), key=lambda each: (FIRST.index(each["status"]), each["budget_name"])
    )
    days: dict[tuple[str, date], list[tuple[date, int]]] = defaultdict(list)
    if found:
        for name, start, day, cost in session.query(
            f"""
            select budget_name, period_start, usage_date, cost_usd
            from {relations.model(DAILY).sql} {where} and has_data and not is_ahead
            order by usage_date
            """
        ).rows:
            days[name, start].append((day, pico(cost) or 0))
    shown = [
        _budget(each, days[each["budget_name"], each["period_start"]]) for each in found[:SHOWN]
    ]
    return Budgets(shown, len(found) - len(shown))


def _budget(row: dict[str, Any], days: list[tuple[date, int]]) -> Budget:
    money = {name: pico(value) for name, value in row.items() if name.endswith("_usd")}
    span = Span(row["period_start"], row["period_end"])
    of = row["scope_name"] or row["scope_id"]
    forecast = usd(money["forecast_usd"])
    if row["forecast_state"] == "forecast":
        low, high = usd(money["forecast_low_usd"]), usd(money["forecast_high_usd"])
        forecast = f"{forecast} ({low} to {high})"
    return Budget(
        name=row["budget_name"],
        scope=f"{row['scope']} {of}" if of else "all company spend",
        period=str(span),
        status=row["status"],
        said=_said(row, money),
        spent=usd(money["spent_usd"]),
        share=_share(money),
        amount=usd(money["amount_usd"]),
        forecast={"final": "over", "too_early": "too early to tell"}.get(
            row["forecast_state"], forecast
        ),
        advice=_advice(row, money),
        plot=_plot(span, money, days),
    )


def _share(money: dict[str, int | None]) -> str:
    if money["spent_usd"] is None:
        return f"Of {usd(money['amount_usd'])} no spend is known."
    return f"{usd(money['spent_usd'])} of {usd(money['amount_usd'])} spent."


def _said(row: dict[str, Any], money: dict[str, int | None]) -> str:
    """The status in words, which no color replaces."""
    remaining = money["remaining_usd"]
    if row["status"] == "over":
        return f"over by {usd(-(remaining or 0))}"
    return {
        "at_risk": "at risk",
        "within": f"within, {usd(remaining)} left",
        "too_early": "too early to tell",
        "no_usage": "nothing is spent on it",
        "no_data": "no data yet",
    }[row["status"]]


def _advice(row: dict[str, Any], money: dict[str, int | None]) -> str:
    end = row["runs_out_on"]
    day = f"{end:%b} {end.day}" if end else ""
    unpriced = row["unpriced_tokens"]
    blind = f" {compact(unpriced)} tokens without a price are in no sum." if unpriced else ""
    if row["status"] == "over":
        return f"It ran out on {day}: raise it, or find out below what grew." + blind
    if row["status"] == "at_risk":
        return f"It runs out on {day}: act before, or raise it." + blind
    if row["status"] == "no_usage":
        return "Check its scope_id: no usage has it."
    if row["forecast_state"] == "forecast" and (money["forecast_high_usd"] or 0) > (
        money["amount_usd"] or 0
    ):
        return "It holds if days cost what they usually do; the upper end of the band is above it."
    if money["spent_usd"] is None:
        return "Build again when there is usage." + blind
    return "Nothing needs to be done." + blind


def _plot(span: Span, money: dict[str, int | None], days: list[tuple[date, int]]) -> Plot:
    """What is left, day by day, then the band in which it may end."""
    amount = (money["amount_usd"] or 0) / UNIT
    left = amount
    # days before the first that is known are no free ones
    x = 10 * (days[0][0] - span.first).days if days else 0
    points = [(x, amount)]
    for day, cost in days:
        left -= cost / UNIT
        x = 10 * ((day - span.first).days + 1)
        points.append((x, left))
    ends = [
        amount - value / UNIT
        for name in ("forecast_usd", "forecast_low_usd", "forecast_high_usd")
        if (value := money[name]) is not None
    ]
    scale = Scale(min(0.0, *(each for _, each in points), *ends), max(amount, *(ends or [0.0])))
    width = 10 * span.days

    def at(where: int, value: float) -> str:
        return f"{where} {HEIGHT - scale.y(value)}"

    shapes = []
    if len(ends) == 3 and x < width:
        expected, best, worst = ends
        shapes = [
            Shape("band", f"M{at(x, left)}L{at(width, best)}L{at(width, worst)}z"),
            Shape("ahead", f"M{at(x, left)}L{at(width, expected)}"),
        ]
    shapes.append(Shape("s0", "M" + "L".join(at(*point) for point in points) + "h0"))
    return Plot(
        width,
        shapes,
        ticks_of(bar_labels(span, 1), 3),
        scale.ticks,
        percent_of(scale.y(0)),
    )


def budgets_advice(budgets: Budgets) -> str:
    """What to do about all of them."""
    if not budgets.shown:
        return (
            "There is no budget: add lines to the seed budgets, and the next build compares them."
        )
    hot = sum(each.status in ("over", "at_risk") for each in budgets.shown)
    said = f"{several(hot, 'budget')} need{'s' if hot == 1 else ''} a decision. " if hot else ""
    more = f" {several(budgets.more, 'more budget')} in {STATUS}." if budgets.more else ""
    return (
        f"{said}A line is what is left; the band is where four of five such periods end."
        " Budgets overlap where their scopes do, so they do not add up." + more
    )
