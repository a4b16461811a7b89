"""Names and texts as they stand in a SQL statement."""

from sqlglot import exp


def identifier(name: str) -> str:
    """``name`` as a quoted identifier."""
    return exp.to_identifier(name, quoted=True).sql(dialect="duckdb")


def literal(text: str) -> str:
    """``text`` as a string literal."""
    return exp.Literal.string(text).sql(dialect="duckdb")
