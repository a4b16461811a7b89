"""How the page writes figures. ``templates/page.js`` writes them the same way after a filter.

Money is an integer of picodollars (10⁻¹² USD), the last digit of the warehouse's decimals, so that
Python and the browser add it up exactly. None is a figure that is not known, which is never 0.
"""

from decimal import Decimal

UNIT = 10**12
"""Picodollars in a dollar."""

NOT_KNOWN = "not known"
NOTHING = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"


def pico(usd: Decimal | int | None) -> int | None:
    """A decimal of the warehouse as an integer of picodollars."""
    return None if usd is None else int(Decimal(usd).scaleb(12))


def divide(numerator: int, denominator: int) -> int:
    """The quotient, rounded half away from zero."""
    sign = -1 if (numerator < 0) != (denominator < 0) else 1
    top, bottom = abs(numerator), abs(denominator)
    return sign * ((2 * top + bottom) // (2 * bottom))


def usd(amount: int | None) -> str:
    """Dollars and cents; less than half a cent is not nothing."""
    if amount is None:
        return NOT_KNOWN
    cents = divide(abs(amount), UNIT // 100)
    sign = MINUS if amount < 0 else ""
    if amount and not cents:
        return f"{sign}<$0.01"
    return f"{sign}${cents // 100:,}.{cents % 100:02}"


def percent(part: int, whole: int) -> str:
    """A share with one digit."""
    tenths = divide(1000 * part, whole)
    sign = MINUS if tenths < 0 else ""
    return f"{sign}{abs(tenths) // 10:,}.{abs(tenths) % 10}%"


def change(now: int | None, before: int | None) -> str:
    """By how much a figure rose or fell; an arrow, so that it does not hang on a color."""
    if now is None or before is None:
        return NOT_KNOWN
    if before <= 0:
        return "new" if now > 0 else NOTHING
    tenths = divide(1000 * (now - before), before)
    if not tenths:
        return "unchanged"
    return f"{'▲' if tenths > 0 else '▼'} {abs(tenths) // 10:,}.{abs(tenths) % 10}%"


LETTERS = ("B", "M")
"""The words of large counts where there is little room."""


def compact(number: int, words: tuple[str, str] = ("billion", "million")) -> str:
    """A large count, short."""
    for size, word in zip((10**9, 10**6), words, strict=True):
        if number >= size:
            hundredths = divide(100 * number, size)
            return f"{hundredths // 100:,}.{hundredths % 100:02} {word}"
    return f"{number:,}"


def per_million(cost: int | None, tokens: int) -> int | None:
    """The cost of a million tokens."""
    return None if cost is None or not tokens else divide(cost * 10**6, tokens)


def share_of(amount: int | None, largest: int) -> int:
    """How long a bar is, in percent of the longest; what is something can be seen."""
    return 0 if amount is None or amount <= 0 else min(100, max(1, 100 * amount // largest))


def several(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def and_so_on(words: list[str]) -> str:
    """Words in a row, as one says them."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
