"""The columns of a file, matched to the columns of a table."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tokenmart.errors import UserError
from tokenmart.land.report import warn
from tokenmart.schema import Column


def match(path: Path, names: Sequence[str], columns: Sequence[Column]) -> dict[str, str]:
    """For each column that the file has, the file's spelling of it.

    Letter case and the spaces around a name do not count. A column that the table does not have is
    left out with a warning; without a required one the file is refused.
    """
    if not names:
        return {column.name: column.name for column in columns}
    spelling = {_plain(name): name for name in names}
    _refuse_duplicates(path, names)
    known = {_plain(column.name) for column in columns}
    unknown = [name for name in names if _plain(name) not in known]
    missing = [c.name for c in columns if c.is_needed and _plain(c.name) not in spelling]
    if missing:
        has_header = any(c.is_needed and c.name not in missing for c in columns)
        hint = " Its first line must name the columns."
        if has_header:
            hint = f" It has columns that are not known: {_listed(unknown)}." if unknown else ""
        raise UserError(f"{path.name} lacks the required {_columns(missing)}.{hint}")
    if unknown:
        warn(f"{path.name}: unknown {_columns(unknown)}; left out.")
    return {c.name: spelling[_plain(c.name)] for c in columns if _plain(c.name) in spelling}


def _refuse_duplicates(path: Path, names: Sequence[str]) -> None:
    twice = [name for name, count in Counter(map(_plain, names)).items() if count > 1]
    if twice:
        raise UserError(f"{path.name} has the {_columns(twice)} twice; keep one of them.")


def _plain(name: str) -> str:
    return name.strip().lower()


def _columns(names: Sequence[str]) -> str:
    return f"column{'s' if len(names) > 1 else ''} {_listed(names)}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(name.strip() or "''" for name in names)
