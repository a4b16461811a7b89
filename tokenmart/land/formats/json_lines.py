"""JSON lines: one object a line, its members the columns; a nested value is its JSON text.

A reader of JSON keeps a number with a fraction as a double, which holds fifteen digits for certain.
In a file that has longer ones, they are turned into strings first, so that no digit is lost. Tables
with secrets have no column for such numbers: no secret is written into the file that this takes.
"""

import glob
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import duckdb

from tokenmart.errors import UserError
from tokenmart.land.formats.text_file import TextFile
from tokenmart.land.sql import literal
from tokenmart.schema import Column

_LONG_NUMBER = "[0-9.]{16}"
_REASON = re.compile(r"^Invalid Input Error: Malformed JSON in file .* in line \d+: ([^:\"]*)")


def open_json_lines(connection: duckdb.DuckDBPyConnection, path: Path, scratch: Path) -> TextFile:
    """Collect the members of the objects in a JSON-lines file."""
    shapes = connection.execute(
        f"""
        select json_keys(json), bool_or(regexp_matches(json, '{_LONG_NUMBER}'))
        from {_objects(path)}
        group by all
        """
    ).fetchall()
    names = _names(connection, path, [keys for keys, _ in shapes])
    has_long_numbers = any(has_long for _, has_long in shapes)

    def query(wanted: Mapping[str, Column]) -> str:
        is_exact = has_long_numbers and any(column.is_fraction for column in wanted.values())
        source = _objects(_with_exact_numbers(path, scratch, wanted) if is_exact else path)
        # One list of members, because a member at a time would parse the object each time.
        members = ", ".join(literal(name) for name in wanted)
        texts = ", ".join(f"texts[{index}]" for index in range(1, len(wanted) + 1))
        lists = f"select json_extract_string(json, [{members}]) as texts from {source}"
        return f"select {texts} from ({lists})"

    return TextFile(names, query)


def json_lines_fault(path: Path, error: duckdb.Error, columns: Sequence[Column]) -> str:
    """What is wrong with the file, and in which line, without the line itself."""
    match = _REASON.match(str(error).splitlines()[0])
    reason = f" ({match[1].strip().rstrip('.')})" if match else ""
    number = _first_malformed_line(path)
    return f"{f'line {number}' if number else 'a line'} is not valid JSON{reason}"


def _objects(path: Path) -> str:
    file = literal(glob.escape(str(path)))
    return f"read_ndjson_objects({file}, hive_partitioning = false)"


def _names(
    connection: duckdb.DuckDBPyConnection, path: Path, shapes: Sequence[Sequence[str]]
) -> tuple[str, ...]:
    if [] in shapes:
        row = _first_without_members(connection, path)
        raise UserError(
            f"{path.name}, row {row} is not a JSON object with members: write one object a line, "
            "without brackets around all of them."
        )
    for keys in shapes:
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise UserError(f"{path.name} has rows with two members {', '.join(twice)}; keep one.")
    return tuple(sorted({key for keys in shapes for key in keys}))


def _first_without_members(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    row = connection.execute(
        f"""
        select min(number)
        from (select row_number() over () as number, json from {_objects(path)})
        where json_keys(json) = []
        """
    ).fetchone()
    assert row is not None
    return int(row[0])


def _with_exact_numbers(path: Path, scratch: Path, wanted: Iterable[str]) -> Path:
    exact = scratch / "exact.jsonl"
    with path.open(encoding="utf-8") as lines, exact.open("w", encoding="utf-8") as file:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                file.write(_exact(line, wanted) + "\n")
            except (ValueError, RecursionError) as error:
                raise UserError(f"{path.name}, line {number} is not valid JSON.") from error
    return exact


def _exact(line: str, wanted: Iterable[str]) -> str:
    """The members with their fractions as strings; deeper ones stay as they are."""
    members = json.loads(line, parse_float=Decimal)
    exact = {
        name: str(value) if isinstance(value, Decimal) else value
        for name, value in ((name, members[name]) for name in wanted if name in members)
    }
    return json.dumps(exact, default=float)


def _first_malformed_line(path: Path) -> int | None:
    """The number of the line; DuckDB's own count starts elsewhere from version to version."""
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                # what is no Unicode, such as half of a surrogate pair, is no JSON either
                json.dumps(json.loads(line if line.strip() else b"{}"), ensure_ascii=False).encode()
            except (ValueError, RecursionError):
                return number
    return None
