"""The source's constraints on raw tables in Postgres, as far as the delivered rows keep them.

A row that breaks a constraint is to be quarantined by the build, in everybody's sight, and not
refused here. So a foreign key that rows break is made ``not valid``: it still cascades, and guards
what is written from now on. Any other constraint is left out until rows come that keep it. A check
could be made ``not valid`` too, but would then forbid the ``set null`` of a row that breaks it, and
with it the deletion of the row's parent.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

import psycopg2
from psycopg2.errors import InvalidForeignKey, ProgramLimitExceeded
from psycopg2.extensions import cursor as Cursor

from tokenmart.land.postgres.tables import Place
from tokenmart.land.sql import identifier, literal
from tokenmart.schema.constraints import (
    Check,
    Constraint,
    ForeignKey,
    NotNull,
    PrimaryKey,
    UniqueIndex,
)

BREACHES = (psycopg2.IntegrityError, ProgramLimitExceeded)
"""What Postgres raises when rows break a constraint, or are too long for its index."""


def references(child: Place, parents: Iterable[Place]) -> list[ForeignKey]:
    """The foreign keys of ``child`` that point to one of ``parents``."""
    names = {parent.table.name for parent in parents if parent.schema == child.schema}
    return [
        each for each in child.constraints if isinstance(each, ForeignKey) and each.parent in names
    ]


def release(cursor: Cursor, place: Place, neighbours: Iterable[Place]) -> None:
    """Drop the foreign keys by which other raw tables hold on to this one."""
    for child in neighbours:
        for key in references(child, [place]):
            cursor.execute(_drop(child, key))


def loosen(cursor: Cursor, place: Place) -> None:
    """Drop the table's own constraints, so that it takes whatever rows come."""
    for constraint in reversed(place.constraints):
        cursor.execute(_drop(place, constraint))
        if isinstance(constraint, PrimaryKey):
            # its columns stay not null when it goes
            for column in constraint.columns:
                cursor.execute(_drop(place, NotNull(column)))


def settle(cursor: Cursor, wanted: Sequence[tuple[Place, Constraint]]) -> list[str]:
    """Put the constraints back; what is said of those that rows break."""
    # references last, because they need their parents' keys
    ordered = sorted(wanted, key=lambda each: isinstance(each[1], ForeignKey))
    warnings = (_settle(cursor, place, constraint) for place, constraint in ordered)
    return [warning for warning in warnings if warning]


@contextmanager
def savepoint(cursor: Cursor) -> Iterator[None]:
    """Take back what is done inside, and no more, if it fails."""
    cursor.execute("savepoint landing")
    try:
        yield
    except psycopg2.Error:
        cursor.execute("rollback to savepoint landing")
        raise
    cursor.execute("release savepoint landing")


def _settle(cursor: Cursor, place: Place, constraint: Constraint) -> str | None:
    is_valid = _is_valid(cursor, place, constraint)
    if is_valid:
        return None
    statement = _add(place, constraint)
    if is_valid is False:
        assert isinstance(constraint, Check | ForeignKey)
        name = identifier(constraint.name)
        statement = f"alter table {place.sql} validate constraint {name}"
    if isinstance(constraint, ForeignKey) and not _exists(cursor, place.beside(constraint.parent)):
        parent = f"{place.schema}.{constraint.parent}"
        return f"{place}: {_title(constraint)} is left out: there is no table {parent}."
    try:
        with savepoint(cursor):
            cursor.execute(statement)
    except InvalidForeignKey:
        assert isinstance(constraint, ForeignKey)
        return f"{place}: {_title(constraint)} is left out: {constraint.parent} has no primary key."
    except ProgramLimitExceeded as error:
        return f"{place}: {_title(constraint)} is left out: {error.diag.message_primary}."
    except psycopg2.IntegrityError:
        return _weaken(cursor, place, constraint, is_there=is_valid is not None)
    return None


def _weaken(cursor: Cursor, place: Place, constraint: Constraint, *, is_there: bool) -> str:
    """Keep of the constraint what can be kept, and say which rows break it."""
    if isinstance(constraint, ForeignKey) and not is_there:
        cursor.execute(f"{_add(place, constraint)} not valid")
        is_there = True
    outcome = "holds for new rows only" if is_there else "is left out"
    cursor.execute(_breach(place, constraint))
    count, example = cursor.fetchone() or (0, None)
    such = f", such as {_subject(constraint)} {example}" if example else ""
    rows = "1 row breaks" if count == 1 else f"{count:,} rows break"
    return f"{place}: {_title(constraint)} {outcome}: {rows} it{such}."


def _is_valid(cursor: Cursor, place: Place, constraint: Constraint) -> bool | None:
    """Whether the constraint holds for all rows; none if it is not there."""
    table = f"{literal(place.sql)}::regclass"
    match constraint:
        case NotNull(column):
            query = (
                f"select true from pg_attribute where attrelid = {table} and attnotnull "
                f"and attname = {literal(column)}"
            )
        case PrimaryKey():
            query = f"select true from pg_constraint where conrelid = {table} and contype = 'p'"
        case UniqueIndex(name=name):
            query = (
                "select true from pg_index join pg_class on pg_class.oid = indexrelid "
                f"where indrelid = {table} and relname = {literal(name)}"
            )
        case Check(name=name) | ForeignKey(name=name):
            query = (
                f"select convalidated from pg_constraint where conrelid = {table} "
                f"and conname = {literal(name)}"
            )
    cursor.execute(query)
    row = cursor.fetchone()
    return row[0] if row else None


def _exists(cursor: Cursor, relation: str) -> bool:
    cursor.execute("select to_regclass(%s) is not null", [relation])
    return bool((cursor.fetchone() or (False,))[0])


def _add(place: Place, constraint: Constraint) -> str:
    match constraint:
        case NotNull(column):
            return f"alter table {place.sql} alter column {identifier(column)} set not null"
        case PrimaryKey(name, columns):
            definition = f"primary key ({_listed(columns, identifier)})"
        case UniqueIndex(name, expressions, condition):
            where = f" where {condition}" if condition else ""
            terms = _listed(expressions, lambda each: f"({each})")
            return f"create unique index {identifier(name)} on {place.sql} ({terms}){where}"
        case Check(name, condition):
            definition = f"check ({condition})"
        case ForeignKey(name, column, parent, parent_column, on_delete):
            action = f" on delete {on_delete}" if on_delete else ""
            definition = (
                f"foreign key ({identifier(column)}) references {place.beside(parent)} "
                f"({identifier(parent_column)}){action}"
            )
    return f"alter table {place.sql} add constraint {identifier(name)} {definition}"


def _drop(place: Place, constraint: Constraint) -> str:
    match constraint:
        case NotNull(column):
            return f"alter table {place.sql} alter column {identifier(column)} drop not null"
        case UniqueIndex(name=name):
            return f"drop index if exists {place.beside(name)}"
    # a child that is of another form is gone already
    name = identifier(constraint.name)
    return f"alter table if exists {place.sql} drop constraint if exists {name}"


def _breach(place: Place, constraint: Constraint) -> str:
    """The query for the number of rows that break the constraint, and an example."""
    columns = {column.name for column in place.table.columns}
    key = identifier("id") if "id" in columns else "null"
    match constraint:
        case NotNull(column):
            return f"{_count(key)} from {place.sql} where {identifier(column)} is null"
        case Check(condition=condition):
            return f"{_count(key)} from {place.sql} where not ({condition})"
        case PrimaryKey(columns=keys):
            return _twice(place, key, [identifier(each) for each in keys], "true", or_null=True)
        case UniqueIndex(expressions=expressions, condition=condition):
            return _twice(place, key, expressions, condition or "true", or_null=False)
        case ForeignKey(column=column, parent=parent, parent_column=parent_column):
            child = f"child.{identifier(column)}"
            return (
                f"{_count(child)} from {place.sql} as child where {child} is not null "
                f"and not exists (select from {place.beside(parent)} as parent "
                f"where parent.{identifier(parent_column)} = {child})"
            )


def _twice(
    place: Place, key: str, expressions: Sequence[str], condition: str, *, or_null: bool
) -> str:
    """Rows that are alike in the expressions; a null is alike to nothing, but no key either."""
    some_null = " or ".join(f"({each}) is null" for each in expressions)
    return (
        f"{_count('key')} from (select {key} as key, {some_null} as is_null, "
        f"count(*) over (partition by {', '.join(expressions)}) as copies "
        f"from {place.sql} where {condition}) as numbered "
        f"where {'is_null or' if or_null else 'not is_null and'} copies > 1"
    )


def _count(example: str) -> str:
    return f"select count(*), min({example}::text)"


def _title(constraint: Constraint) -> str:
    match constraint:
        case NotNull(column):
            return f"not null of {column}"
        case PrimaryKey(columns=columns):
            return f"the primary key ({', '.join(columns)})"
        case UniqueIndex(name=name):
            return f"the unique index {name}"
        case Check(name=name):
            return f"the check {name}"
        case ForeignKey(name=name):
            return f"the foreign key {name}"


def _subject(constraint: Constraint) -> str:
    return constraint.column if isinstance(constraint, ForeignKey) else "the one with id"


def _listed(names: Iterable[str], form: Callable[[str], str]) -> str:
    return ", ".join(form(name) for name in names)
