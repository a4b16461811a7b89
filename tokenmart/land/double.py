"""Usage and bills that two exports report: what would count twice in silence is refused.

Rows of one format replace each other, because their ids are made of what they report. Of two
formats nobody can tell which rows are the same, so a provider's day comes from one of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tokenmart.errors import UserError
from tokenmart.land.sql import identifier, literal
from tokenmart.land.target import Load, Target
from tokenmart.land.transform import OF_ACCOUNT

_MOMENT = 'coalesce(window_start, "timestamp")'
_OWN_TABLES = "the source's own tables"


@dataclass(frozen=True)
class _Report:
    """A day of a provider's usage or bills, and who reported it."""

    provider: str
    day: str
    reported_by: str | None

    @property
    def account(self) -> str:
        return (self.reported_by or "").partition(OF_ACCOUNT)[2]

    @property
    def format(self) -> str:
        return (self.reported_by or _OWN_TABLES).partition(OF_ACCOUNT)[0]


def refuse_reported_twice(target: Target, loads: Sequence[Load]) -> None:
    """Refuse what reports a provider's day that another format has reported, or that it is said
    to be of another account."""
    by_name = {load.table.name: load for load in loads}
    for name, what in (("usage_events", "usage"), ("provider_costs", "costs")):
        if load := by_name.get(name):
            there = _there(target, load)
            if there or _names_formats(target, load):
                _refuse(load, what, _delivered(target, load, by_name), there)


def _refuse(load: Load, what: str, delivered: set[_Report], there: set[_Report]) -> None:
    seen = {(each.provider, each.account, each.day): each for each in there}
    for each in sorted(delivered, key=lambda each: (each.day, each.provider, each.format)):
        other = seen.setdefault((each.provider, each.account, each.day), each)
        if other.format != each.format:
            raise UserError(
                f"{load.staged.path.name}: the {what} of {each.provider or 'a provider'} on "
                f"{each.day} would count twice, from {each.format} and from {other.format}, which "
                f"{'is in the warehouse' if other in there else 'is delivered too'}. Land each day "
                "from one of them; if they are of different accounts, say whose this is with "
                "--account NAME."
            )


def _names_formats(target: Target, load: Load) -> bool:
    (row,) = target.reader.execute(
        f"select count(reported_by) from {load.staged.relation}"
    ).fetchall()
    return bool(row[0])


def _delivered(target: Target, load: Load, loads: dict[str, Load]) -> set[_Report]:
    rows = load.staged.relation
    if load.table.name == "provider_costs":
        query = _costs(rows)
    elif keys := loads.get("provider_keys"):
        query = _usage(rows, keys.staged.relation)
    else:
        return set()
    return {_Report(*row) for row in target.reader.execute(query).fetchall()}


def _there(target: Target, load: Load) -> set[_Report]:
    """What the warehouse holds, if exports were landed in it."""
    schema = identifier(load.schema)
    needed = {(load.table.name, "reported_by")}
    query = _costs(f"{schema}.provider_costs")
    if load.table.name == "usage_events":
        needed.add(("provider_keys", "provider"))
        query = _usage(f"{schema}.usage_events", f"{schema}.provider_keys")
    present = target.query(
        "select table_name, column_name from information_schema.columns"
        " where table_catalog = current_database()"
        f" and lower(table_schema) = {literal(load.schema.lower())}"
    )
    if not needed <= set(present):
        return set()
    return {_Report(*row) for row in target.query(query)}


def _usage(rows: str, keys: str) -> str:
    return f"""
        select
            coalesce(lower(keys.provider), ''),
            coalesce(cast(cast(cast({_MOMENT} as timestamp) as date) as varchar(10)), ''),
            rows.reported_by
        from {rows} as rows
        inner join {keys} as keys on cast(rows.key_id as bigint) = cast(keys.id as bigint)
        group by 1, 2, 3
    """


def _costs(rows: str) -> str:
    return f"""
        select
            coalesce(lower(provider), ''),
            coalesce(cast(cast(usage_date as date) as varchar(10)), ''),
            reported_by
        from {rows} as rows
        group by 1, 2, 3
    """
