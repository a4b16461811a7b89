"""Lines of a table whose members have no place in the cube: teams."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from tokenmart.labels import told_apart
from tokenmart.relations import Relations
from tokenmart.report.periods import Period, Span
from tokenmart.report.scope import Organization, Scope
from tokenmart.report.words import LETTERS, NOTHING, change, compact, pico, share_of, usd
from tokenmart.warehouse import Session

SHOWN = 10


Key = tuple[str, str, str]
"""The instance of the source, and the ids of organization and team; what is none is ''."""


@dataclass(frozen=True)
class TeamDay:
    """The counted usage of a team on a day; a cost that is not known is None."""

    day: date
    key: "Key"
    team: str
    organization: str
    tokens: int
    cost: int | None
    personal: int | None


@dataclass(frozen=True)
class Team:
    """A line of the table."""

    name: str
    organization: str
    cost: str
    share: int
    change: str
    tokens: str
    personal: str


def read_teams(
    session: Session, relations: Relations, scope: Scope, organizations: list[Organization]
) -> list[TeamDay]:
    """By day, because a running month is compared with the same days of the one before."""
    result = session.query(
        f"""
        select
            usage_date, source_instance, org_id, team_id, max(team_name),
            sum(total_tokens), sum(company_cost_usd), sum(personal_cost_usd)
        from {relations.model("fct_cost_daily").sql}
        {scope.where("usage_date", "is_counted", "(org_id is not null or team_id is not null)")}
        group by usage_date, source_instance, org_id, team_id
        order by usage_date
        """
    )
    called = {(each.source_instance, each.org_id): each.name for each in organizations}
    # the last name that a team had
    names = {row[1:4]: row[4] for row in result.rows if row[4]}
    return [
        TeamDay(
            day,
            (instance, org or "", team or ""),
            names.get((instance, org, team), team) or "no team",
            called.get((instance, org), org or ""),
            int(tokens),
            pico(cost),
            pico(personal),
        )
        for day, instance, org, team, _, tokens, cost, personal in result.rows
    ]


def teams_of(days: list[TeamDay], period: Period) -> list[Team]:
    """The teams that cost most, and all others in a line."""
    whole, now, before = (_sums(days, span) for span in (period.span, period.now, period.before))
    called = {each.key: (each.team, each.organization) for each in days}
    order = sorted(whole, key=lambda key: (-(whole[key][1] or 0), -whole[key][0], called[key], key))
    largest = max([1, *(cost or 0 for _, cost, _ in whole.values())])
    shown = order[:SHOWN]
    names = told_apart(
        [called[key] for key in shown],
        [called[key][0] for key in shown],
        ["/".join(filter(None, key)) for key in shown],
    )
    groups = [([key], name, called[key][1]) for key, name in zip(shown, names, strict=True)]
    if rest := order[SHOWN:]:
        groups.append((rest, f"{len(rest)} more teams", ""))
    lines = []
    for keys, name, organization in groups:
        tokens, cost, personal = _added(whole, keys)
        lines.append(
            Team(
                name,
                organization,
                usd(cost),
                share_of(cost, largest),
                change(_added(now, keys)[1], _added(before, keys)[1]) if period.before else NOTHING,
                compact(tokens, LETTERS),
                usd(personal),
            )
        )
    return lines


Sums = dict[Key, tuple[int, int | None, int | None]]


def _sums(days: list[TeamDay], span: Span | None) -> Sums:
    found: Sums = {}
    grouped: dict[Key, list[TeamDay]] = defaultdict(list)
    for each in days:
        if span and each.day in span:
            grouped[each.key].append(each)
    for key, rows in grouped.items():
        costs = [row.cost for row in rows if row.cost is not None]
        own = [row.personal for row in rows if row.personal is not None]
        found[key] = (
            sum(row.tokens for row in rows),
            sum(costs) if costs else None,
            sum(own) if own else None,
        )
    return found


def _added(sums: Sums, keys: list[Key]) -> tuple[int, int | None, int | None]:
    rows = [sums[key] for key in keys if key in sums]
    if not rows:
        return 0, 0, 0
    costs, own = ([row[at] for row in rows if row[at] is not None] for at in (1, 2))
    return (
        sum(row[0] for row in rows),
        sum(filter(None, costs)) if costs else None,
        sum(filter(None, own)) if own else None,
    )
