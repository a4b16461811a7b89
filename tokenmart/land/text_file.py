"""A data file as DuckDB reads it: columns of text, of which nothing is interpreted yet."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class TextFile:
    """The columns that a file has, and how to query them."""

    names: tuple[str, ...]
    """The columns as the file spells them; none if an empty file cannot say."""

    query: Callable[[Sequence[str]], str]
    """The SQL that selects the texts of the given columns, in that order, rows in file order."""
