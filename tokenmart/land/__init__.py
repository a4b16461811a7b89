"""Landing: a folder of data files becomes the raw tables of a project's DuckDB database.

A file goes the same way whatever its format: it is read as columns of text into a temporary table
(:mod:`read`), every text is checked against its column's type (:mod:`check`, :mod:`convert`), and
only when all files have passed are the raw tables written, in one transaction (:mod:`write`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from tokenmart.errors import UserError
from tokenmart.land.check import check
from tokenmart.land.delivery import Delivery, find
from tokenmart.land.guard import (
    LANDED,
    SAMPLE,
    RawTable,
    raw_tables,
    refuse_foreign,
    refuse_mixture,
    warn_of_mixture,
)
from tokenmart.land.read import Staged, stage
from tokenmart.land.report import note
from tokenmart.land.sql import identifier, literal
from tokenmart.land.write import create_table, insert, refuse_other_columns
from tokenmart.project import Project
from tokenmart.schema import SECRET_COLUMNS, SOURCES, Table
from tokenmart.warehouse import connect


@dataclass(frozen=True)
class Landed:
    """A file that was landed: the raw table, and how many rows the file brought."""

    table: str
    rows: int
    path: Path


def land(
    project: Project, folder: Path, *, append: bool = False, force: bool = False
) -> list[Landed]:
    """Land every data file of ``folder``, or refuse the folder and leave the database as it was."""
    delivery = find(folder)
    mark = SAMPLE if delivery.is_sample else LANDED
    schemas = {source: project.source_schema(source) for source in SOURCES}
    with _no_new_file_unless_landed(project.duckdb_path), connect(project.duckdb_path) as connection:
        present = raw_tables(connection, schemas.values())
        if not force:
            refuse_foreign(present, {schemas[table.source] for table in delivery.files})
            refuse_mixture(present, mark)
        staged = _stage(connection, delivery)
        landed = []
        with _transaction(connection):
            for table, rows in staged.items():
                target = RawTable(schemas[table.source], table.name, mark, is_view=False)
                _write(connection, target, ...)
        warn_of_mixture(raw_tables(connection, schemas.values()), mark)
    return landed
