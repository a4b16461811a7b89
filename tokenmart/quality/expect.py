"""The few forms of rules that the checks are written in."""

from collections.abc import Iterable

from tokenmart.quality.expectations import ExpectNoRowWhere, ExpectNothingFound, Rule


def warn(*rules: Iterable[Rule]) -> list[Rule]:
    """The rules, as warnings: what breaks them is not counted, or harmless."""
    return [rule.copy(update={"severity": "warning"}) for several in rules for rule in several]


def not_null(key: str, *columns: str) -> list[Rule]:
    """Every value is there."""
    return [
        rule for column in columns for rule in never(key, f"{column} is there", f"{column} is null")
    ]


def not_negative(key: str, *columns: str) -> list[Rule]:
    """No number is below zero; nulls pass."""
    return [
        rule
        for column in columns
        for rule in never(key, f"{column} is not negative", f"{column} < 0")
    ]


def one_of(key: str, column: str, *words: str) -> list[Rule]:
    """Every value is one of the words; nulls pass."""
    listed = ", ".join(f"'{word}'" for word in words)
    return never(key, f"{column} is one of {', '.join(words)}", f"{column} not in ({listed})")


def never(key: str, words: str, condition: str) -> list[Rule]:
    """No row fulfils the condition."""
    return [ExpectNoRowWhere(description=words, condition=condition, keys=key)]


def no_rows(words: str, query: str, noun: str = "row") -> list[Rule]:
    """The query over ``{batch}`` finds nothing. It selects keys, never whole rows."""
    return [ExpectNothingFound(description=words, unexpected_rows_query=query, noun=noun)]


def unique(*columns: str, where: str = "true") -> list[Rule]:
    """No value, or no combination of values, occurs twice; nulls are equal to each other."""
    keys = ", ".join(columns)
    return no_rows(
        f"{keys}: no two rows are the same",
        f"select {keys} from {{batch}} where {where} group by {keys} having count(*) > 1",
        noun="key",
    )


def listed_in(
    words: str, key: str, columns: dict[str, str], parent: str, *, as_text: bool = False
) -> list[Rule]:
    """The columns, the last of which may be null, are in those of the parent by which they go."""
    same = " and ".join(
        f"cast(child.{ours} as varchar) = cast(parent.{theirs} as varchar)"
        if as_text
        else f"child.{ours} = parent.{theirs}"
        for ours, theirs in columns.items()
    )
    keys = ", ".join(f"child.{name}" for name in key.split(", "))
    *_, (ours, theirs) = columns.items()
    return no_rows(
        words,
        f"select {keys} from {{batch}} as child left join {parent} as parent on {same}"
        f" where child.{ours} is not null and parent.{theirs} is null",
    )


def same_by(words: str, keys: str, theirs: str, *columns: str, mine: str = "{batch}") -> list[Rule]:
    """The combinations of the keys are the same on both sides, and so are the sums.

    A side is a relation, or a query in brackets. An unknown sum (null) is equal to another unknown
    one only, never to zero.
    """
    sums = ", ".join(f"sum({column}) as {column}" for column in columns)
    differ = " or ".join(
        f"count({column}) = 1 or min({column}) <> max({column})" for column in columns
    )
    # a query in brackets needs a name, and the batch comes with one
    source = mine if mine == "{batch}" else f"{mine} as mine"
    query = (
        f"select {keys} from ("
        f"select {keys}, {sums} from {source} group by {keys} union all "
        f"select {keys}, {sums} from {theirs} as theirs group by {keys}"
        f") as both_sides group by {keys} having count(*) <> 2 or {differ}"
    )
    return no_rows(words, query, noun="group")
