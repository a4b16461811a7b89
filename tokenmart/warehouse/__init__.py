"""The warehouse of a project: the database that its dbt target names, on either engine."""

from collections.abc import Mapping
from typing import Any

from tokenmart.errors import UserError
from tokenmart.project import Project
from tokenmart.warehouse.base import Result, Session, Warehouse
from tokenmart.warehouse.duckdb_file import DuckDBFile

__all__ = ["Result", "Session", "Warehouse", "warehouse_of"]


def warehouse_of(project: Project) -> Warehouse:
    """The database that dbt would build in."""
    engine = project.target.get("type")
    # psycopg2 comes with the extras of those engines that need it
    if engine == "duckdb" and (attached := _attached_lake(project.target)):
        try:
            from tokenmart.warehouse.ducklake import DuckLake
        except ModuleNotFoundError as error:
            raise UserError(
                f"DuckLake needs {error.name}: install it with `pip install 'tokenmart[ducklake]'`."
            ) from error
        return DuckLake.of(attached, project.root, int(project.target.get("threads") or 1))
    if engine == "duckdb":
        return DuckDBFile(project.duckdb_path)
    if engine == "postgres":
        try:
            from tokenmart.warehouse.postgres import PostgresDatabase
        except ModuleNotFoundError as error:
            raise UserError(
                f"Postgres needs {error.name}: install it with `pip install 'tokenmart[postgres]'`."
            ) from error
        return PostgresDatabase(project.target)
    raise UserError(
        f"The dbt target is of type {engine}; tokenmart's commands work on duckdb and postgres."
    )


def _attached_lake(target: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What a dbt target attaches as the database that it builds in, if that is a DuckLake."""
    lakes = (
        each
        for each in target.get("attach") or []
        if str(each.get("path")).startswith("ducklake:")
        and each.get("alias") == target.get("database")
    )
    return next(lakes, None)
