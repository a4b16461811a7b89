"""The value that lands of a staged text."""

from tokenmart.land.convert import conversion
from tokenmart.land.read import Staged
from tokenmart.land.sql import identifier, literal
from tokenmart.schema import KEPT_OF_SECRETS, Column


def landed_value(table: str, staged: Staged, column: Column) -> str:
    """The column's typed value; of a secret nothing, or the one member of it that may pass."""
    value = conversion(column, identifier(column.name)).value
    if column.name not in staged.secret:
        return value
    kept = KEPT_OF_SECRETS.get((table, column.name))
    if kept is None:
        return "null"
    member = f"({value}) ->> {literal(kept)}"
    return f"case when {member} is not null then json_object({literal(kept)}, {member}) end"
