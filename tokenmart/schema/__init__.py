"""The source tables, read from the DDL of their own applications.

The ``*.sql`` files beside this module are Postgres DDL and the only place where the names, types
and constraints of the source tables are written down for Python. A table whose statement follows
the comment ``-- optional`` may be missing from a source.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import sqlglot
from sqlglot import exp

from tokenmart.schema.constraints import (
    Constraint,
    PrimaryKey,
    UniqueIndex,
    constraints_of,
    unique_index,
)
from tokenmart.sources import NAMES

SECRET_COLUMNS = {
    "provider_keys": {
        "encrypted_key",
        "iv",
        "auth_tag",
        "encrypted_metadata",
        "metadata_iv",
        "metadata_auth_tag",
    },
    "organizations": {"settings", "claude_api_token"},
    "employees": {"password_hash", "preferences", "personal_claude_token"},
    "employee_agent_configs": {"config_override", "sync_token", "content"},
    "voice_conversations": {"summary", "metadata"},
}
"""Columns that are neither landed nor selected."""

KEPT_OF_SECRETS = {("voice_conversations", "metadata"): "model"}
"""The one member of a secret JSON column that passes."""

TELLING_COLUMNS = {"provider_costs": {"usage_date", "amount_usd"}}
"""Columns whose values may be null, and without which a file says nothing."""

_SERIALS = {exp.DataType.Type.SERIAL: "integer", exp.DataType.Type.BIGSERIAL: "bigint"}


@dataclass(frozen=True)
class Column:
    """One column: its Postgres type, and whether a source row cannot be without it."""

    name: str
    type: exp.DataType
    is_required: bool
    default: str | None = None
    """What Postgres fills in where an insert names no value; of a serial, nothing is said here."""

    is_telling: bool = False
    """True if its values may be null, but a file without the column says nothing."""

    def sql_type(self, dialect: str) -> str:
        """The column's type as ``dialect`` spells it; serial is an integer to everybody else."""
        if self.is_serial:
            return _SERIALS[self.type.this]
        return self.type.sql(dialect=dialect).lower()

    @property
    def is_needed(self) -> bool:
        """True if a file must have the column."""
        return self.is_required or self.is_telling

    @property
    def is_serial(self) -> bool:
        """True if Postgres counts the values up by itself."""
        return self.type.this in _SERIALS

    @property
    def is_text(self) -> bool:
        return bool(self.type.this in exp.DataType.TEXT_TYPES)

    @property
    def is_figure(self) -> bool:
        return bool(self.type.this in exp.DataType.NUMERIC_TYPES)

    @property
    def is_fraction(self) -> bool:
        return bool(self.type.this == exp.DataType.Type.DECIMAL)

    @property
    def is_json(self) -> bool:
        return bool(self.type.this == exp.DataType.Type.JSONB)

    @property
    def is_moment(self) -> bool:
        return self.type.this in (exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIMESTAMPTZ)


@dataclass(frozen=True)
class Table:
    """One source table."""

    source: str
    name: str
    columns: tuple[Column, ...]
    constraints: tuple[Constraint, ...]
    is_optional: bool

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def key_columns(self) -> tuple[str, ...]:
        """What says which row it is: the primary key, or without one all but the figures."""
        for constraint in self.constraints:
            if isinstance(constraint, PrimaryKey):
                return constraint.columns
        return tuple(column.name for column in self.columns if not column.is_figure)

    def identity(self, row: str) -> list[str]:
        """SQL for what says which row of the alias it is; a line that has an id is known by it."""
        own = {"line_id", "reported_by"}
        if not own <= {*self.column_names}:
            return [f'{row}."{name}"' for name in self.key_columns]
        return [
            f'{row}."{name}"'
            if name in own
            else f'case when {row}."line_id" is null then {row}."{name}" end'
            for name in self.key_columns
        ]

    @property
    def landed_columns(self) -> tuple[Column, ...]:
        """The columns of which land keeps something."""
        secret = SECRET_COLUMNS.get(self.name, set())
        return tuple(
            column
            for column in self.columns
            if column.name not in secret or (self.name, column.name) in KEPT_OF_SECRETS
        )

    @property
    def public_columns(self) -> tuple[str, ...]:
        """The columns that may leave the source."""
        secret = SECRET_COLUMNS.get(self.name, set())
        return tuple(name for name in self.column_names if name not in secret)


@cache
def tables() -> dict[str, Table]:
    """Every source table by name, parents before children."""
    return {table.name: table for source in NAMES for table in _read(source)}


def _read(source: str) -> list[Table]:
    ddl = files(__package__).joinpath(f"{source}.sql").read_text(encoding="utf-8")
    statements = [each for each in sqlglot.parse(ddl, read="postgres") if each]
    creates = [each for each in statements if isinstance(each, exp.Create)]
    indexes = [
        unique_index(each) for each in creates if each.kind == "INDEX" and each.args["unique"]
    ]
    return [_table(source, each, indexes) for each in creates if each.kind == "TABLE"]


def _table(source: str, create: exp.Create, indexes: list[tuple[str, UniqueIndex]]) -> Table:
    name = create.this.this.name
    return Table(
        source=source,
        name=name,
        columns=tuple(_column(name, definition) for definition in create.find_all(exp.ColumnDef)),
        constraints=(*constraints_of(create), *(i for table, i in indexes if table == name)),
        is_optional="optional" in (comment.strip() for comment in create.comments or ()),
    )


def _column(table: str, definition: exp.ColumnDef) -> Column:
    kinds = {type(constraint.kind): constraint.kind for constraint in definition.constraints}
    default = kinds.get(exp.DefaultColumnConstraint)
    not_null = exp.NotNullColumnConstraint in kinds or exp.PrimaryKeyColumnConstraint in kinds
    is_required = not_null and not default
    assert definition.kind is not None
    return Column(
        definition.name,
        definition.kind,
        is_required=is_required,
        default=default.this.sql(dialect="postgres") if default else None,
        is_telling=definition.name in TELLING_COLUMNS.get(table, ()),
    )
