"""Writes the results into docs/questions.md: python .ci/answers.py tokenmart.duckdb

The file is a warehouse of the demo. tests/python/test_questions.py builds one, and compares.
"""

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from tokenmart.warehouse.duckdb_file import connect

PAGE = Path(__file__).parents[1] / "docs" / "questions.md"
SHOWN, WIDEST = 5, 40
QUERY = re.compile(r"(```sql\n)(.*?)(```\n)(\n```text\n.*?```\n)?", flags=re.DOTALL)


def answered(page: str, connection: duckdb.DuckDBPyConnection) -> str:
    """The page with the first rows of each query's result below it; a query of none has none."""

    def answer(match: re.Match[str]) -> str:
        result = connection.execute(match[2])
        names = [column[0] for column in result.description or ()]
        rows = result.fetchmany(SHOWN + 1)
        asked = f"{match[1]}{match[2]}{match[3]}"
        return f"{asked}\n```text\n{_table(names, rows)}```\n" if rows else asked

    return QUERY.sub(answer, page)


def _table(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    cells = [[_cell(value) for value in row] for row in rows[:SHOWN]]
    widths = [max(map(len, column)) for column in zip(names, *cells, strict=True)]
    is_text = [
        all(isinstance(value, str | None) for value in column) for column in zip(*rows, strict=True)
    ]
    lines = [
        "  ".join(
            text.ljust(width) if left else text.rjust(width)
            for text, width, left in zip(line, widths, is_text, strict=True)
        ).rstrip()
        for line in (names, *cells)
    ]
    return "\n".join([*lines, *(["…"] if len(rows) > SHOWN else [])]) + "\n"


def _cell(value: Any) -> str:
    if value is None:
        return "null"
    text = str(value)
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 1]}…"


if __name__ == "__main__":
    with connect(Path(sys.argv[1]), read_only=True) as warehouse:
        PAGE.write_text(answered(PAGE.read_text("utf-8"), warehouse), "utf-8")
