"""The value that lands of a staged text, and what is staged of a secret."""

from tokenmart.land.convert import conversion
from tokenmart.land.sql import identifier, literal
from tokenmart.schema import KEPT_OF_SECRETS, Column


def landed_value(column: Column) -> str:
    """The column's typed value."""
    return conversion(column, identifier(column.name)).value


def staged_text(table: str, column: Column) -> str:
    """The text, or of a secret nothing but the one member of it that may pass."""
    text = identifier(column.name)
    kept = KEPT_OF_SECRETS.get((table, column.name))
    if kept is None:
        return text
    json = conversion(column, text)
    # a string, of a name that occurs twice, the last: macros/engines/json_text.sql reads the same
    members = f"list_zip(json_keys({json.value}), json_extract({json.value}, '$.*'))"
    named = f"list_filter({members}, lambda member: member[1] = {literal(kept)})"
    member = f"list_last({named})[2]"
    return (
        # a text that is refused like the one in its place
        f"case when {json.is_refused} then 'secret' when json_type({member}) = 'VARCHAR'"
        f" then json_object({literal(kept)}, json_extract_string({member}, '$'))::varchar end"
    )
