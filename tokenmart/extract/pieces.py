"""A table read in pieces by its key, so that an extraction that breaks off can go on.

The rows of all pieces go into one file, which has its name only when it is complete. Until then a
note beside it says which pieces it holds, and where they end. A row never changes its key, so each
is in one piece, whenever the pieces are read.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from psycopg2.extensions import cursor as Cursor

from tokenmart.console import note
from tokenmart.errors import UserError
from tokenmart.land.sql import identifier, literal
from tokenmart.schema import Table

ROWS_OF_A_PIECE = 1_000_000
SAMPLED_PERCENT = 0.1
LONGEST_PAUSE = 24 * 60 * 60
"""Seconds after which an extraction begins again: what was read is too old by then."""


@dataclass
class Pieces:
    """How far the rows of a table have been written."""

    asked: dict[str, str]
    """What was read from where, by which columns; another question has another answer."""

    key: str
    bounds: list[str]
    """The last keys of all pieces but the last one, as text."""

    period: str | None
    """SQL for the rows that are read; none if all are."""

    began: float
    done: int = 0
    rows: int = 0
    size: int = 0
    """Bytes of the file up to where the last complete piece ends."""

    @property
    def number(self) -> int:
        return len(self.bounds) + 1

    def condition(self, piece: int) -> str:
        """SQL for the rows of a piece, counted from 0."""
        key = identifier(self.key)
        limits = [f"({self.period})"] if self.period else []
        if piece > 0:
            limits.append(f"{key} > {literal(self.bounds[piece - 1])}")
        if piece < len(self.bounds):
            # a line of a bill may be without a day
            or_none = f" or {key} is null" if piece == 0 else ""
            limits.append(f"({key} <= {literal(self.bounds[piece])}{or_none})")
        return " and ".join(limits) or "true"

    def keep(self, path: Path) -> None:
        """Write the note of the file at ``path``, in one step."""
        new = path.with_name(f"{path.name}.new.unfinished")
        new.write_text(json.dumps(asdict(self)), encoding="utf-8")
        new.replace(_note(path))


def bounds(cursor: Cursor, schema: str, table: Table, condition: str) -> list[str]:
    """Keys between which there are about as many rows each; none for a table that is small.

    Without an index that begins with the key, every piece would read all rows, so there is one.
    """
    relation = f"{identifier(schema)}.{identifier(table.name)}"
    key = table.key_columns[0]
    cursor.execute(
        """
        select from pg_index join pg_attribute on attrelid = indrelid and attnum = indkey[0]
        where indrelid = to_regclass(%s) and attname = %s and indpred is null and indisvalid
        """,
        [relation, key],
    )
    if not cursor.fetchall():
        return []
    cursor.execute(f"explain (format json) select from {relation} where {condition}")
    (((planned,),),) = cursor.fetchall()
    pieces = round(planned["Plan"]["Plan Rows"] / ROWS_OF_A_PIECE)
    if pieces < 2:
        return []
    shares = [(number + 1) / pieces for number in range(pieces - 1)]
    cursor.execute(
        f"""
        select distinct bound, cast(bound as text)
        from (
            select unnest(percentile_disc(%s) within group (order by {identifier(key)})) as bound
            from {relation} tablesample system (%s) repeatable (1)
            where {condition}
        ) as bounds
        where bound is not null
        order by 1
        """,
        [shares, SAMPLED_PERCENT],
    )
    return [text for _, text in cursor.fetchall()]


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """No other extraction writes to the folder meanwhile."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise UserError(
            f"Another extraction writes to {folder}: wait until it has ended, "
            "or name another folder with --out."
        ) from error
    finally:
        os.close(descriptor)


def begun(path: Path, asked: dict[str, str]) -> Pieces | None:
    """How far the file at ``path`` was written by an extraction that asked the same."""
    try:
        found = Pieces(**json.loads(_note(path).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    reason = _obstacle(found, path, asked)
    if reason:
        note(f"{path.stem}: {reason}, so it is read from its beginning.")
        return None
    return found


def _obstacle(found: Pieces, path: Path, asked: dict[str, str]) -> str | None:
    if found.asked != asked:
        return "what was read before is something else"
    if time.time() - found.began > LONGEST_PAUSE:
        return "what was read before is older than a day"
    file = part(path) if found.done < found.number or part(path).exists() else path
    if not file.is_file() or file.stat().st_size < found.size:
        return "the file of what was read before is not there"
    return None


def part(path: Path) -> Path:
    """The file until it is complete."""
    return path.with_name(f"{path.name}.part")


def forget(folder: Path) -> None:
    """Nothing goes on with what was begun in the folder."""
    for each in (*folder.glob("*.part"), *folder.glob("*.unfinished")):
        each.unlink()


def _note(path: Path) -> Path:
    return path.with_name(f"{path.name}.unfinished")
