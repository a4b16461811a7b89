"""``tokenmart summary``: what usage cost, what to look at, and where the rows went."""

from dataclasses import asdict
from decimal import Decimal
from pathlib import Path

from tokenmart.commands.shape import Report
from tokenmart.commands.table import print_table, say_wrapped
from tokenmart.console import say
from tokenmart.project import Project
from tokenmart.relations import Relations
from tokenmart.summary import Summary, summarize
from tokenmart.summary.money import ZERO, Change, Money, in_cents
from tokenmart.summary.outcomes import Outcomes
from tokenmart.warehouse import warehouse_of

MONTHS_SHOWN = 6

BASES = {
    "billed": "charged by the provider",
    "contracted": "estimated at your own prices, else list prices",
    "list": "estimated at list prices",
    "recorded": "estimated by the application",
}
"""Where a cost comes from, the surest first."""

COUNTS = ("rows in", "deleted", "counted", "excluded", "quarantined")


def run(project: Project) -> Report:
    """Show what usage cost, what to look at, and where rows went.

    Reads the marts as the last build left them.
    """
    return show(project)


def show(project: Project, page: Path | None = None) -> Report:
    """The same, which may end with a page that was written of it."""
    warehouse = warehouse_of(project)
    with warehouse.read() as session:
        relations = Relations(project, session)
        summary = summarize(session, relations)
    docs = project.target_path / "quality" / "data_docs" / "index.html"
    places = {"database": warehouse.location, "data_docs": docs if docs.is_file() else None}
    # a page to look at says what most people want to know
    shown = {"page": page, "database": warehouse.location} if page else places
    _print_money(summary.money)
    _print_warnings(summary)
    _print_months(summary.money)
    _print_tops(summary)
    print_outcomes(summary.sources)
    say("Where to look next", style="bold")
    for name, place in shown.items():
        if place:
            say_wrapped(f"{name.replace('_', ' '):10} {place}", "  ", "             ")
    mart = relations.model("mart_cost_by_model_daily").label
    say_wrapped(f"query      select * from {mart} limit 20", "  ", "             ")
    return Report({**asdict(summary), **places, "page": page})


def _print_money(money: Money) -> None:
    if money.first_day is None or money.last_day is None:
        say("No usage is counted yet.", style="bold")
        return
    latest = money.latest
    say(f"Total cost  {_usd(money.cost_usd)}, {money.first_day} to {money.last_day}", style="bold")
    say(f"{latest.month:%b %Y}    {_usd(latest.cost_usd)}{compared(money.change)}")
    parts = {
        basis: money.cost_by_basis_usd[basis] for basis in BASES if basis in money.cost_by_basis_usd
    }
    shown = [_usd(cents) for cents in in_cents([*parts.values()])]
    width = max(map(len, (_usd(ZERO), *shown)))
    for (basis, usd), cents in zip(parts.items(), shown, strict=True):
        share = _share(usd, money.cost_usd)
        say(f"{basis.capitalize():10}  {cents:>{width}}  {share:>6}  {BASES[basis]}")
    if money.personal_cost_usd:
        say(f"Personal    {_usd(money.personal_cost_usd)} of the total was paid by employees")
    if money.unpriced_tokens:
        share = _share(Decimal(money.unpriced_tokens), Decimal(money.tokens))
        say(f"Unpriced    {money.unpriced_tokens:,} tokens ({share}) have no cost")


def compared(change: Change | None) -> str:
    """By how much a month rose or fell."""
    if change is None:
        return ", the first month"
    days = ""
    if change.first_day and (change.first_day > 1 or change.last_day):
        days = f", days {change.first_day} to {change.last_day or 'the end'} of both"
    if change.share is None:
        return f"; nothing to compare with in {change.month:%B}{days}"
    direction = "down" if change.share < 0 else "up"
    return f", {direction} {abs(change.share):.1%} from {change.month:%B}{days}"


def _print_warnings(summary: Summary) -> None:
    number = len(summary.warnings)
    say()
    say(f"{number or 'No'} warning{'' if number == 1 else 's'}", style="bold")
    for warning in summary.warnings:
        say_wrapped(str(warning), "  ", "      ")


def _print_months(money: Money) -> None:
    say()
    shown = money.months[-MONTHS_SHOWN:]
    title = "Months" if len(shown) == len(money.months) else f"The last {MONTHS_SHOWN} months"
    print_table(
        f"{title}, cost in US dollars",
        ("month", "tokens", "unpriced", "cost", "billed", "estimated"),
        [
            (
                *(each.month, each.tokens, each.unpriced_tokens, each.cost_usd),
                *in_cents([each.billed_usd, each.estimated_usd]),
            )
            for each in shown
        ],
    )
    say()


def _print_tops(summary: Summary) -> None:
    if summary.organizations:
        print_table(
            "Top organizations by company cost",
            ("organization", "tokens", "company USD", "personal USD"),
            [
                (each.organization, each.tokens, each.company_cost_usd, each.personal_cost_usd)
                for each in summary.organizations
            ],
        )
        say()
    print_table(
        "Top models by cost",
        ("model", "source", "tokens", "recorded USD", "cost USD"),
        [
            (each.model, each.source, each.tokens, each.recorded_cost_usd, each.cost_usd)
            for each in summary.models
        ],
    )
    say()


def print_outcomes(sources: list[Outcomes]) -> None:
    """Print the outcome of every row by source, then the reasons."""
    print_table(
        "Rows: each one is counted, excluded or quarantined",
        ("source", *COUNTS, "tokens counted"),
        [
            (
                *(each.source, each.rows_in, each.rows_deleted, each.counted, each.excluded),
                *(each.quarantined, each.tokens_counted),
            )
            for each in sources
        ],
    )
    for each in sources:
        _print_reasons(f"{each.source} excluded", each.exclusion_reasons)
        _print_reasons(f"{each.source} quarantined", each.quarantine_reasons)
    say()


def _print_reasons(what: str, reasons: dict[str, int]) -> None:
    if reasons:
        listed = ", ".join(f"{reason} {rows:,}" for reason, rows in reasons.items())
        say_wrapped(f"{what}: {listed}", "  ", "      ")


def _usd(amount: Decimal) -> str:
    return f"-${-amount:,.2f}" if amount < 0 else f"${amount:,.2f}"


def _share(part: Decimal, whole: Decimal) -> str:
    return f"{part / whole:.1%}" if whole > 0 else ""
