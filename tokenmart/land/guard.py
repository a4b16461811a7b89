"""What land may write where: not over tables of others, and sample data never next to real data."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tokenmart.console import warn
from tokenmart.errors import UserError

LANDED = "landed by tokenmart"
SAMPLE = "sample data by tokenmart"
"""The comment that each landed table bears, by which land knows its own."""

KINDS = {LANDED: "real", SAMPLE: "sample"}


@dataclass(frozen=True)
class RawTable:
    """A table or view in a raw schema, and the mark that tokenmart left on it, if it did."""

    schema: str
    name: str
    mark: str | None
    is_view: bool

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


def refuse_foreign(present: Sequence[RawTable], schemas: Iterable[str], another: str) -> None:
    """Refuse to write into a schema with a table that tokenmart did not make."""
    touched = {schema.lower() for schema in schemas}
    foreign = [
        table for table in present if table.schema.lower() in touched and table.mark not in KINDS
    ]
    if foreign:
        raise UserError(
            "Refusing to land into a schema with tables that tokenmart did not create: "
            f"{_listed(foreign)}. To land elsewhere, {another}; --force replaces those of them "
            "that the folder holds."
        )


def refuse_views(present: Sequence[RawTable], relations: Iterable[str]) -> None:
    """Refuse to land where a view has the table's name: replaced, its definition would be lost."""
    wanted = {relation.lower() for relation in relations}
    views = [table for table in present if table.is_view and str(table).lower() in wanted]
    if views:
        raise UserError(
            f"Landing would overwrite the view {_listed(views)}: drop or rename it first."
        )


def refuse_mixture(present: Sequence[RawTable], mark: str, another: str) -> None:
    """Refuse to put sample and real data into one warehouse."""
    other = _of_another_kind(present, mark)
    if other:
        raise UserError(
            f"The folder holds {KINDS[mark]} data, but {_listed(other)} "
            f"{'holds' if len(other) == 1 else 'hold'} {_kind(other)} data, and the ledger never "
            f"forgets a row that it has seen: {another}, or land with --force and then "
            "build once with --vars '{reset_ledger: forget_everything}'."
        )


def warn_of_mixture(present: Sequence[RawTable], mark: str) -> None:
    """Name the tables that a forced landing left with data of the other kind."""
    other = _of_another_kind(present, mark)
    if other:
        warn(f"{_kind(other)} data is left in {_listed(other)}; drop what must not count.")


def _of_another_kind(present: Sequence[RawTable], mark: str) -> list[RawTable]:
    return [table for table in present if table.mark in KINDS and table.mark != mark]


def _kind(tables: Sequence[RawTable]) -> str:
    return KINDS[str(tables[0].mark)]


def _listed(tables: Sequence[RawTable]) -> str:
    return ", ".join(map(str, tables))
