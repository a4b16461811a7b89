"""The columns of a file, matched to the columns of a table."""

from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path

from tokenmart.console import warn
from tokenmart.errors import UserError
from tokenmart.schema import Column

MAX_LISTED = 10
MAX_SHOWN = 80


def match(
    path: Path, names: Sequence[str], columns: Sequence[Column], secret: Collection[str]
) -> dict[str, str]:
    """For each of the columns that the file has, the file's spelling of it.

    Letter case and the spaces around a name do not count. A column that the table does not have is
    left out with a warning, a secret one without; without a required one the file is refused.
    """
    if not names:
        return {column.name: column.name for column in columns}
    spelling = {plain(name): name for name in names}
    known = {*(plain(column.name) for column in columns), *secret}
    _refuse_duplicates(path, names, known)
    unknown = [name for name in names if plain(name) not in known]
    missing = [c.name for c in columns if c.is_needed and plain(c.name) not in spelling]
    if missing:
        has_header = any(c.is_needed and c.name not in missing for c in columns)
        hint = one_name(names[0]) if len(names) == 1 else " Its first line must name the columns."
        if has_header:
            hint = f" It has columns that are not known: {_listed(unknown)}." if unknown else ""
        raise UserError(f"{path.name} lacks the required {_columns(missing)}.{hint}")
    if unknown:
        warn(f"{path.name}: unknown {_columns(unknown)}; left out.")
    return {c.name: spelling[plain(c.name)] for c in columns if plain(c.name) in spelling}


def one_name(name: str) -> str:
    """What a header of one column may be in truth."""
    for separator, called in {";": "semicolons", "\t": "tabs", "|": "bars"}.items():
        if separator in name:
            return (
                f" Its columns are separated by {called}: save it with commas, and with a point in "
                "decimal numbers."
            )
    if name.lstrip().startswith("<"):
        return " It is an HTML page, perhaps for signing in: download the file again."
    return " Its first line must name the columns."


def _refuse_duplicates(path: Path, names: Sequence[str], known: Collection[str]) -> None:
    # of known columns only: where the first line names none, it holds values
    counts = Counter(name for name in map(plain, names) if name in known)
    if twice := [name for name, count in counts.items() if count > 1]:
        raise UserError(f"{path.name} has the {_columns(twice)} twice; keep one of them.")


def plain(name: str) -> str:
    """The name as a table has it, of whatever spelling a file has."""
    return name.strip().lower()


def _columns(names: Sequence[str]) -> str:
    return f"column{'s' if len(names) > 1 else ''} {_listed(names)}"


def _listed(names: Sequence[str]) -> str:
    shown = list(map(_shown, names[:MAX_LISTED]))
    more = len(names) - MAX_LISTED
    return ", ".join(shown) + (f" and {more:,} more" if more > 0 else "")


def _shown(name: str) -> str:
    # where a quote is missing, a name goes on with the values of the next lines
    first, *more = name.strip().splitlines() or ["''"]
    return f"{first[:MAX_SHOWN]}…" if more or len(first) > MAX_SHOWN else first
