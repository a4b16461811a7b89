"""Whether every text of a file is of its column's type; if not, which one to look at first."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from tokenmart.console import warn
from tokenmart.errors import UserError
from tokenmart.land.convert import conversion
from tokenmart.land.read import Staged
from tokenmart.land.sql import identifier
from tokenmart.schema import Column

MAX_REPORTED = 10
MAX_SHOWN = 80


@dataclass(frozen=True)
class Fault:
    """What may be wrong with the values of a column, as SQL over the staged row."""

    column: Column
    is_there: str
    text: str
    """The text to show."""

    complaint: str
    """What to say of it."""


def check(connection: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """Refuse a file with a value that is not of its column's type; warn of rounded ones."""
    conversions = [conversion(column, identifier(column.name)) for column in staged.columns]
    refuse(
        connection,
        staged,
        [
            Fault(column, each.is_refused, each.given, each.complaint)
            for column, each in zip(staged.columns, conversions, strict=True)
        ],
    )
    rounded = _counts(connection, staged, [each.is_rounded for each in conversions])
    for column, count in zip(staged.columns, rounded, strict=True):
        if count:
            warn(
                f"{staged.path.name}, column {column.name}: {count:,} "
                f"{'value has' if count == 1 else 'values have'} more decimals than "
                f"{column.sql_type('postgres')} holds; rounded half away from zero."
            )


def refuse(connection: duckdb.DuckDBPyConnection, staged: Staged, faults: Sequence[Fault]) -> None:
    """Refuse a file that has one of the faults, and say where each is first."""
    if not faults:
        return
    counts = _counts(connection, staged, [fault.is_there for fault in faults])
    complaints = [
        _complaint(connection, staged, fault, count)
        for fault, count in zip(faults, counts, strict=True)
        if count
    ]
    if complaints:
        raise UserError("\n".join(_shortened(complaints)))


def _counts(
    connection: duckdb.DuckDBPyConnection, staged: Staged, conditions: list[str]
) -> tuple[int, ...]:
    counts = ", ".join(f"count(*) filter (where {condition})" for condition in conditions)
    row = connection.execute(f"select {counts} from {staged.relation}").fetchone()
    assert row is not None
    return row


def _complaint(
    connection: duckdb.DuckDBPyConnection, staged: Staged, fault: Fault, count: int
) -> str:
    first = connection.execute(
        f"""
        select rowid + 1, {fault.text}, {fault.complaint}
        from {staged.relation}
        where {fault.is_there}
        order by rowid
        limit 1
        """
    ).fetchone()
    assert first is not None
    row, text, complaint = first
    name = fault.column.name
    value = "the value (not shown: the table has secrets)" if staged.secret else _shown(text)
    more = f" ({count:,} such values in this column)" if count > 1 else ""
    return f"{staged.path.name}, row {row}, column {name}: {value} {complaint}{more}"


def _shortened(complaints: list[str]) -> list[str]:
    more = len(complaints) - MAX_REPORTED
    rest = [f"… and so in {more} more column{'' if more == 1 else 's'}"] if more > 0 else []
    return complaints[:MAX_REPORTED] + rest


def _shown(text: str) -> str:
    return repr(text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…")
