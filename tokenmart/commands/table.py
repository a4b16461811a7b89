"""Text in columns, never wider than a terminal of old: long names are cut, figures are not."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from textwrap import wrap

from rich.cells import cell_len, set_cell_size

from tokenmart.console import say

WIDTH = 80
GAP = 2
SHORTEST = 8
"""Cells that are left of a name at least."""


def say_wrapped(text: str, first: str = "", rest: str = "") -> None:
    """Print a sentence in lines of at most the width, behind ``first`` and then ``rest``."""
    for line in wrap(
        printable(text),
        WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        # a path or a name is copied, so it stays whole
        break_on_hyphens=False,
        break_long_words=False,
    ):
        say(line)


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows under their title; figures stand to the right, money with its cents."""
    say(title, style="bold")
    if not rows:
        say("  none")
        return
    cells = [[*map(_cell, row)] for row in rows]
    is_text = [
        all(isinstance(value, str | date | None) for value in column)
        for column in zip(*rows, strict=True)
    ]
    widths = _widths(columns, cells, is_text)
    say(_line(columns, widths, is_text), style="dim")
    for each in cells:
        say(_line(each, widths, is_text))


def printable(text: str) -> str:
    """The text without what would move the cursor or end the line."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _widths(
    columns: Sequence[str], cells: Sequence[Sequence[str]], is_text: Sequence[bool]
) -> list[int]:
    """As wide as needed; what does not fit is taken from the widest column of text."""
    widths = [max(map(cell_len, each)) for each in zip(columns, *cells, strict=True)]
    texts = [index for index, named in enumerate(is_text) if named]
    while texts and _whole(widths) > WIDTH:
        widest = max(texts, key=widths.__getitem__)
        if widths[widest] <= SHORTEST:
            break
        widths[widest] -= 1
    return widths


def _whole(widths: Sequence[int]) -> int:
    return GAP + sum(widths) + GAP * (len(widths) - 1)


def _line(cells: Sequence[str], widths: Sequence[int], is_text: Sequence[bool]) -> str:
    parts = [
        _fitted(cell, width) if named else " " * (width - cell_len(cell)) + cell
        for cell, width, named in zip(cells, widths, is_text, strict=True)
    ]
    return (" " * GAP + (" " * GAP).join(parts)).rstrip()


def _fitted(text: str, width: int) -> str:
    if cell_len(text) > width:
        text = set_cell_size(text, width - 1).rstrip() + "…"
    return set_cell_size(text, width)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, date):
        return f"{value:%Y-%m}"
    if isinstance(value, Decimal) and value.as_tuple().exponent != 0:
        return f"{value:,.2f}"
    return printable(value) if isinstance(value, str) else f"{value:,}"
