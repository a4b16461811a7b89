"""Parquet: every column as the text that DuckDB prints for it, exact to the last digit."""

import glob
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from tokenmart.land.formats.text_file import TextFile
from tokenmart.land.match import plain
from tokenmart.land.sql import identifier, literal
from tokenmart.schema import Column
from tokenmart.warehouse.duckdb_file import connect

_NESTED = re.compile(r"^(STRUCT|MAP|UNION|VARIANT)\b|\]$")
_NO_PARQUET = re.compile("No magic bytes|too small to be a Parquet file")


def open_parquet(connection: duckdb.DuckDBPyConnection, path: Path, scratch: Path) -> TextFile:
    """Read the schema of a Parquet file."""
    file = literal(glob.escape(str(path)))
    # Older writers mark text as plain bytes.
    source = f"read_parquet({file}, binary_as_string = true, hive_partitioning = false)"
    columns = connection.execute(f"describe select * from {source}").fetchall()
    names = _names(connection, file)
    texts = [_text(column[0], column[1]) for column in columns]

    def query(wanted: Mapping[str, Column]) -> str:
        return f"select {', '.join(texts[names.index(name)] for name in wanted)} from {source}"

    return TextFile(names, query)


def parquet_fault(path: Path, error: duckdb.Error, columns: Sequence[Column]) -> str:
    """What is wrong with the file; DuckDB's own words would show the value that it stopped at."""
    if "is not valid UTF8" in str(error):
        return f"{_first_unreadable(path, columns)} has text that is not UTF-8"
    if _NO_PARQUET.search(str(error)):
        return "it is not a Parquet file, or is cut off"
    return "it is damaged"


def _first_unreadable(path: Path, columns: Sequence[Column]) -> str:
    """The first of the columns that cannot be read by itself."""
    with connect(Path(":memory:")) as connection:
        file = open_parquet(connection, path, path.parent)
        for column in columns:
            wanted = {name: column for name in file.names if plain(name) == column.name}
            try:
                if wanted:
                    connection.execute(f"create or replace temp table read as {file.query(wanted)}")
            except duckdb.Error:
                return f"column {column.name}"
    return "it"


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
