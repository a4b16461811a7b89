"""Where in the files of an export a value is that is not what it should be."""

import re
from collections.abc import Sequence
from pathlib import Path

import duckdb

from tokenmart.land.exports import Export, Rows
from tokenmart.land.sql import identifier


def hint(text: str | None) -> str:
    """What to do about a number with a decimal comma; nothing to say of other texts."""
    has_comma = text is not None and re.fullmatch(r"[-+]?[0-9.]*,[0-9]+", text.strip())
    return "; write decimal numbers with a point" if has_comma else ""


def quoted(message: str) -> str | None:
    """The value that DuckDB could not convert."""
    found = re.search(r"string ['\"](.*?)['\"] ", message) or re.search(r'"(.*?)"', message)
    return found[1] if found else None


def place_of(
    connection: duckdb.DuckDBPyConnection, export: Export, paths: Sequence[Path], text: str | None
) -> str | None:
    """Where a value is first, if the format has rows: its file, row and column."""
    if text is None or not isinstance(export.records, Rows):
        return None
    for name in (*export.records.columns, *export.records.optional):
        found = connection.execute(
            f"""
            select unit, number
            from (
                select *, row_number() over (partition by unit order by rowid) as number
                from record_rows
            )
            where {identifier(name)} = ?
            order by unit, number
            limit 1
            """,
            [text],
        ).fetchone()
        if found:
            return f"{paths[found[0]].name}, row {found[1]:,}, column {name},"
    return None
