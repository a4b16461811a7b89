r"""From text to type: the one place where a value's text is understood, whatever file it came from.

Each type has a builder of SQL over the text. A pattern decides what the text may look like, then
DuckDB converts it, because its casts alone take too much: they round '12.5' to an integer, read
'0x10', and drop the zone of a timestamp. What is not of the type becomes null and is never landed.

The session's time zone must be UTC, as :func:`tokenmart.warehouse.connect` sets it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from sqlglot import exp

from tokenmart.schema import Column

EXACT = Column("figure", exp.DataType.build("decimal(38, 20)"), is_required=False)
"""A column of which no digit may be lost."""

_Type = exp.DataType.Type

_WHOLE = r"[+-]?[0-9]+(\.0*)?"
_DECIMAL = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)"
_EXPONENTIAL = r"([+-]?)([0-9]+)\.?([0-9]*)[eE]([+-]?[0-9]{1,3})"

_DAY = r"([1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])-[0-9]{2}-[0-9]{2}"
_SECOND = rf"{_DAY}[ T][0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(\.[0-9]+)?"
_MOMENT = rf"{_DAY}([ T][0-9]{{2}}:[0-9]{{2}})?|{_SECOND}"
_ZONED = rf"{_SECOND}(Z| UTC|[+-](0[0-9]|1[0-5])(:?[0-5][0-9])?)"
_MIDNIGHT = rf"{_DAY}([ T]00:00(:00(\.0+)?(Z| UTC|[+-]00(:?00)?)?)?)?"

_JSON_STRING = r'"(?:[^"\\]|\\.)*"'
_NOT_JSON = r"(?i)nan|inf|,\s*[\]}]"


@dataclass(frozen=True)
class Conversion:
    """How the text of one column becomes its type, as SQL expressions over that text."""

    given: str
    """The text, null where there is no value."""

    value: str
    """The typed value, null where there is none or the text is not of the type."""

    complaint: str
    """What to say of a text that is not of the type."""

    is_rounded: str = "false"
    """Whether the value is not all that the text said."""

    @property
    def is_refused(self) -> str:
        return f"({self.given}) is not null and ({self.value}) is null"


def conversion(column: Column, text: str) -> Conversion:
    """The conversion of ``text``, a SQL expression, to the type of ``column``."""
    return _BUILDERS[column.type.this](column, text)


def _text(column: Column, text: str) -> Conversion:
    if not column.type.expressions:
        return Conversion(text, text, "''")
    longest = column.type.expressions[0].name
    return Conversion(
        text,
        f"case when length({text}) <= {longest} then {text} end",
        f"'is longer than {longest} characters'",
    )


def _integer(column: Column, text: str) -> Conversion:
    given = _filled(text)
    sql_type = column.sql_type("duckdb")
    forms = {_matches(given, _WHOLE): f"try_cast({given} as {sql_type})"}
    return _in_forms(column, given, forms, noun="an integer")


def _decimal(column: Column, text: str) -> Conversion:
    given = _filled(text)
    plain = _without_exponent(given)
    sql_type = column.sql_type("duckdb")
    scale = column.type.expressions[1].name
    # The casts round half away from zero, like Postgres.
    forms = {
        _matches(given, _DECIMAL): f"try_cast({given} as {sql_type})",
        _matches(given, _EXPONENTIAL): f"try_cast({plain} as {sql_type})",
    }
    is_rounded = rf"regexp_matches({plain}, '\.[0-9]{{{scale}}}[0-9]*[1-9]')"
    return _in_forms(column, given, forms, noun="a decimal number", is_rounded=is_rounded)


def _timestamp(column: Column, text: str) -> Conversion:
    given = _filled(text)
    sql_type = column.sql_type("duckdb")
    # The casts cut off what follows the microsecond. Only the second one heeds a zone.
    forms = {
        _matches(given, _MOMENT): f"try_cast({given} as timestamp)::{sql_type}",
        _matches(given, _ZONED): f"try_cast({given} as timestamptz)::{sql_type}",
    }
    return _in_forms(column, given, forms, noun="a timestamp (YYYY-MM-DD HH:MM:SS)")


def _date(column: Column, text: str) -> Conversion:
    given = _filled(text)
    forms = {_matches(given, _MIDNIGHT): f"try_cast(left({given}, 10) as date)"}
    return _in_forms(column, given, forms, noun="a date (YYYY-MM-DD)")


def _boolean(column: Column, text: str) -> Conversion:
    given = _filled(text)
    value = (
        f"case when lower({given}) in ('true', 't', '1') then true "
        f"when lower({given}) in ('false', 'f', '0') then false end"
    )
    return Conversion(given, value, "'is not a boolean (true, false, t, f, 1 or 0)'")


def _uuid(column: Column, text: str) -> Conversion:
    given = _filled(text)
    return Conversion(given, f"try_cast({given} as uuid)", "'is not a UUID'")


def _json(column: Column, text: str) -> Conversion:
    given = _filled(text)
    # DuckDB lets NaN, Infinity and a comma before a bracket pass; Postgres and the standard do not.
    blanked = f"regexp_replace({given}, '{_JSON_STRING}', '\"\"', 'g')"
    is_strict = f"not regexp_matches({blanked}, '{_NOT_JSON}')"
    value = f"case when json_valid({given}) and {is_strict} then {given}::json end"
    return Conversion(given, value, "'is not valid JSON'")


def _filled(text: str) -> str:
    """An empty text is no value, unless the column is of text."""
    return f"nullif(trim({text}), '')"


def _without_exponent(number: str) -> str:
    """'15e-1' as '01.5': DuckDB's own cast of an exponent rounds wrongly and overflows the type."""
    parts = f"regexp_extract({number}, '{_EXPONENTIAL}', ['sign', 'whole', 'part', 'power'])"
    power = f"try_cast({parts}.power as integer)"
    digits = (
        f"repeat('0', greatest(-{power}, 0)) || {parts}.whole || {parts}.part"
        f" || repeat('0', greatest({power}, 0))"
    )
    point = f"(length({parts}.whole) + greatest({power}, 0))"
    return (
        f"case when regexp_full_match({number}, '{_EXPONENTIAL}') "
        f"then {parts}.sign || left({digits}, {point}) || '.' || substr({digits}, {point} + 1) "
        f"else {number} end"
    )


def _matches(text: str, pattern: str) -> str:
    return f"regexp_full_match({text}, '{pattern}')"


def _in_forms(
    column: Column, given: str, forms: dict[str, str], *, noun: str, is_rounded: str = "false"
) -> Conversion:
    """The value by the first form that the text has; of a 30 February there is none even so."""
    values = " ".join(f"when {form} then {value}" for form, value in forms.items())
    out_of_range = f"is out of range for {column.sql_type('postgres')}"
    return Conversion(
        given,
        f"case {values} end",
        f"case when {' or '.join(forms)} then '{out_of_range}' else 'is not {noun}' end",
        is_rounded,
    )


_BUILDERS: dict[Enum, Callable[[Column, str], Conversion]] = {
    _Type.TEXT: _text,
    _Type.VARCHAR: _text,
    _Type.INT: _integer,
    _Type.SERIAL: _integer,
    _Type.BIGINT: _integer,
    _Type.BIGSERIAL: _integer,
    _Type.DECIMAL: _decimal,
    _Type.TIMESTAMP: _timestamp,
    _Type.TIMESTAMPTZ: _timestamp,
    _Type.DATE: _date,
    _Type.BOOLEAN: _boolean,
    _Type.UUID: _uuid,
    _Type.JSONB: _json,
}
