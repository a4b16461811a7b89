"""A data file as DuckDB reads it: columns of text, of which nothing is interpreted yet."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tokenmart.schema import Column


@dataclass(frozen=True)
class TextFile:
    """The columns that a file has, and how to query them."""

    names: tuple[str, ...]
    """The columns as the file spells them; none if an empty file cannot say."""

    query: Callable[[Mapping[str, Column]], str]
    """The SQL that selects the texts of the given columns of the file, each with the column that it
    is for, in that order, rows in file order. No other column is read."""
