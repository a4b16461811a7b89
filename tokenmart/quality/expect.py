"""The few kinds of expectations that the checks are written in."""

from collections.abc import Iterable

import great_expectations.expectations as gxe
from great_expectations.expectations import Expectation


def not_null(*columns: str) -> Iterable[Expectation]:
    """Every value is there."""
    return [
        gxe.ExpectColumnValuesToNotBeNull(column=column, description=f"{column} is there")
        for column in columns
    ]


def unique(*columns: str) -> Iterable[Expectation]:
    """No value, or no combination of values, stands twice."""
    description = f"{', '.join(columns)}: no two rows are the same"
    if len(columns) == 1:
        return [gxe.ExpectColumnValuesToBeUnique(column=columns[0], description=description)]
    return [gxe.ExpectCompoundColumnsToBeUnique(column_list=list(columns), description=description)]


def not_negative(*columns: str) -> Iterable[Expectation]:
    """No number is below zero; nulls pass."""
    return [
        gxe.ExpectColumnValuesToBeBetween(
            column=column, min_value=0, description=f"{column} is not negative"
        )
        for column in columns
    ]


def one_of(column: str, *values: str) -> Iterable[Expectation]:
    """Every value is one of the words; nulls pass."""
    description = f"{column} is one of {', '.join(values)}"
    return [
        gxe.ExpectColumnValuesToBeInSet(
            column=column, value_set=list(values), description=description
        )
    ]


def no_rows(description: str, query: str) -> Iterable[Expectation]:
    """The query over ``{batch}`` finds nothing. It selects keys, never whole rows."""
    return [gxe.UnexpectedRowsExpectation(description=description, unexpected_rows_query=query)]


def never(key: str, description: str, condition: str) -> Iterable[Expectation]:
    """No row of the batch fulfils the condition."""
    return no_rows(description, f"select {key} from {{batch}} where {condition}")


def same_by(description: str, keys: str, other: str, *columns: str) -> Iterable[Expectation]:
    """For each combination of the keys, the columns add up to the same here and in ``other``.

    ``other`` is a relation with the same columns, or a query in brackets.
    """
    plus = ", ".join(f"coalesce(sum({column}), 0) as {column}" for column in columns)
    minus = ", ".join(f"-coalesce(sum({column}), 0) as {column}" for column in columns)
    differ = " or ".join(f"sum({column}) <> 0" for column in columns)
    query = (
        f"select {keys} from ("
        f"select {keys}, {plus} from {{batch}} group by {keys} union all "
        f"select {keys}, {minus} from {other} as theirs group by {keys}"
        f") as both_sides group by {keys} having {differ}"
    )
    return no_rows(description, query)
