"""The lines of bills that exports make: which of them count, and by what they are known."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from tokenmart.console import warn
from tokenmart.errors import UserError
from tokenmart.land.account import OF_ACCOUNT, reported_by
from tokenmart.land.convert import EXACT, Conversion, conversion
from tokenmart.land.exports import EXPORTS, Documents, Export, Rows
from tokenmart.land.place import hint, place_of
from tokenmart.land.read import Staged
from tokenmart.land.sql import identifier, literal

_NOT_OF_LINES = (
    *("unit", "file", "identity", "clipped_seconds"),
    *("provider", "amount_usd", "quantity"),
)
"""What a reader selects for a bill that does not tell its lines apart."""


def bill(
    connection: duckdb.DuckDBPyConnection,
    export: Export,
    paths: Sequence[Path],
    account: str | None,
) -> str:
    connection.execute(f"create or replace temp table bill_rows as {export.bill}")
    columns = [each[0] for each in connection.execute("describe bill_rows").fetchall()]
    figures = {}
    for name in ("amount_usd", "quantity"):
        number = conversion(EXACT, f"{name}::varchar")
        _refuse_wrong_figure(connection, export, paths, name, number)
        figures[name] = number.value
    amount, quantity = figures["amount_usd"], figures["quantity"]
    names = [identifier(name) for name in columns if name not in _NOT_OF_LINES]
    owner = f" || {literal(OF_ACCOUNT + account)}" if account else ""
    others = f"""
            {", ".join(names)},
            provider{owner} as provider,
            {literal(reported_by(export, account))} as reported_by
    """
    if "file" in columns:
        _warn_of_lines_in_two_files(connection, export)
    if isinstance(export.records, Rows) and not export.has_line_ids:
        of_line = "identity" if "identity" in columns else f"({', '.join(names)})::varchar"
        _warn_of_lines_that_stay(connection, export, of_line)
    if "identity" in columns:
        return f"""
            select
                {others},
                round({amount}, 6) as amount_usd,
                round({quantity}, 9) as quantity,
                md5(identity) || case when number > 1 then '#' || number else '' end as line_id
            from (
                select
                    *,
                    -- by their figures, for the rows of a later file may be in another order
                    row_number() over (
                        partition by identity order by {amount} desc, {quantity} desc
                    ) as number
                from (select *, max(unit) over (partition by identity) as last_unit from bill_rows)
                where unit = last_unit
            )
        """
    # a page has the whole bill of a day; a file of rows may be a part of one
    whole = "usage_date, provider"
    if isinstance(export.records, Rows):
        whole = ", ".join([*names, "provider"])
    clipped = "clipped_seconds, " if "clipped_seconds" in columns else ""
    connection.execute(
        f"""
        create or replace temp table bill_rows as
        select *
        from (
            select
                *,
                first_value(unit) over (partition by {whole} order by {clipped}unit desc)
                    as best_unit
            from bill_rows
        )
        where unit = best_unit
        """
    )
    if clipped:
        connection.execute(
            f"""
            insert into clipped_days
            select distinct
                {literal(reported_by(export, account))}, provider{owner}, usage_date,
                clipped_seconds
            from bill_rows
            where clipped_seconds > 0
            """
        )
    return f"""
        select
            {others},
            round(sum({amount}), 6) as amount_usd,
            round(sum({quantity}), 9) as quantity
        from bill_rows
        group by all
    """


def _warn_of_lines_in_two_files(connection: duckdb.DuckDBPyConnection, export: Export) -> None:
    ((count,),) = connection.execute(
        """
        select count(*)
        from (
            select identity
            from bill_rows
            group by identity, unit
            having count(distinct file) > 1
        )
        """
    ).fetchall()
    if count:
        lines = "line of the bill is" if count == 1 else "lines of the bill are"
        warn(
            f"{export.name}: {count:,} {lines} in several files, alike in all but ids and figures; "
            "added up, as parts of one report. If the files are of two reports of one time, land "
            "the later report by itself, after the other."
        )


def _warn_of_lines_that_stay(
    connection: duckdb.DuckDBPyConnection, export: Export, of_line: str
) -> None:
    """Warn where a file replaces lines of the file before it, of which others stay."""
    ((replaced, stay),) = connection.execute(
        f"""
        with lines as (select distinct unit, usage_date, {of_line} as line from bill_rows),

        followed as (
            select *, lead(unit) over (partition by line order by unit) as next_unit from lines
        ),

        pairs as (
            select unit, next_unit, count(*) as lines
            from followed
            where next_unit is not null
            group by unit, next_unit
        )

        select
            coalesce((select sum(lines) from pairs), 0)::bigint,
            (
                select count(*)
                from pairs
                inner join lines on pairs.unit = lines.unit
                where
                    (pairs.next_unit, lines.usage_date) in (select unit, usage_date from lines)
                    and (pairs.next_unit, lines.line) not in (select unit, line from lines)
            )
        """
    ).fetchall()
    if replaced and stay:
        warn(lines_stay(export.name, replaced, stay, "in an earlier file"))


def lines_stay(name: str, replaced: int, stay: int, where: str) -> str:
    """What to say of lines of a bill that may be later versions of others, or lines beside them."""
    lines = "1 line takes" if replaced == 1 else f"{replaced:,} lines take"
    return (
        f"{name}: {lines} the place of what was {where}, and {stay:,} of the same days "
        f"stay{'s' if stay == 1 else ''}. Lines that are alike in all but their figures are taken "
        "for the same: if they are not, because these are parts of one export, land all of it as "
        "one file."
    )


def whole_days(connection: duckdb.DuckDBPyConnection, staged: Staged) -> str | None:
    """SQL for the lines of a bill of which these rows have all: those of the days of pages."""
    pages = ", ".join(
        literal(export.name) for export in EXPORTS if isinstance(export.records, Documents)
    )
    days = connection.execute(
        f"""
        select reported_by, provider, list(distinct usage_date order by usage_date)
        from {staged.relation}
        where split_part(reported_by, {literal(OF_ACCOUNT)}, 1) in ({pages})
        group by all
        order by all
        """
    ).fetchall()
    conditions = [
        f"(reported_by = {literal(format_)} and provider = {literal(provider)}"
        f" and usage_date in ({', '.join(f'date {literal(day)}' for day in found)}))"
        for format_, provider, found in days
    ]
    return " or ".join(conditions) or None


def _refuse_wrong_figure(
    connection: duckdb.DuckDBPyConnection,
    export: Export,
    paths: Sequence[Path],
    name: str,
    number: Conversion,
) -> None:
    wrong = connection.execute(
        f"select {number.given}, {number.complaint} from bill_rows"
        f" where {number.is_refused} limit 1"
    ).fetchone()
    if wrong:
        where = place_of(connection, export, paths, wrong[0]) or f"{export.name}:"
        raise UserError(
            f"{where} a line of the bill has a wrong {name}: {wrong[0]!r} {wrong[1]}"
            f"{hint(wrong[0])}."
        )
