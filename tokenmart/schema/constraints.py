"""The constraints of a source table, as its DDL declares them.

Each bears the name that Postgres gives it, or gives it by default. What is SQL is understood by
Postgres and DuckDB alike.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp


@dataclass(frozen=True)
class NotNull:
    """A column that always has a value. Those of a primary key are not listed next to it."""

    column: str


@dataclass(frozen=True)
class PrimaryKey:
    """The columns by which a row is known."""

    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class UniqueIndex:
    """Expressions of which no two rows, among those of the condition, have the same values."""

    name: str
    expressions: tuple[str, ...]
    condition: str | None


@dataclass(frozen=True)
class Check:
    """A condition that is false for no row."""

    name: str
    condition: str


@dataclass(frozen=True)
class ForeignKey:
    """A column that holds the key of a parent, and what happens when the parent is deleted."""

    name: str
    column: str
    parent: str
    parent_column: str
    on_delete: str | None
    """``cascade``, ``set null``, or none: then a parent with children cannot be deleted."""


Constraint = NotNull | PrimaryKey | UniqueIndex | Check | ForeignKey


def constraints_of(create: exp.Create) -> tuple[Constraint, ...]:
    """The constraints in a ``create table``, keys first and references last."""
    table = create.this.this.name
    found = [
        constraint
        for definition in create.this.expressions
        for constraint in _of_column(table, _column_definition(definition))
    ]
    keyed = {column for each in found if isinstance(each, PrimaryKey) for column in each.columns}
    order = [PrimaryKey, NotNull, Check, ForeignKey]
    return tuple(
        sorted(
            (c for c in found if not (isinstance(c, NotNull) and c.column in keyed)),
            key=lambda constraint: order.index(type(constraint)),
        )
    )


def unique_index(create: exp.Create) -> tuple[str, UniqueIndex]:
    """The table of a ``create unique index``, and the index."""
    index = create.this
    parameters = index.args["params"]
    where = parameters.args.get("where")
    return index.args["table"].name, UniqueIndex(
        index.name,
        tuple(_sql(column.this) for column in parameters.args["columns"]),
        _sql(where.this) if where else None,
    )


def _of_column(table: str, definition: exp.ColumnDef) -> Iterator[Constraint]:
    column = definition.name
    for constraint in definition.constraints:
        match constraint.kind:
            case exp.PrimaryKeyColumnConstraint():
                yield PrimaryKey(f"{table}_pkey", (column,))
            case exp.NotNullColumnConstraint():
                yield NotNull(column)
            case exp.CheckColumnConstraint() as check:
                yield Check(f"{table}_{column}_check", _sql(check.this))
            case exp.Reference() as reference:
                yield ForeignKey(
                    f"{table}_{column}_fkey",
                    column,
                    reference.this.this.name,
                    reference.this.expressions[0].name,
                    _on_delete(reference),
                )
            case exp.DefaultColumnConstraint():
                pass
            case unknown:
                raise NotImplementedError(f"{table}.{column}: {unknown.sql()}")


def _column_definition(definition: exp.Expression) -> exp.ColumnDef:
    if not isinstance(definition, exp.ColumnDef):
        raise NotImplementedError(f"a constraint that stands beside columns: {definition.sql()}")
    return definition


def _on_delete(reference: exp.Reference) -> str | None:
    for option in reference.args.get("options") or ():
        action = str(option).lower()
        if action.startswith("on delete "):
            return action.removeprefix("on delete ")
    return None


def _sql(expression: exp.Expression) -> str:
    return expression.sql(dialect="postgres", identify=True)
