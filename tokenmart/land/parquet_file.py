"""Parquet: every column as the text that DuckDB prints for it, exact to the last digit."""

import glob
import re
from collections.abc import Sequence
from pathlib import Path

import duckdb

from tokenmart.land.sql import identifier, literal
from tokenmart.land.text_file import TextFile

_NESTED = re.compile(r"^(STRUCT|MAP|UNION|VARIANT)\b|\]$")


def open_parquet(connection: duckdb.DuckDBPyConnection, path: Path, scratch: Path) -> TextFile:
    """Read the schema of a Parquet file."""
    file = literal(glob.escape(str(path)))
    # Older writers mark text as plain bytes.
    source = f"read_parquet({file}, binary_as_string = true, hive_partitioning = false)"
    columns = connection.execute(f"describe select * from {source}").fetchall()
    names = _names(connection, file)
    texts = [_text(column[0], column[1]) for column in columns]

    def query(wanted: Sequence[str]) -> str:
        return f"select {', '.join(texts[names.index(name)] for name in wanted)} from {source}"

    return TextFile(names, query)


def parquet_fault(path: Path, error: duckdb.Error) -> str:
    """What is wrong with the file."""
    return str(error).splitlines()[0]


def _names(connection: duckdb.DuckDBPyConnection, file: str) -> tuple[str, ...]:
    """The columns as the file spells them: a reader renames the second of two equal names."""
    schema = connection.execute(f"select name, num_children from parquet_schema({file})").fetchall()
    names = []
    inside = 0
    for name, children in schema[1:]:
        if inside == 0:
            names.append(name)
        else:
            inside -= 1
        inside += children or 0
    return tuple(names)


def _text(name: str, sql_type: str) -> str:
    column = identifier(name)
    return f"to_json({column})::varchar" if _NESTED.search(sql_type) else f"{column}::varchar"
