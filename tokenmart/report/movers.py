"""What moved the spend from one month to the next, and whether it was price, volume or mix."""

from dataclasses import dataclass
from datetime import date

from tokenmart.labels import told_apart
from tokenmart.relations import Relations
from tokenmart.report.periods import Period
from tokenmart.report.scope import Scope
from tokenmart.report.words import NOTHING, and_so_on, pico, usd
from tokenmart.warehouse import Session

MART = "mart_cost_movers"
SHOWN = 8
DIMENSIONS = ("provider", "org", "team", "project", "model")
"""Of the mart's those whose names a reader knows."""

EFFECTS = {
    "volume_effect_usd": "more or less usage",
    "price_effect_usd": "prices",
    "mix_effect_usd": "other models",
    "new_usd": "new models",
    "gone_usd": "models no longer used",
    "other_usd": "what is not tokens",
}


@dataclass(frozen=True)
class Mover:
    """A line of the mart, its change and the effects that add up to it; what has no name is ''."""

    month: date
    dimension: str
    id: str
    name: str
    change: int
    effects: tuple[int, ...]
    top_model: str


@dataclass(frozen=True)
class MoverLine:
    """The same in words."""

    name: str
    dimension: str
    change: str
    effects: list[str]
    top_model: str


@dataclass(frozen=True)
class Movers:
    """What moved most in a month; the first line is everything."""

    lines: list[MoverLine]
    advice: str


def read_movers(session: Session, relations: Relations, scope: Scope) -> list[Mover]:
    """Months from the scope's first day on."""
    since = f"and usage_month >= date '{scope.since.replace(day=1)}'" if scope.since else ""
    names = "', '".join(("all", *DIMENSIONS))
    result = session.query(
        f"""
        select usage_month, dimension, dimension_value,
            coalesce(value_name, dimension_value), sum(change_usd),
            {", ".join(f"sum({name})" for name in EFFECTS)}, max(top_model_id)
        from {relations.model(MART).sql}
        where dimension in ('{names}') {since}
        group by usage_month, dimension, dimension_value, coalesce(value_name, dimension_value)
        """
    )
    return [
        Mover(
            month,
            dimension,
            id or "",
            name or "",
            pico(moved) or 0,
            tuple(pico(each) or 0 for each in effects),
            top or NOTHING,
        )
        for month, dimension, id, name, moved, *effects, top in result.rows
    ]


def word_of(dimension: str) -> str:
    """What a reader calls a dimension of the marts."""
    return {"org": "organization"}.get(dimension, dimension)


def movers_of(movers: list[Mover], period: Period) -> Movers:
    """Those of the period's last month."""
    month = period.span.last.replace(day=1)
    rows = [each for each in movers if each.month == month]
    whole = [each for each in rows if each.dimension == "all"]
    if not whole:
        return Movers([], "The month before is not in this warehouse, so nothing moved yet.")
    moved = sorted(
        (each for each in rows if each.dimension != "all" and each.name and each.change),
        key=lambda each: (-abs(each.change), each.dimension, each.name),
    )
    shown = [*whole, *moved[:SHOWN]]
    names = told_apart(
        [(each.dimension, each.name) for each in shown],
        [each.name for each in shown],
        [each.id for each in shown],
    )
    lines = [
        MoverLine(
            "Everything" if each.dimension == "all" else name,
            "" if each.dimension == "all" else word_of(each.dimension),
            _signed(each.change),
            [_signed(effect) for effect in each.effects],
            each.top_model,
        )
        for each, name in zip(shown, names, strict=True)
    ]
    return Movers(lines, _advice(whole[0], month))


def _advice(whole: Mover, month: date) -> str:
    ranked = sorted(
        zip(whole.effects, EFFECTS.values(), strict=True), key=lambda each: -abs(each[0])
    )
    reasons = [f"{words} {_signed(effect)}" for effect, words in ranked[:2] if effect]
    if not reasons:
        return "Nothing moved."
    return (
        f"Of the {_signed(whole.change)} in {month:%B}: {and_so_on(reasons)}. Volume is for its "
        "owner to explain, a price for the provider, and a mix of models is a choice to look at."
    )


def _signed(amount: int) -> str:
    return usd(amount) if amount <= 0 else f"+{usd(amount)}"
