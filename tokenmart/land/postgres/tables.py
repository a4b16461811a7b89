"""Where raw tables are in Postgres, and what is there."""

from collections.abc import Iterable
from dataclasses import dataclass

from psycopg2.extensions import cursor as Cursor

from tokenmart.land.guard import RawTable
from tokenmart.land.sql import identifier
from tokenmart.schema import SECRET_COLUMNS, Table
from tokenmart.schema.constraints import Constraint, NotNull


@dataclass(frozen=True)
class Place:
    """A raw table, and the schema that it is in."""

    schema: str
    table: Table

    def __str__(self) -> str:
        return f"{self.schema}.{self.table.name}"

    @property
    def sql(self) -> str:
        return self.beside(self.table.name)

    def beside(self, name: str) -> str:
        """The quoted name of something in the same schema."""
        return f"{identifier(self.schema)}.{identifier(name)}"

    @property
    def constraints(self) -> tuple[Constraint, ...]:
        """Those of the source; but a secret is landed as null, whatever its column says."""
        secret = SECRET_COLUMNS.get(self.table.name, set())
        return tuple(
            each
            for each in self.table.constraints
            if not (isinstance(each, NotNull) and each.column in secret)
        )


def raw_tables(cursor: Cursor, schemas: Iterable[str]) -> tuple[RawTable, ...]:
    cursor.execute(
        """
        select
            nspname,
            relname,
            obj_description(pg_class.oid, 'pg_class'),
            relkind not in ('r', 'p')
        from pg_class
        inner join pg_namespace on pg_namespace.oid = relnamespace
        where relkind in ('r', 'p', 'v', 'm', 'f') and nspname = any(%s)
        order by nspname, relname
        """,
        [sorted(set(schemas))],
    )
    return tuple(RawTable(*row) for row in cursor.fetchall())
