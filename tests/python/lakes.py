"""DuckLakes of their own, with a database of a real Postgres as their catalog."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import duckdb
from postgres import Server
from warehouses import Warehouse

from tokenmart.schema import tables
from tokenmart.warehouse.ducklake import DuckLake

CAN_OPEN = find_spec("duckdb_extension_ducklake") is not None
"""False where DuckDB's extensions have no wheel."""


class LakeWarehouse(Warehouse):
    """A DuckLake with raw tables, and the project built on it."""

    def __init__(self, folder: Path, server: Server) -> None:
        super().__init__(folder)
        self.server = server
        self.database = server.create_database()
        place = server.environment(self.database)
        self.catalog = f"dbname={self.database} host={place['PGHOST']} user={place['PGUSER']}"
        self.files = folder / "lake"
        self.changes: dict[str, str] = {}

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {
            "TOKENMART_TARGET": "ducklake",
            "TOKENMART_LAKE_CATALOG": self.catalog,
            "TOKENMART_LAKE_DATA": str(self.files),
            **self.changes,
        }

    @property
    def ducklake(self) -> DuckLake:
        return DuckLake("lake", self.catalog, {"data_path": f"{self.files}/"}, threads=1)

    @contextmanager
    def open(self, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        with self.ducklake.connect(read_only=read_only) as connection:
            yield connection

    def copy_sources(self, other: Warehouse) -> None:
        """Take the source tables of a DuckDB file, rows and types."""
        with self.open() as connection:
            connection.execute(f"attach '{other.path}' as other (read_only); begin")
            for table in tables().values():
                name = f"raw_{table.source}.{table.name}"
                connection.execute(f"create schema if not exists raw_{table.source}")
                connection.execute(f"create or replace table {name} as from other.{name}")
            connection.execute("commit")
