"""Whether the nightly run did its work: the last build, late sources, and what to look at.

``tokenmart status`` shows it to people and monitors; ``tokenmart alert`` holds rules against it.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from tokenmart.project import Project
from tokenmart.relations import Relations
from tokenmart.sources import USAGE, Usage
from tokenmart.today import today
from tokenmart.warehouse import Session

MEASURES = (
    *("build_age_hours", "build_failed", "source_age_hours"),
    *("rows_in", "rows_excluded", "rows_quarantined"),
    *("unpriced_share", "unexplained_usd", "cost_last_day_usd", "cost_this_month_usd"),
    "provisional_days",
)
"""The figures that rules may be about; docs/operations.md says what each is."""

WEEK = timedelta(days=7)
ZERO = Decimal(0)


@dataclass(frozen=True)
class Build:
    """The last run that read the sources and ended, as audit_runs has it."""

    ended_at: datetime
    age_hours: float
    outcome: str
    models_built: int
    failures: str | None


@dataclass(frozen=True)
class Newest:
    """How old the newest row of a source is, against the limits of `dbt source freshness`."""

    source: str
    newest_at: datetime | None
    age_hours: float | None
    warn_after_hours: float | None
    error_after_hours: float | None

    @property
    def state(self) -> str:
        """on time, late, very late, or empty."""
        if self.age_hours is None:
            return "empty"
        if self.error_after_hours is not None and self.age_hours > self.error_after_hours:
            return "very late"
        if self.warn_after_hours is not None and self.age_hours > self.warn_after_hours:
            return "late"
        return "on time"


@dataclass(frozen=True)
class Week:
    """What became of the rows of a source that were first observed in seven days."""

    rows_in: int
    counted: int
    excluded: int
    quarantined: int


@dataclass(frozen=True)
class Arrivals:
    """The last seven days of a source, and the seven before, up to the last build."""

    source: str
    this_week: Week
    week_before: Week


@dataclass(frozen=True)
class Status:
    """Everything, in the order in which it is read."""

    build: Build | None
    sources: list[Newest]
    arrivals: list[Arrivals]
    tokens: int
    unpriced_tokens: int
    """Both of the last 30 days of usage."""

    unexplained_usd: Decimal
    """How far bill and price differ without a known cause, added up over the last 30 days."""

    last_day: date | None
    cost_last_day_usd: Decimal
    cost_this_month_usd: Decimal
    """Of the last day with usage, and of its month."""

    provisional_days: int
    price_list: str | None
    newest_price: date | None

    def problems(self, max_age_hours: float) -> list[str]:
        """What a monitor must hear of."""
        found = []
        if self.build is None:
            found.append("No build is on record: run `tokenmart build`.")
        elif self.build.outcome != "success":
            found.append(f"The last build failed: {self.build.failures}.")
        if self.build and self.build.age_hours > max_age_hours:
            found.append(f"The last build ended {self.build.age_hours:.0f} hours ago.")
        for each in self.sources:
            if each.state == "very late":
                found.append(f"{each.source} is very late: {each.age_hours:.0f} hours.")
        return found

    def measures(self) -> dict[str, dict[str, Decimal]]:
        """Figures by name and by what they are of, for rules; one that is not known is missing."""
        build = self.build
        newest = {
            each.source: Decimal(round(each.age_hours, 2))
            for each in self.sources
            if each.age_hours is not None
        }
        arrivals = {each.source: each.this_week for each in self.arrivals}
        return {
            "build_age_hours": {"": Decimal(round(build.age_hours, 2))} if build else {},
            "build_failed": {"": Decimal(build is None or build.outcome != "success")},
            "source_age_hours": newest,
            "rows_in": {name: Decimal(week.rows_in) for name, week in arrivals.items()},
            "rows_excluded": {name: Decimal(week.excluded) for name, week in arrivals.items()},
            "rows_quarantined": {
                name: Decimal(week.quarantined) for name, week in arrivals.items()
            },
            "unpriced_share": {"": Decimal(self.unpriced_tokens) / self.tokens}
            if self.tokens
            else {},
            "unexplained_usd": {"": self.unexplained_usd},
            "cost_last_day_usd": {"": self.cost_last_day_usd},
            "cost_this_month_usd": {"": self.cost_this_month_usd},
            "provisional_days": {"": Decimal(self.provisional_days)},
        }


def read_status(project: Project, session: Session, relations: Relations) -> Status:
    """Read the heartbeat, the sources and the marts."""
    now = datetime.now(UTC).replace(tzinfo=None)
    build, as_of = _last_build(session, relations, now)
    last_day, tokens, unpriced, last_day_usd, month_usd, provisional = _usage(session, relations)
    price_list, newest_price = _price_list(session, relations)
    return Status(
        build=build,
        sources=_newest(project, session, relations, now),
        arrivals=[
            _arrivals(session, relations, source, usage, as_of or now)
            for source, usage in USAGE.items()
            if relations.is_visible(usage.ledger)
        ],
        tokens=tokens,
        unpriced_tokens=unpriced,
        unexplained_usd=_unexplained(session, relations),
        last_day=last_day,
        cost_last_day_usd=last_day_usd,
        cost_this_month_usd=month_usd,
        provisional_days=provisional,
        price_list=price_list,
        newest_price=newest_price,
    )


def _last_build(
    session: Session, relations: Relations, now: datetime
) -> tuple[Build | None, datetime | None]:
    rows = session.query(
        f"""
        select ended_at, outcome, models_built, failures, as_of
        from {relations.model("audit_runs").sql}
        where reads_sources
        order by ended_at desc
        limit 1
        """
    ).rows
    if not rows:
        return None, None
    ((ended_at, outcome, models_built, failures, as_of),) = rows
    return Build(ended_at, _hours(now - ended_at), outcome, int(models_built), failures), as_of


def _newest(
    project: Project, session: Session, relations: Relations, now: datetime
) -> list[Newest]:
    """By the field, the filter and the limits that `dbt source freshness` takes."""
    found = []
    for node in project.manifest["sources"].values():
        limits = node.get("freshness") or {}
        if node["package_name"] != "tokenmart" or not limits or not node["loaded_at_field"]:
            continue
        relation = relations.source(node["name"])
        if relation is None:
            continue
        where = f"where {limits['filter']}" if limits.get("filter") else ""
        ((newest,),) = session.query(
            f"select max({node['loaded_at_field']}) from {relation.sql} {where}"
        ).rows
        newest = _moment(newest)
        found.append(
            Newest(
                source=node["source_name"],
                newest_at=newest,
                age_hours=_hours(now - newest) if newest else None,
                warn_after_hours=_limit(limits.get("warn_after")),
                error_after_hours=_limit(limits.get("error_after")),
            )
        )
    return found


def _moment(value: Any) -> datetime | None:
    """A time in UTC without a zone, of a day its midnight."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    return datetime.combine(value, time()) if value else None


def _limit(limit: dict[str, Any] | None) -> float | None:
    if not limit or not limit.get("count"):
        return None
    return float(limit["count"]) * {"minute": 1 / 60, "hour": 1, "day": 24}[limit["period"]]


def _arrivals(
    session: Session, relations: Relations, source: str, usage: Usage, until: datetime
) -> Arrivals:
    """The three figures are counted alike: by the moment of a row's first observation."""
    weeks = [
        f"first_observed_at > timestamp '{until - WEEK * (number + 1)}'"
        f" and first_observed_at <= timestamp '{until - WEEK * number}'"
        for number in (0, 1)
    ]
    counts = ", ".join(f"count(case when {week} then 1 end)" for week in weeks)

    def count(model: str, where: str = "") -> list[int]:
        (row,) = session.query(f"select {counts} from {relations.model(model).sql} {where}").rows
        return [int(number) for number in row]

    rows_in = count(usage.ledger, "where row_version = 1")
    excluded, quarantined = count(usage.excluded), count(usage.quarantine)
    return Arrivals(
        source,
        *(
            Week(rows_in=of, counted=of - out - bad, excluded=out, quarantined=bad)
            for of, out, bad in zip(rows_in, excluded, quarantined, strict=True)
        ),
    )


def _usage(
    session: Session, relations: Relations
) -> tuple[date | None, int, int, Decimal, Decimal, int]:
    """The last day, tokens and unpriced ones of 30 days, dollars of the day and month."""
    fact = relations.model("fct_cost_daily").sql
    ((last,),) = session.query(
        f"select max(usage_date) from {fact} where is_counted and total_tokens > 0"
    ).rows
    if last is None:
        return None, 0, 0, ZERO, ZERO, 0
    recent, month = f"usage_date >= date '{last - timedelta(days=29)}'", last.replace(day=1)
    # a bill may have lines of later months
    next_month = (month + timedelta(days=31)).replace(day=1)
    of_month = f"usage_date >= date '{month}' and usage_date < date '{next_month}'"
    (row,) = session.query(
        f"""
        select
            sum(case when {recent} then total_tokens else 0 end),
            sum(case when {recent} and cost_usd is null then total_tokens else 0 end),
            sum(case when usage_date = date '{last}' then coalesce(cost_usd, 0) else 0 end),
            sum(case when {of_month} then coalesce(cost_usd, 0) else 0 end),
            count(distinct case when is_provisional then usage_date end)
        from {fact}
        where is_counted
        """
    ).rows
    tokens, unpriced, day_usd, month_usd, provisional = row
    return last, int(tokens), int(unpriced), day_usd, month_usd, int(provisional)


def _unexplained(session: Session, relations: Relations) -> Decimal:
    if not relations.has_model("mart_cost_reconciliation_daily"):
        return ZERO
    mart = relations.model("mart_cost_reconciliation_daily").sql
    begun = f"usage_date_utc <= date '{today(session, relations)}'"
    ((usd,),) = session.query(
        f"""
        select sum(abs(unexplained_usd))
        from {mart}
        where
            status = 'unexplained'
            and {begun}
            and usage_date_utc
            > (select max(usage_date_utc) from {mart} where {begun}) - interval '30 days'
        """
    ).rows
    return Decimal(usd or 0)


def _price_list(session: Session, relations: Relations) -> tuple[str | None, date | None]:
    """The catalog of most prices, and since when its newest price holds."""
    rows = session.query(
        f"""
        select catalog, max(case when effective_from <= current_date then effective_from end)
        from {relations.model("int_list_prices").sql}
        group by catalog
        order by count(*) desc, catalog
        limit 1
        """
    ).rows
    return rows[0] if rows else (None, None)


def _hours(span: timedelta) -> float:
    return span.total_seconds() / 3600
