"""Exports on their way to source tables: the records of a format's files, and the rows of them."""

import glob
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from tokenmart.console import called, note, warn
from tokenmart.errors import UserError, first_line
from tokenmart.land.account import reported_by
from tokenmart.land.bill import bill
from tokenmart.land.convert import EXACT
from tokenmart.land.exports import Documents, Export, Rows
from tokenmart.land.exports.providers import as_billed
from tokenmart.land.formats import FORMATS
from tokenmart.land.grouping import DIMENSIONS, Report, refuse_two_groupings, reports, windows
from tokenmart.land.match import MAX_LISTED, plain
from tokenmart.land.place import hint, place_of, quoted
from tokenmart.land.read import Staged
from tokenmart.land.recognize import is_array
from tokenmart.land.sql import identifier, literal
from tokenmart.schema import Table, tables
from tokenmart.warehouse.duckdb_file import system_complaint

_COMPARED = (*DIMENSIONS, "tokens_in", "tokens_out", "quantity", "num_model_requests")
"""The columns by which versions and groupings are compared; a reader may lack some."""

_LONG_FRACTION = re.compile(rb"\d\.\d{9}|\d[eE][+-]?\d")


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
        table: stage_nothing(connection, table, shown)
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
            value = quoted(str(error))
            where = place_of(connection, export, files, value) or files[0].name
            raise UserError(
                f"{where} cannot be read as {export.title}: {first_line(error)}{hint(value)}."
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
        statements["provider_costs"] = bill(connection, export, paths, account)
    return statements


def _read_rows(
    connection: duckdb.DuckDBPyConnection, rows: Rows, paths: Sequence[Path], scratch: Path
) -> None:
    names = (*rows.columns, *rows.optional)
    columns = ", ".join(f"{identifier(name)} varchar" for name in names)
    connection.execute(
        f"create or replace temp table record_rows (unit bigint, delivered_as varchar, {columns})"
    )
    for unit, path in enumerate(paths):
        file_format = FORMATS[path.suffix.lower()]
        file = file_format.open(connection, path, scratch)
        spelling = {plain(name): name for name in file.names}
        _warn_of_unknown(path.name, "column", {name for name in spelling if not rows.knows(name)})
        found = {name: rows.called(name, spelling) for name in names}
        wanted = {spelling[plain_name]: name for name, plain_name in found.items() if plain_name}
        targets = ", ".join(identifier(name) for name in wanted.values())
        query = file.query(dict.fromkeys(wanted, EXACT))
        try:
            connection.execute(
                f"insert into record_rows (unit, delivered_as, {targets})"
                f" select {unit}, {literal(called(path.name))}, *"
                f" from ({query}) as file ({targets})"
            )
        except duckdb.Error as error:
            fault = file_format.fault(path, error, [EXACT])
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
    biller = as_billed("provider")
    key = f"coalesce({biller}, '') || '|' || {literal(account or '')}"
    source = literal(reported_by(export, account))
    whose = "provider, identity" if export.is_of_provider else "identity"
    row = f"concat_ws('|', {source}, {whose}, nullif(occurrence, 1))"
    connection.execute(f"create or replace temp table usage_rows as {export.usage}")
    columns = [each[0] for each in connection.execute("describe usage_rows").fetchall()]
    absent = "".join(f", null::varchar as {name}" for name in _COMPARED if name not in columns)
    if export.is_grouped:
        _refuse_two_groupings_of_pages(connection, export, f"(select *{absent} from usage_rows)")
    request_id = "request_id" if "request_id" in columns else "null"
    best = "".join(f"{rank} desc, " for rank in export.best)
    given = ", ".join(
        identifier(name)
        for name in columns
        if name not in ("unit", "identity", "request_id", "provider")
    )
    # rows of one unit that report the same are told apart by all that they say, in any order, so
    # that each is known again when they have grown; the models would take the second for a repeat
    # of the first
    connection.execute(
        f"""
        create or replace temp table usage_named as
        select
            {given},
            {biller} as biller,
            coalesce({request_id}, case when occurrence > 1 then '#' || occurrence end)
                as request_id,
            {_hashed(row)} as id,
            {_hashed(key)} as key_id,
            {source} as reported_by
        from (
            select
                *,
                row_number() over (
                    partition by {whose}
                    order by
                        coalesce(try_cast(tokens_in as double), 0)
                        + coalesce(try_cast(tokens_out as double), 0)
                        + coalesce(try_cast(quantity as double), 0) desc,
                        whole_row
                ) as occurrence
            from (
                select
                    *,
                    first_value(unit) over (
                        partition by {whose} order by {best}unit desc
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
        "provider_keys": f"select distinct key_id as id, biller as provider, {owner}"
        " from usage_named where key_id not in (select id::bigint from temp.landing_provider_keys)",
        "usage_events": "select * exclude (biller) from usage_named",
    }


def stage_nothing(connection: duckdb.DuckDBPyConnection, table: Table, path: Path) -> Staged:
    """No rows of a source table."""
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
