"""One transaction of landing in Postgres."""

from collections.abc import Sequence
from typing import Any

import duckdb
from psycopg2.errors import (
    CardinalityViolation,
    DependentObjectsStillExist,
    FeatureNotSupported,
    InvalidColumnReference,
)
from psycopg2.extensions import cursor as Cursor

from tokenmart.errors import UserError
from tokenmart.land.guard import KINDS
from tokenmart.land.postgres.constraints import (
    BREACHES,
    loosen,
    references,
    release,
    savepoint,
    settle,
)
from tokenmart.land.postgres.copy import copy
from tokenmart.land.postgres.tables import Place, raw_tables
from tokenmart.land.sql import identifier, literal
from tokenmart.land.target import Load
from tokenmart.land.value import landed_value
from tokenmart.schema import Column, tables
from tokenmart.schema.constraints import PrimaryKey

_INTEGER, _BIGINT = (23, 4, None, None), (20, 8, None, None)
"""How a cursor describes the two types."""

_DELIVERED = '"pg_temp"."tokenmart_delivered"'


class Writing:
    """One transaction of landing."""

    def __init__(
        self, cursor: Cursor, reader: duckdb.DuckDBPyConnection, loads: Sequence[Load]
    ) -> None:
        self._cursor = cursor
        self._reader = reader
        self._loads = {Place(load.schema, load.table): load for load in loads}
        present = {
            (raw.schema, raw.name): raw
            for raw in raw_tables(cursor, (load.schema for load in loads))
        }
        self._present = {
            place for place in self._loads if (place.schema, place.table.name) in present
        }
        self._own = {
            place
            for place in self._neighbours()
            if (place.schema, place.table.name) in present
            and present[place.schema, place.table.name].mark in KINDS
        }

    def _neighbours(self) -> set[Place]:
        """The places of every source table in the schemas that are written to."""
        schemas = {(load.schema, load.table.source) for load in self._loads.values()}
        return {
            Place(schema, table)
            for schema, source in schemas
            for table in tables().values()
            if table.source == source
        }

    def write(self, mark: str) -> list[str]:
        """Write every table; what is to be said of constraints that rows break."""
        for schema in {place.schema for place in self._loads}:
            self._create_schema(schema)
        appended = {place for place in self._present if self._loads[place].keeps_others}
        # children first, because they hold on to their parents
        for place in reversed(self._loads):
            if place in appended:
                self._bring_into_form(place)
            elif place in self._present:
                self._clear(place)
        for place, load in self._loads.items():
            if place in appended:
                self._merge(place, load)
            else:
                self._create(place)
                copy(self._cursor, self._reader, load, place.sql)
            self._move_sequences(place)
            self._cursor.execute(f"comment on table {place.sql} is {literal(mark)}")
            self._cursor.execute(f"analyze {place.sql}")
        return self._settle()

    def _create_schema(self, schema: str) -> None:
        # not "if not exists", which asks for the right to create even where nothing is to be made
        self._cursor.execute("select from pg_namespace where nspname = %s", [schema])
        if self._cursor.fetchone() is None:
            self._cursor.execute(f"create schema {identifier(schema)}")

    def _clear(self, place: Place) -> None:
        """Empty the table, if it is one of ours and of the right form; else drop it.

        Views on the table stay, for it is never dropped with what depends on it.
        """
        try:
            release(self._cursor, place, self._own)
            if place in self._own and self._has_form(place):
                loosen(self._cursor, place)
                self._cursor.execute(f"truncate {place.sql}")
            else:
                self._cursor.execute(f"drop table {place.sql}")
                self._present.discard(place)
        except DependentObjectsStillExist as error:
            raise UserError(
                f"{place} cannot be replaced, because others depend on it: {_dependants(error)}. "
                "Drop them first (dbt makes its own views again), or land with --append."
            ) from error

    def _create(self, place: Place) -> None:
        if place in self._present:
            return
        definitions = ", ".join(_definition(column) for column in place.table.columns)
        self._cursor.execute(f"create table {place.sql} ({definitions})")
        # a serial column is not null from the start
        loosen(self._cursor, place)

    def _merge(self, place: Place, load: Load) -> None:
        """Add the rows; one whose key is there takes its place, by an update that cascades not."""
        names = [identifier(column.name) for column in place.table.columns]
        listed = ", ".join(names)
        self._cursor.execute(
            f"create temp table tokenmart_delivered on commit drop as "
            f"select {listed} from {place.sql} with no data"
        )
        copy(self._cursor, self._reader, load, _DELIVERED)
        if load.period:
            self._cursor.execute(f"delete from {place.sql} where {load.period}")
        insert = f"insert into {place.sql} ({listed}) select {listed} from {_DELIVERED}"
        keys = _key(place)
        if not keys:
            self._remove_replaced(place)
        try:
            with savepoint(self._cursor):
                self._cursor.execute(insert + _update(names, keys))
        except (*BREACHES, CardinalityViolation, InvalidColumnReference):
            # rows that break a constraint: without any, a delete cascades no more than an update
            self._loosen(place)
            self._remove_replaced(place)
            self._cursor.execute(insert)
        self._cursor.execute(f"drop table {_DELIVERED}")

    def _remove_replaced(self, place: Place) -> None:
        # as text, which tells null from '' and can be hashed
        old, new = (
            f"row({', '.join(place.table.identity(side))})::text" for side in ("old", "new")
        )
        self._cursor.execute(
            f"delete from {place.sql} as old using {_DELIVERED} as new where {old} = {new}"
        )

    def _loosen(self, place: Place) -> None:
        try:
            release(self._cursor, place, self._own | self._present)
            loosen(self._cursor, place)
        except DependentObjectsStillExist as error:
            raise UserError(
                f"Rows for {place} break its constraints, which others depend on: "
                f"{_dependants(error)}. Drop them first."
            ) from error

    def _has_form(self, place: Place) -> bool:
        """Whether the table has the columns of its source; it gets those of a later version."""
        wanted = self._types(
            "select "
            + ", ".join(
                f"null::{column.sql_type('postgres')} as {identifier(column.name)}"
                for column in place.table.columns
            )
        )
        actual = self._types(f"select * from {place.sql} limit 0")
        for name, type_ in wanted.items():
            column = place.table.column(name)
            if name not in actual and not column.is_needed:
                self._alter(place, f"add column {identifier(name)} {column.sql_type('postgres')}")
            elif (actual.get(name), type_) == (_INTEGER, _BIGINT):
                if self._needs_bigint(self._loads[place], column):
                    self._alter(place, f"alter column {identifier(name)} type bigint")
            elif actual.get(name) != type_:
                return False
        return actual.keys() <= wanted.keys()

    def _types(self, query: str) -> dict[str, tuple[Any, ...]]:
        self._cursor.execute(query)
        assert self._cursor.description is not None
        return {column.name: _type_of(column) for column in self._cursor.description}

    def _needs_bigint(self, load: Load, column: Column) -> bool:
        value = landed_value(column)
        query = f"select max(abs({value})) > 2147483647 from {load.staged.relation}"
        (row,) = self._reader.execute(query).fetchall()
        return bool(row[0])

    def _alter(self, place: Place, change: str) -> None:
        try:
            with savepoint(self._cursor):
                self._cursor.execute(f"alter table {place.sql} {change}")
        except FeatureNotSupported as error:
            raise UserError(
                f"{place} holds ids that are too small for those of exports, and a view depends on "
                f"it ({error.diag.message_detail}): drop the view, land again, and build, which "
                "makes it again."
            ) from error

    def _bring_into_form(self, place: Place) -> None:
        if not self._has_form(place):
            raise UserError(
                f"Rows cannot be appended to {place}, whose columns are not those of the source "
                f"table {place.table.name}: land all its rows without --append."
            )

    def _move_sequences(self, place: Place) -> None:
        """Let the next id that the database gives come after those that were delivered."""
        for column in place.table.columns:
            if column.is_serial:
                name = identifier(column.name)
                self._cursor.execute(
                    f"select setval(sequence, greatest(last, 1), last is not null) from "
                    f"(select pg_get_serial_sequence(%s, %s) as sequence, max({name}) as last "
                    f"from {place.sql}) as ids where sequence is not null",
                    [place.sql, column.name],
                )

    def _settle(self) -> list[str]:
        """Put back the constraints of what was written, and of what points to it."""
        written = [(place, each) for place in self._loads for each in place.constraints]
        pointing = [
            (child, each)
            for child in self._own - self._loads.keys()
            for each in references(child, self._loads)
        ]
        return settle(self._cursor, [*written, *pointing])


def _type_of(column: Any) -> tuple[Any, ...]:
    """How a cursor describes the type of a column."""
    return column.type_code, column.internal_size, column.precision, column.scale


def _dependants(error: DependentObjectsStillExist) -> str:
    return "; ".join((error.diag.message_detail or "").splitlines())


def _definition(column: Column) -> str:
    default = f" default {column.default}" if column.default else ""
    type_ = column.type.sql(dialect="postgres")
    return f"{identifier(column.name)} {type_}{default}"


def _key(place: Place) -> list[str]:
    return [
        identifier(column)
        for constraint in place.table.constraints
        if isinstance(constraint, PrimaryKey)
        for column in constraint.columns
    ]


def _update(names: Sequence[str], keys: Sequence[str]) -> str:
    """What an insert does with a row whose key is there already."""
    if not keys:
        return ""
    values = ", ".join(f"{name} = excluded.{name}" for name in names if name not in keys)
    return f" on conflict ({', '.join(keys)}) do update set {values}"
