"""Everything that a page says, read in one session: each section by itself."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeVar

from tokenmart.relations import Relations
from tokenmart.report import anomalies, bills, budgets, classes, members, movers, quality, voice
from tokenmart.report.cube import Cube, read_cube
from tokenmart.report.periods import Period, periods
from tokenmart.report.scope import Scope, organizations
from tokenmart.today import today
from tokenmart.warehouse import Session

Found = TypeVar("Found")

FACT = "fct_cost_daily"


@dataclass(frozen=True)
class Section:
    """What a section says for each period, or why it says nothing."""

    of_period: list[Any]
    missing: str | None = None


@dataclass(frozen=True)
class Page:
    """The data of a page."""

    scope: Scope
    cube: Cube
    periods: list[Period]
    built: str
    bills: Section
    budgets: Section
    movers: Section
    anomalies: Section
    classes: Section
    teams: Section
    voice: Section
    unpriced: Section
    rows: Section


def read_page(session: Session, relations: Relations, scope: Scope) -> Page:
    """Read the marts, each once."""
    known = organizations(session, relations)
    last = today(session, relations)
    if scope.since is None:
        scope = Scope(_opening_day(session, relations, scope, last), scope.organization)
    cube = read_cube(session, relations, scope, known)
    span = cube.span
    # a bill may have lines of later days
    shown = periods(span.first, max(span.first, min(span.last, last))) if span else []

    def section(
        marts: tuple[str, ...],
        read: Callable[[], Found],
        of_period: Callable[[Found, Period], Any] | None = None,
    ) -> Section:
        for mart in marts:
            if not relations.is_visible(mart):
                return Section([], _missing(relations, mart))
        found = read()
        return Section([of_period(found, each) for each in shown] if of_period else [found])

    # what only the whole warehouse has is on no page of one organization
    of_all = scope.organization is None
    none = Section([])
    return Page(
        scope=scope,
        cube=cube,
        periods=shown,
        built=last_build(session, relations),
        bills=section(
            (bills.MART,), lambda: bills.read_bills(session, relations, scope), bills.bills_of
        )
        if of_all
        else none,
        budgets=section(
            (budgets.STATUS, budgets.DAILY),
            lambda: budgets.read_budgets(session, relations, scope),
        ),
        movers=section(
            (movers.MART,), lambda: movers.read_movers(session, relations, scope), movers.movers_of
        )
        if of_all
        else none,
        anomalies=section(
            (anomalies.MART,),
            lambda: anomalies.read_anomalies(session, relations, scope),
            anomalies.anomalies_of,
        ),
        classes=section(
            (classes.MART,),
            lambda: classes.read_classes(session, relations, scope),
            classes.classes_of,
        )
        if of_all
        else none,
        teams=section(
            (FACT,),
            lambda: members.read_teams(session, relations, scope, known),
            members.teams_of,
        ),
        voice=section(
            (voice.MART,), lambda: voice.read_voice(session, relations, scope), voice.voice_of
        )
        # who has no voice need not hear of it
        if of_all and relations.has_model(voice.MART)
        else none,
        unpriced=section((quality.UNPRICED,), lambda: quality.read_unpriced(session, relations))
        if of_all
        else none,
        rows=section((quality.AUDIT,), lambda: quality.read_rows(session, relations))
        if of_all
        else none,
    )


def _missing(relations: Relations, mart: str) -> str:
    if relations.has_model(mart):
        return (
            f"{mart} is not in this warehouse, or is hidden from this user: run tokenmart build, "
            "or grant select on it."
        )
    return f"{mart} was not part of the last build: enable its source and run tokenmart build."


def _opening_day(session: Session, relations: Relations, scope: Scope, today: date) -> date | None:
    """The first day of the month two months before the last day that has usage."""
    begun = f"usage_date <= date '{today}'"
    ((last,),) = session.query(
        f"""
        select max(usage_date) from {relations.model(FACT).sql}
        {scope.where("usage_date", "is_counted", begun)}
        """
    ).rows
    day: date | None = last
    for _ in range(2):
        day = day and (day.replace(day=1) - timedelta(days=1))
    return day and day.replace(day=1)


def last_build(session: Session, relations: Relations) -> str:
    """When the latest build ended, in UTC."""
    if not relations.is_visible("audit_runs"):
        return ""
    ((ended,),) = session.query(
        f"select max(ended_at) from {relations.model('audit_runs').sql}"
    ).rows
    return f"{ended:%Y-%m-%d %H:%M:%S} UTC" if ended else ""
