"""The periods that the page can show, and the days to which each is compared."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

MONTHS = 12
"""The latest ones, each of which can be chosen."""

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """Days, both ends included."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def __str__(self) -> str:
        if self.first == self.last:
            return f"{self.first:%b} {self.first.day}"
        return f"{self.first:%b} {self.first.day} to {self.last:%b} {self.last.day}"


@dataclass(frozen=True)
class Period:
    """A period to look at. Its change compares days of it with as many of an earlier one."""

    label: str
    span: Span
    now: Span | None = None
    before: Span | None = None
    compared: str = ""
    """What its change is compared with, in words."""

    month: date | None = None
    """The month that it is, if it is one."""


def periods(first: date, last: date) -> list[Period]:
    """The latest month first, which is what the page opens with."""
    whole = Span(first, last)
    months: list[Period] = []
    month = last.replace(day=1)
    while month >= first.replace(day=1) and len(months) < MONTHS:
        months.append(_month(month, whole))
        month = (month - DAY).replace(day=1)
    rolling = [_rolling(days, whole) for days in (7, 30) if whole.days > days]
    everything = Period(f"Everything, {first:%b} {first.day} to {last:%b} {last.day}", whole)
    return [*months, *rolling, *([everything] if len(months) > 1 else [])]


def _month(month: date, whole: Span) -> Period:
    """Compared like for like: of a month that still runs, or that the data does not cover from its
    start, only the days that both months have."""
    end = month.replace(day=monthrange(month.year, month.month)[1])
    span = Span(max(month, whole.first), min(end, whole.last))
    label = f"{month:%B %Y}"
    if whole.first >= month:
        return Period(label, span, month=month)
    former = (month - DAY).replace(day=1)
    since = whole.first.day if whole.first > former else 1
    is_over = span.last == end
    if since > span.last.day:
        return Period(label, span, month=month)
    now = Span(month.replace(day=since), span.last)
    before_end = month - DAY
    if not is_over:
        before_end = former.replace(day=min(span.last.day, before_end.day))
    before = Span(former.replace(day=since), before_end)
    if now.first > now.last or before.first > before.last:
        return Period(label, span, month=month)
    compared = f"{former:%B}"
    if since > 1 or not is_over:
        compared = f"{before}"
    return Period(label, span, now, before, compared, month)


def _rolling(days: int, whole: Span) -> Period:
    span = Span(whole.last - (days - 1) * DAY, whole.last)
    before = Span(span.first - days * DAY, span.first - DAY)
    if before.first < whole.first:
        return Period(f"Last {days} days", span)
    return Period(f"Last {days} days", span, span, before, f"the {days} days before")
