"""What is landed again: the better version of a row stays, and of a bill's lines it is said.

Rows are replaced by those with the same id. A later file may have a worse version of a row: a
message before it was complete, a bucket of which only a part was asked for.
"""

from collections.abc import Sequence

from tokenmart.console import note, warn
from tokenmart.land.account import OF_ACCOUNT
from tokenmart.land.bill import lines_stay
from tokenmart.land.double import has_formats
from tokenmart.land.exports import EXPORTS, Documents, Export
from tokenmart.land.sql import identifier, literal
from tokenmart.land.target import Load, Target


def keep_better_rows(target: Target, loads: Sequence[Load]) -> None:
    """Leave out delivered rows of which the warehouse has a better version."""
    for load in loads:
        if load.table.name != "usage_events" or not has_formats(target, load):
            continue
        for export in EXPORTS:
            worse = _worse_rows(target, load, export) if export.best else []
            if worse:
                target.reader.execute(
                    f"delete from {load.staged.relation} where id::bigint in (select unnest(?))",
                    [worse],
                )
                rows = "row is" if len(worse) == 1 else "rows are"
                note(
                    f"{export.name}: {len(worse):,} {rows} left out: what was landed of them "
                    "before is more complete"
                )


def _worse_rows(target: Target, load: Load, export: Export) -> list[int]:
    delivered = {
        row[0]: row[1:]
        for row in target.reader.execute(_ranks(load.staged.relation, export)).fetchall()
    }
    if not delivered:
        return []
    # the first and the last time of windows; what has none may have been landed at another time
    ((first, last),) = target.reader.execute(
        f"select min(window_start::timestamp), max(window_start::timestamp)"
        f" from {load.staged.relation} where {_is_of(export)}"
    ).fetchall()
    period = f"window_start between timestamp '{first}' and timestamp '{last}'" if first else "true"
    there = f"{identifier(load.schema)}.{load.table.name}"
    return [
        row[0]
        for row in target.query(f"{_ranks(there, export)} and {period}")
        if row[0] in delivered and row[1:] > delivered[row[0]]
    ]


def _ranks(rows: str, export: Export) -> str:
    ranks = ", ".join(export.best)
    return f"select cast(id as bigint), {ranks} from {rows} as rows where {_is_of(export)}"


def _is_of(export: Export) -> str:
    return f"split_part(reported_by, {literal(OF_ACCOUNT)}, 1) = {literal(export.name)}"


def leave_out_clipped_days(target: Target, loads: Sequence[Load]) -> None:
    """Leave out a part of a day's bill where the warehouse has a bill of the day."""
    for load in loads:
        if load.table.name != "provider_costs":
            continue
        clipped = target.reader.execute(
            "select reported_by, provider, usage_date::varchar, seconds from clipped_days"
            " order by all"
        ).fetchall()
        if not clipped:
            continue
        there = (
            target.query(
                "select distinct reported_by, provider, cast(usage_date as varchar(10))"
                f" from {identifier(load.schema)}.{load.table.name} where reported_by is not null"
            )
            if has_formats(target, load)
            else []
        )
        for reporter, provider, day, seconds in clipped:
            part = f"{reporter}: the bill of {day} lacks the first {_hours(seconds)}"
            if (reporter, provider, day) in there:
                target.reader.execute(
                    f"delete from {load.staged.relation} where reported_by = ? and provider = ?"
                    " and usage_date::date = ?::date",
                    [reporter, provider, day],
                )
                note(f"{part} of the day; left out, because one was landed before")
            else:
                warn(f"{part} of the day, in UTC: fetch it again, from midnight.")


def _hours(seconds: int) -> str:
    return f"{seconds // 3600}:{seconds // 60 % 60:02} hours"


def say_which_lines_stay(target: Target, loads: Sequence[Load]) -> None:
    """Warn where lines of a bill are replaced and others of their days stay.

    Such files overlap, or are parts of one export that has alike lines in both: nothing in them
    tells which.
    """
    for load in loads:
        if load.table.name != "provider_costs" or not has_formats(target, load):
            continue
        formats = [each for each in EXPORTS if each.bill and not each.has_line_ids]
        for export in formats:
            if isinstance(export.records, Documents):
                continue
            rows = target.reader.execute(_lines(load.staged.relation, export)).fetchall()
            delivered = {*rows}
            days = {day for day, *_ in rows if day}
            there = (
                target.query(
                    _lines(f"{identifier(load.schema)}.{load.table.name}", export)
                    + f" and usage_date between date '{min(days)}' and date '{max(days)}'"
                )
                if days
                else []
            )
            replaced = sum(line in delivered for line in there)
            stay = sum(line[0] in days and line not in delivered for line in there)
            if replaced and stay:
                warn(lines_stay(export.name, replaced, stay, "landed before"))


def _lines(rows: str, export: Export) -> str:
    """The day of each line, and by what it is known."""
    about = ", ".join(
        f"case when line_id is null then coalesce({name}, '') end"
        for name in ("provider", "project_id", "api_key_id", "line_item", "currency")
    )
    day = "coalesce(cast(cast(usage_date as date) as varchar(10)), '')"
    return f"select {day}, reported_by, line_id, {about} from {rows} as rows where {_is_of(export)}"
