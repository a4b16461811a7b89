"""What usage cost: in all, by month, and how sure each dollar is."""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from tokenmart.relations import Relations
from tokenmart.today import today
from tokenmart.warehouse import Session

ZERO = Decimal(0)
CENT = Decimal("0.01")


def in_cents(parts: Sequence[Decimal]) -> list[Decimal]:
    """The parts in whole cents that add up to their sum in cents, whoever adds them up.

    If the rounded parts add up to another sum, those rounded furthest are moved by a cent.
    """
    cents = [part.quantize(CENT) for part in parts]
    missing = sum(parts, ZERO).quantize(CENT) - sum(cents, ZERO)
    step = CENT.copy_sign(missing)
    furthest = sorted(range(len(parts)), key=lambda at: (cents[at] - parts[at]) * step)
    for at in furthest[: int(abs(missing) / CENT)]:
        cents[at] += step
    return cents


@dataclass(frozen=True)
class Day:
    """The counted usage of a day whose cost comes from one basis."""

    day: date
    basis: str
    tokens: int
    cost_usd: Decimal | None
    personal_cost_usd: Decimal = ZERO


@dataclass(frozen=True)
class Month:
    """A calendar month; its cost leaves out the tokens that have none."""

    month: date
    tokens: int
    unpriced_tokens: int
    cost_usd: Decimal
    billed_usd: Decimal

    @property
    def estimated_usd(self) -> Decimal:
        return self.cost_usd - self.billed_usd


@dataclass(frozen=True)
class Change:
    """The cost of the same days of two months, the later one first."""

    month: date
    first_day: int | None
    """The first day that is compared; none if no day is in both months."""

    last_day: int | None
    """The last day that is compared; none if both months are compared to their ends."""

    cost_usd: Decimal
    cost_before_usd: Decimal

    @property
    def share(self) -> Decimal | None:
        """By how much of the former cost it rose; none if there was no cost to compare with."""
        if self.cost_before_usd <= 0:
            return None
        return (self.cost_usd - self.cost_before_usd) / self.cost_before_usd


@dataclass(frozen=True)
class Money:
    """All counted usage."""

    first_day: date | None
    last_day: date | None
    """The last one that has begun; the figures have those to come, too."""

    tokens: int
    unpriced_tokens: int
    cost_usd: Decimal
    personal_cost_usd: Decimal
    cost_by_basis_usd: dict[str, Decimal]
    months: list[Month]
    change: Change | None

    @property
    def latest(self) -> Month:
        """The month of the last day."""
        assert self.last_day is not None
        return next(each for each in self.months if each.month == self.last_day.replace(day=1))

    @property
    def billed_usd(self) -> Decimal:
        return self.cost_by_basis_usd.get("billed", ZERO)

    @property
    def estimated_usd(self) -> dict[str, Decimal]:
        """By basis, what is not billed."""
        return {name: usd for name, usd in self.cost_by_basis_usd.items() if name != "billed"}


def read_money(session: Session, relations: Relations) -> Money:
    """The money of every counted row of fct_cost_daily."""
    result = session.query(
        f"""
        select
            usage_date,
            cost_basis,
            sum(total_tokens),
            sum(cost_usd),
            sum(coalesce(personal_cost_usd, 0))
        from {relations.model("fct_cost_daily").sql}
        where is_counted
        group by usage_date, cost_basis
        order by usage_date, cost_basis
        """
    )
    return money_of(
        [Day(day, basis, int(tokens), *usd) for day, basis, tokens, *usd in result.rows],
        today(session, relations),
    )


def money_of(days: Sequence[Day], today: date = date.max) -> Money:
    """Add up days that are in order. Those after today are in the figures, and end no month."""
    begun = [day for day in days if day.day <= today] or days
    by_basis = {
        basis: total(day for day in days if day.basis == basis)
        for basis in sorted({day.basis for day in days if day.cost_usd is not None})
    }
    return Money(
        first_day=days[0].day if days else None,
        last_day=begun[-1].day if begun else None,
        tokens=sum(day.tokens for day in days),
        unpriced_tokens=_unpriced(days),
        cost_usd=total(days),
        personal_cost_usd=sum((day.personal_cost_usd for day in days), ZERO),
        cost_by_basis_usd=by_basis,
        months=[
            _month(month, [day for day in days if day.day.replace(day=1) == month])
            for month in sorted({day.day.replace(day=1) for day in days})
        ],
        change=change_of(begun),
    )


def change_of(days: Sequence[Day]) -> Change | None:
    """The last month against the one before, like for like.

    Of a month that still runs, and of one before that the data does not cover from its start, only
    the days that both have are compared.
    """
    if not days:
        return None
    first, last = days[0].day, days[-1].day
    this = last.replace(day=1)
    before = (this - timedelta(days=1)).replace(day=1)
    if first >= this:
        return None
    since = first.day if first > before else 1
    is_over = last.day == monthrange(last.year, last.month)[1]
    until = None if is_over else last.day
    if since > last.day:
        return Change(before, None, None, ZERO, ZERO)

    def cost(month: date) -> Decimal:
        return total(
            day
            for day in days
            if day.day.replace(day=1) == month and since <= day.day.day <= (until or 31)
        )

    return Change(before, since, until, cost(this), cost(before))


def total(days: Iterable[Day]) -> Decimal:
    """The cost of the days, as far as it is known."""
    return sum((day.cost_usd for day in days if day.cost_usd is not None), ZERO)


def _month(month: date, days: Sequence[Day]) -> Month:
    return Month(
        month=month,
        tokens=sum(day.tokens for day in days),
        unpriced_tokens=_unpriced(days),
        cost_usd=total(days),
        billed_usd=total(day for day in days if day.basis == "billed"),
    )


def _unpriced(days: Iterable[Day]) -> int:
    return sum(day.tokens for day in days if day.cost_usd is None)
