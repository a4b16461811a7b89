"""CSV: UTF-8, comma, double quote, a header; nothing is guessed.

DuckDB's sniffer is switched off, because it takes a header whose length differs from the rows' for
a title line and drops it. Nothing between two commas is null, ``""`` is the empty text.
"""

import csv
import glob
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from tokenmart.errors import UserError
from tokenmart.land.formats.text_file import TextFile
from tokenmart.land.sql import literal
from tokenmart.schema import Column

_FAULTS = {
    r"Expected Number of Columns: (\d+) Found: (\d+)": "{1} values under a header of {0}",
    r"unterminated quote": "a quoted value that does not end at its closing quote",
    r"not utf-8": "text that is not UTF-8",
    r"Maximum line size of (\d+) bytes": "a row of more than {0} bytes",
}
_OTHER_FAULT = "text that does not follow the rules of CSV, such as lines that end in two ways"


def open_csv(connection: duckdb.DuckDBPyConnection, path: Path, scratch: Path) -> TextFile:
    """Read the header of a CSV file."""
    names = _header(path)
    columns = ", ".join(f"'c{index}': 'varchar'" for index in range(len(names)))
    source = (
        f"read_csv({literal(glob.escape(str(path)))}, columns = {{{columns}}}, header = true, "
        "auto_detect = false, delim = ',', quote = '\"', escape = '\"', strict_mode = true, "
        "nullstr = '', allow_quoted_nulls = false, hive_partitioning = false)"
    )

    def query(wanted: Mapping[str, Column]) -> str:
        return f"select {', '.join(f'c{names.index(name)}' for name in wanted)} from {source}"

    return TextFile(names, query)


def csv_fault(path: Path, error: duckdb.Error, columns: Sequence[Column]) -> str:
    """What is wrong with the file; DuckDB's own words would show the line with all its values."""
    text = str(error)
    fault = _OTHER_FAULT
    for pattern, words in _FAULTS.items():
        if match := re.search(pattern, text):
            fault = words.format(*match.groups())
            break
    line = re.search(r"CSV Error on Line: (\d+)", text)
    return f"line {line[1]} has {fault}" if line else f"it has {fault}"


def _header(path: Path) -> tuple[str, ...]:
    # of the rows DuckDB says what is no UTF-8, if it is in a column that is read
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        try:
            header = next(csv.reader(file, strict=True), None)
        except csv.Error as error:
            raise UserError(f"{path.name} has a header that is not CSV: {error}.") from error
    if not header:
        raise UserError(f"{path.name} has no header; its first line must name the columns.")
    "".join(header).encode()
    return tuple(header)
