"""The warehouse of a project: the database that its dbt target names, on either engine."""

from tokenmart.errors import UserError
from tokenmart.project import Project
from tokenmart.warehouse.base import Result, Session, Warehouse
from tokenmart.warehouse.duckdb_file import DuckDBFile

__all__ = ["Result", "Session", "Warehouse", "warehouse_of"]


def warehouse_of(project: Project) -> Warehouse:
    """The database that dbt would build in."""
    engine = project.target.get("type")
    if engine == "duckdb":
        return DuckDBFile(project.duckdb_path)
    if engine == "postgres":
        try:
            # psycopg2 comes with an extra: only those who use Postgres pay for it
            from tokenmart.warehouse.postgres import PostgresDatabase
        except ModuleNotFoundError as error:
            raise UserError(
                f"Postgres needs {error.name}: install it with `pip install 'tokenmart[postgres]'`."
            ) from error
        return PostgresDatabase(project.target)
    raise UserError(
        f"The dbt target is of type {engine}; tokenmart's commands work on duckdb and postgres."
    )
