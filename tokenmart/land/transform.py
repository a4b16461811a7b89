"""Exports on their way to source tables: the records of a format's files, and the rows of them."""

import glob
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
from sqlglot import exp

from tokenmart.console import note, warn
from tokenmart.errors import UserError, first_line
from tokenmart.land.convert import Conversion, conversion
from tokenmart.land.exports import EXPORTS, Documents, Export, Rows
from tokenmart.land.formats import FORMATS
from tokenmart.land.grouping import DIMENSIONS, Report, refuse_two_groupings, reports, windows
from tokenmart.land.match import MAX_LISTED, plain
from tokenmart.land.read import Staged
from tokenmart.land.recognize import is_array
from tokenmart.land.sql import identifier, literal
from tokenmart.schema import Column, Table, tables
from tokenmart.warehouse.duckdb_file import system_complaint

_EXACT = Column("figure", exp.DataType.build("decimal(38, 20)"), is_required=False)
"""A column of which no digit may be lost."""

_COMPARED = (*DIMENSIONS, "tokens_in", "tokens_out", "quantity", "num_model_requests")
"""The columns by which versions and groupings are compared; a reader may lack some."""

OF_ACCOUNT = " of "
"""What stands between a format and an account in ``reported_by``."""

_NOT_OF_LINES = (
    *("unit", "file", "identity", "clipped_seconds"),
    *("provider", "amount_usd", "quantity"),
)
"""What a reader selects for a bill that does not tell its lines apart."""

_LONG_FRACTION = re.compile(rb"\d\.\d{9}|\d[eE][+-]?\d")


def reported_by(export: Export, account: str | None) -> str:
    """What is written beside each row: the format, and whose account it is if that was said."""
    return f"{export.name}{OF_ACCOUNT}{account}" if account else export.name


def stage_exports(
    connection: duckdb.DuckDBPyConnection,
    exports: Sequence[tuple[Export, tuple[Path, ...]]],
    scratch: Path,
    account: str | None,
) -> list[tuple[Table, Staged]]:
    """The rows of the source tables that exports make, parents first, in temporary tables."""
    paths = [path for _, files in exports for path in files]
    shown = paths[0] if len(paths) == 1 else Path(f"{len(paths):,} exports")
    filled = {name for export, _ in exports for name in export.tables}
    staged = {
        table: _empty(connection, table, shown)
        for name, table in tables().items()
        if name in filled
    }
    connection.execute(
        "create or replace temp table clipped_days"
        " (reported_by varchar, provider varchar, usage_date date, seconds bigint)"
    )
    for export, files in exports:
        try:
            statements = _statements(connection, export, files, scratch, account)
            rows = [
                _fill(connection, staged[tables()[name]], statement)
                for name, statement in statements.items()
            ]
            if not any(rows):
                _say_why_nothing_lands(connection, export)
        except duckdb.Error as error:
            if system_complaint(error) or isinstance(error, duckdb.OutOfMemoryException):
                raise
            where = _place_of(connection, export, files, _quoted(str(error))) or files[0].name
            raise UserError(
                f"{where} cannot be read as {export.title}: {first_line(error)}"
                f"{_HINT if _has_comma(_quoted(str(error))) else ''}."
            ) from error
    return list(staged.items())


def _statements(
    connection: duckdb.DuckDBPyConnection,
    export: Export,
    paths: Sequence[Path],
    scratch: Path,
    account: str | None,
) -> dict[str, str]:
    """For each source table that the format fills, the SQL of its rows."""
    if isinstance(export.records, Rows):
        _read_rows(connection, export.records, paths, scratch)
    else:
        _read_documents(connection, export, export.records, paths, scratch)
    if export.left_out:
        _say_what_is_left_out(connection, export.name, export.left_out)
    statements = _usage(connection, export, account) if export.usage else {}
    if export.bill:
        statements["provider_costs"] = _bill(connection, export, paths, account)
    return statements


def _read_rows(
    connection: duckdb.DuckDBPyConnection, rows: Rows, paths: Sequence[Path], scratch: Path
) -> None:
    names = (*rows.columns, *rows.optional)
    columns = ", ".join(f"{identifier(name)} varchar" for name in names)
    connection.execute(f"create or replace temp table record_rows (unit bigint, {columns})")
    for unit, path in enumerate(paths):
        file_format = FORMATS[path.suffix.lower()]
        file = file_format.open(connection, path, scratch)
        spelling = {plain(name): name for name in file.names}
        _warn_of_unknown(path.name, "column", {name for name in spelling if not rows.knows(name)})
        called = {name: rows.called(name, spelling) for name in names}
        wanted = {spelling[plain_name]: name for name, plain_name in called.items() if plain_name}
        targets = ", ".join(identifier(name) for name in wanted.values())
        query = file.query(dict.fromkeys(wanted, _EXACT))
        try:
            connection.execute(
                f"insert into record_rows (unit, {targets})"
                f" select {unit}, * from ({query}) as file ({targets})"
            )
        except duckdb.Error as error:
            fault = file_format.fault(path, error, [_EXACT])
            raise UserError(
                f"{path.name} cannot be read as {file_format.name}: {fault.rstrip('.')}."
            ) from error
    connection.execute(
        "create or replace temp view records as select *, rowid as position from record_rows"
    )


def _read_documents(
    connection: duckdb.DuckDBPyConnection,
    export: Export,
    format_: Documents,
    paths: Sequence[Path],
    scratch: Path,
) -> None:
    connection.execute("create or replace temp table document_rows (file bigint, document json)")
    for number, path in enumerate(paths):
        file = _exact(path, scratch / f"{number}{path.suffix}") if export.bill else path
        layout = "unstructured" if path.suffix.lower() == ".json" else "newline_delimited"
        if is_array(path):
            layout = "array"
        size = max(16 << 20, path.stat().st_size + 1)
        options = f", maximum_object_size = {size}" if layout != "newline_delimited" else ""
        if layout == "newline_delimited" and not format_.is_every_document:
            options = ", ignore_errors = true"
        connection.execute(
            f"insert into document_rows select {number}, json from read_json_objects("
            f"{literal(glob.escape(str(file)))}, format = '{layout}'{options},"
            " hive_partitioning = false)"
        )
    broken = connection.execute("select count(*) from document_rows where document is null")
    for (count,) in broken.fetchall():
        if count:
            these = "line is" if count == 1 else "lines are"
            warn(
                f"{export.name}: {count:,} {these} left out, not being JSON: the program that "
                "wrote them may have been stopped."
            )
    connection.execute(
        "create or replace temp view documents as"
        " select rowid as unit, file, document from document_rows where document is not null"
    )
    if format_.has_more:
        ((more, last),) = connection.execute(
            f"select count(*) filter (where {format_.has_more}),"
            f" count(*) filter (where not coalesce({format_.has_more}, false)) from documents"
        ).fetchall()
        if more and not last:
            warn(
                f"{export.name}: {'this page says' if more == 1 else 'these pages say'} that more "
                "follow, and the last one is not among them: fetch on by next_page."
            )
    connection.execute(f"create or replace temp table record_documents as {format_.records}")
    connection.execute("create or replace temp view records as select * from record_documents")
    members = connection.execute("select distinct unnest(json_keys(record)) from record_documents")
    unknown = {member for (member,) in members.fetchall()} - set(format_.members)
    _warn_of_unknown(export.name, "member", unknown)


def _exact(path: Path, copy: Path) -> Path:
    """The file, or a copy of it in which long numbers are texts, of which no digit gets lost."""
    with path.open("rb") as file:
        if not any(_LONG_FRACTION.search(line) for line in file):
            return path
    text = path.read_text(encoding="utf-8-sig")
    try:
        documents = json.loads(text, parse_float=str)
        lines = documents if isinstance(documents, list) else [documents]
    except ValueError:
        lines = [json.loads(line, parse_float=str) for line in text.splitlines() if line.strip()]
    copy.write_text(
        json.dumps(lines)
        if path.suffix.lower() == ".json" and isinstance(documents, list)
        else "\n".join(json.dumps(line) for line in lines),
        encoding="utf-8",
    )
    return copy


def _warn_of_unknown(where: str, what: str, names: set[str]) -> None:
    if names:
        listed = sorted(names)
        more = f" and {len(listed) - MAX_LISTED:,} more" if len(listed) > MAX_LISTED else ""
        warn(
            f"{where}: unknown {what}{'s' if len(listed) > 1 else ''} "
            f"{', '.join(listed[:MAX_LISTED])}{more}; left out. The format may have changed since "
            "its reader was written."
        )


def _say_what_is_left_out(connection: duckdb.DuckDBPyConnection, where: str, query: str) -> None:
    counts = connection.execute(
        f"select reason, sum(rows)::bigint as count from ({query})"
        " group by reason having count > 0 order by reason"
    )
    for reason, count in counts.fetchall():
        note(f"{where}: {count:,} row{'' if count == 1 else 's'} left out: {reason}")


def _say_why_nothing_lands(connection: duckdb.DuckDBPyConnection, export: Export) -> None:
    if (
        export.left_out
        and connection.execute(f"select 1 from ({export.left_out}) where rows > 0").fetchone()
    ):
        # it was said
        return
    ((records,),) = connection.execute("select count(*) from records").fetchall()
    what = "bill" if export.bill and not export.usage else "usage"
    why = (
        f"it has {records:,} records, and none of them is {what}"
        if records > 1
        else (f"its one record is no {what}" if records else "it has no records")
    )
    note(f"{export.name}: no rows land, for {why}")


_HINT = "; write decimal numbers with a point"


def _has_comma(text: str | None) -> bool:
    """Whether it is a number with a decimal comma."""
    return text is not None and bool(re.fullmatch(r"[-+]?[0-9.]*,[0-9]+", text.strip()))


def _quoted(message: str) -> str | None:
    """The value that DuckDB could not convert."""
    found = re.search(r"string ['\"](.*?)['\"] ", message) or re.search(r'"(.*?)"', message)
    return found[1] if found else None


def _place_of(
    connection: duckdb.DuckDBPyConnection, export: Export, paths: Sequence[Path], text: str | None
) -> str | None:
    """Where a value is first, if the format has rows: its file, row and column."""
    if text is None or not isinstance(export.records, Rows):
        return None
    for name in (*export.records.columns, *export.records.optional):
        found = connection.execute(
            f"""
            select unit, number
            from (
                select *, row_number() over (partition by unit order by rowid) as number
                from record_rows
            )
            where {identifier(name)} = ?
            order by unit, number
            limit 1
            """,
            [text],
        ).fetchone()
        if found:
            return f"{paths[found[0]].name}, row {found[1]:,}, column {name},"
    return None


def _hashed(text: str) -> str:
    """A positive bigint that is the same for the same text, on every machine."""
    return f"('0x' || left(md5({text}), 15))::bigint"


def _refuse_two_groupings_of_pages(
    connection: duckdb.DuckDBPyConnection, export: Export, rows: str
) -> None:
    # nearly all windows are on one page only
    on_pages = f"""(
        select *
        from {rows}
        qualify
            min(unit) over (partition by provider, window_start, window_end)
            <> max(unit) over (partition by provider, window_start, window_end)
    )"""
    found = connection.execute(windows(on_pages, "unit, provider", "identity", "true")).fetchall()
    of_window: dict[tuple[Any, ...], list[Report]] = {}
    for (_, *window), report in sorted(reports(found).items(), key=lambda item: item[0][0]):
        of_window.setdefault(tuple(window), []).append(report)
    for (_, start, *_), pages in of_window.items():
        refuse_two_groupings(export.name, start, pages)


def _usage(
    connection: duckdb.DuckDBPyConnection, export: Export, account: str | None
) -> dict[str, str]:
    key = f"coalesce(provider, '') || '|' || {literal(account or '')}"
    source = literal(reported_by(export, account))
    row = f"concat_ws('|', {source}, provider, identity, nullif(occurrence, 1))"
    connection.execute(f"create or replace temp table usage_rows as {export.usage}")
    columns = [each[0] for each in connection.execute("describe usage_rows").fetchall()]
    absent = "".join(f", null::varchar as {name}" for name in _COMPARED if name not in columns)
    if export.is_grouped:
        _refuse_two_groupings_of_pages(connection, export, f"(select *{absent} from usage_rows)")
    request_id = "request_id" if "request_id" in columns else "null"
    best = "".join(f"{rank} desc, " for rank in export.best)
    given = ", ".join(
        identifier(name) for name in columns if name not in ("unit", "identity", "request_id")
    )
    # rows of one unit that report the same are told apart by all that they say, in any order; the
    # models would take the second for a repeat of the first
    connection.execute(
        f"""
        create or replace temp table usage_named as
        select
            {given},
            coalesce({request_id}, case when occurrence > 1 then '#' || occurrence end)
                as request_id,
            {_hashed(row)} as id,
            {_hashed(key)} as key_id,
            {source} as reported_by
        from (
            select
                *,
                row_number() over (partition by provider, identity order by whole_row)
                    as occurrence
            from (
                select
                    *,
                    first_value(unit) over (
                        partition by provider, identity order by {best}unit desc
                    ) as best_unit
                from (
                    select *, to_json(usage_rows)::varchar as whole_row{absent} from usage_rows
                )
            )
            where unit = best_unit
        )
        """
    )
    # macros/billing/bill_provider.sql tells the bills of accounts apart by these
    owner = "null as user_id, null as usage_mode"
    if account:
        owner = f"{literal(account)} as user_id, 'account' as usage_mode"
    return {
        # the usage of another format that is delivered with it may belong to the same key
        "provider_keys": f"select distinct key_id as id, provider, {owner} from usage_named"
        " where key_id not in (select id::bigint from temp.landing_provider_keys)",
        "usage_events": "select * exclude (provider) from usage_named",
    }


def _bill(
    connection: duckdb.DuckDBPyConnection,
    export: Export,
    paths: Sequence[Path],
    account: str | None,
) -> str:
    connection.execute(f"create or replace temp table bill_rows as {export.bill}")
    columns = [each[0] for each in connection.execute("describe bill_rows").fetchall()]
    figures = {}
    for name in ("amount_usd", "quantity"):
        number = conversion(_EXACT, f"{name}::varchar")
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
        where = _place_of(connection, export, paths, wrong[0]) or f"{export.name}:"
        raise UserError(
            f"{where} a line of the bill has a wrong {name}: {wrong[0]!r} {wrong[1]}"
            f"{_HINT if _has_comma(wrong[0]) else ''}."
        )


def _empty(connection: duckdb.DuckDBPyConnection, table: Table, path: Path) -> Staged:
    staged = Staged(path, table.name, table.landed_columns, frozenset())
    columns = ", ".join(f"{identifier(column.name)} varchar" for column in staged.columns)
    connection.execute(f"create temp table {staged.relation} ({columns})")
    return staged


def _fill(connection: duckdb.DuckDBPyConnection, staged: Staged, statement: str) -> int:
    """Add rows as texts, like those of a file of the table itself; how many they are."""
    names = [row[0] for row in connection.execute(f"describe {statement}").fetchall()]
    targets = ", ".join(map(identifier, names))
    texts = ", ".join(f"{identifier(name)}::varchar" for name in names)
    ((rows,),) = connection.execute(
        f"insert into {staged.relation} ({targets}) select {texts} from ({statement})"
    ).fetchall()
    return int(rows)
