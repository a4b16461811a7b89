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
    # a string, of a name that stands twice the last: macros/json/json_text.sql reads the same
    members = f"list_zip(json_keys({value}), json_extract({value}, '$.*'))"
    named = f"list_filter({members}, lambda member: member[1] = {literal(kept)})"
    member = f"list_last({named})[2]"
    return (
        f"case when json_type({member}) = 'VARCHAR'"
        f" then json_object({literal(kept)}, json_extract_string({member}, '$')) end"
    )
