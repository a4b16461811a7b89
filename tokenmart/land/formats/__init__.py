"""The file formats that can be landed, by the ending of a file's name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from tokenmart.land.formats.csv import csv_fault, open_csv
from tokenmart.land.formats.json_lines import json_lines_fault, open_json_lines
from tokenmart.land.formats.parquet import open_parquet, parquet_fault
from tokenmart.land.formats.text_file import TextFile
from tokenmart.schema import Column


@dataclass(frozen=True)
class Format:
    """A file format: its name, how to open a file of it, and how to say why one cannot be read."""

    name: str
    open: Callable[[duckdb.DuckDBPyConnection, Path, Path], TextFile]
    fault: Callable[[Path, duckdb.Error, Sequence[Column]], str]


_JSON_LINES = Format("JSON-lines", open_json_lines, json_lines_fault)

FORMATS = {
    ".csv": Format("CSV", open_csv, csv_fault),
    ".parquet": Format("Parquet", open_parquet, parquet_fault),
    ".jsonl": _JSON_LINES,
    ".ndjson": _JSON_LINES,
}

EXTENSIONS = tuple(FORMATS)
