"""Usage and bills that two exports report: what would count twice in silence is refused.

Rows of one format replace each other, because their ids are made of what they report. Of two
formats nobody can tell which rows are the same, so a provider's day comes from one of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tokenmart.errors import UserError
from tokenmart.land.account import OF_ACCOUNT
from tokenmart.land.exports import EXPORTS
from tokenmart.land.exports.providers import as_billed
from tokenmart.land.grouping import refuse_two_groupings, reports, windows
from tokenmart.land.sql import identifier, literal
from tokenmart.land.target import Load, Target
from tokenmart.schema import Table

_MOMENT = 'coalesce(window_start, "timestamp")'
EXPORTED = {"usage_events": "usage", "provider_costs": "costs"}
"""The tables that exports fill with what they report, and what that is."""

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


def own_rows(target: Target, schema: str, table: Table, period: str | None) -> str | None:
    """The rows that a file of the source's own table may replace, as SQL over the table: those of
    its period that no export has brought. None if it may replace all."""
    source = "usage_events" if table.name == "provider_keys" else table.name
    if source not in EXPORTED or not _has_exports(target, schema, source):
        return period
    # where Postgres has a key's usage leave with it, no key is taken away
    own = "false" if table.name == "provider_keys" else "reported_by is null"
    return f"({period}) and {own}" if period else own


def refuse_reported_twice(target: Target, loads: Sequence[Load]) -> None:
    """Refuse what reports a provider's day that another format has reported, or that it is said
    to be of another account."""
    by_name = {load.table.name: load for load in loads}
    for name, what in EXPORTED.items():
        load = by_name.get(name)
        if load is None:
            continue
        is_export = _names_formats(target, load)
        if is_export or _has_exports(target, load.schema, name):
            there = _there(target, load, and_own_rows=is_export)
            _refuse(load, what, _delivered(target, load, by_name), there)


def refuse_another_grouping(target: Target, loads: Sequence[Load]) -> None:
    """Refuse usage whose windows the warehouse has from the same format, but grouped otherwise."""
    grouped = [literal(export.name) for export in EXPORTS if export.is_grouped]
    is_grouped = f"split_part(reported_by, {literal(OF_ACCOUNT)}, 1) in ({', '.join(grouped)})"
    same, row = "reported_by, cast(key_id as bigint) as key_id", "cast(id as bigint)"
    for load in loads:
        if load.table.name != "usage_events" or not has_formats(target, load):
            continue
        staged = windows(load.staged.relation, same, row, is_grouped)
        delivered = reports(target.reader.execute(staged).fetchall())
        if not delivered:
            continue
        starts = sorted(start for _, _, start, *_ in delivered)
        period = f"window_start between timestamp '{starts[0]}' and timestamp '{starts[-1]}'"
        table = f"{identifier(load.schema)}.usage_events"
        there = reports(target.query(windows(table, same, row, f"{is_grouped} and {period}")))
        for window in delivered.keys() & there.keys():
            pages = (delivered[window], there[window])
            refuse_two_groupings(load.staged.path.name, window[2], pages)


def _refuse(load: Load, what: str, delivered: set[_Report], there: set[_Report]) -> None:
    seen = {(each.provider, each.account, each.day): each for each in there}
    for each in sorted(delivered, key=lambda each: (each.day, each.provider, each.format)):
        other = seen.setdefault((each.provider, each.account, each.day), each)
        if other.format != each.format:
            raise UserError(
                f"{load.staged.path.name}: the {what} of {each.provider or 'a provider'} on "
                f"{each.day} would count twice, from {each.format} and from {other.format}, which "
                f"{'is in the warehouse' if other in there else 'is delivered too'}. Land each day "
                "from one of them; if they are of different accounts, "
                f"{_way_out(load, each, other)}."
            )


def _way_out(load: Load, each: _Report, other: _Report) -> str:
    if each.format != _OWN_TABLES:
        return "say whose this is with --account NAME"
    # whatever command brings the source's own tables, only exports can be of an account
    return (
        f"delete the rows of {other.format} from {load.schema}.{load.table.name}, which no build "
        "may have counted yet, and land its files again with `tokenmart land --account NAME`"
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


def _there(target: Target, load: Load, *, and_own_rows: bool) -> set[_Report]:
    """What the warehouse holds of exports, and of the source's own tables if they stay."""
    if not _has_formats(target, load.schema, load.table.name):
        return set()
    condition = "true" if and_own_rows else "rows.reported_by is not null"
    schema = identifier(load.schema)
    if load.table.name == "usage_events":
        query = _usage(f"{schema}.usage_events", f"{schema}.provider_keys", condition)
    else:
        query = _costs(f"{schema}.provider_costs", condition)
    return {_Report(*row) for row in target.query(query)}


def _has_exports(target: Target, schema: str, table: str) -> bool:
    """Whether an export has brought rows of the raw table."""
    return _has_formats(target, schema, table) and bool(
        target.query(
            f"select 1 from {identifier(schema)}.{table} where reported_by is not null limit 1"
        )
    )


def has_formats(target: Target, load: Load) -> bool:
    """Whether the raw table of a load is there, and says which format a row came from."""
    return _has_formats(target, load.schema, load.table.name)


def _has_formats(target: Target, schema: str, table: str) -> bool:
    """Whether the raw table and its parent are there, and say which format a row came from."""
    needed = {(table, "reported_by")}
    if table == "usage_events":
        needed.add(("provider_keys", "provider"))
    present = target.query(
        "select table_name, column_name from information_schema.columns"
        " where table_catalog = current_database()"
        f" and lower(table_schema) = {literal(schema.lower())}"
    )
    return needed <= {*present}


def _usage(rows: str, keys: str, condition: str = "true") -> str:
    return f"""
        select
            coalesce({as_billed("lower(keys.provider)")}, ''),
            coalesce(cast(cast(cast({_MOMENT} as timestamp) as date) as varchar(10)), ''),
            rows.reported_by
        from {rows} as rows
        inner join {keys} as keys on cast(rows.key_id as bigint) = cast(keys.id as bigint)
        where {condition}
        group by 1, 2, 3
    """


def _costs(rows: str, condition: str = "true") -> str:
    return f"""
        select
            coalesce(lower(provider), ''),
            coalesce(cast(cast(usage_date as date) as varchar(10)), ''),
            reported_by
        from {rows} as rows
        where {condition}
        group by 1, 2, 3
    """
