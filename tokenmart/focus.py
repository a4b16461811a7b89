"""A month of charges as files of the FinOps Open Cost and Usage Specification (FOCUS)."""

import csv
import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from tokenmart.errors import UserError
from tokenmart.relations import Relation, Relations
from tokenmart.warehouse import Session

MART = "mart_focus_cost_and_usage"


@dataclass(frozen=True)
class Export:
    """The files of a month, and what is in them."""

    month: date
    files: tuple[Path, ...]
    charges: int
    effective_cost_usd: Decimal
    billed_cost_usd: Decimal
    personal_cost_usd: Decimal
    provisional_charges: int
    tokens_without_cost: int


def export_month(session: Session, relations: Relations, month: str, folder: Path) -> Export:
    """Write the charges of a month as CSV and Parquet, the files of an earlier export replaced."""
    start = parse_month(month)
    mart = relations.model(MART)
    columns = session.query(f"select * from {mart.sql} where 1 = 0").columns
    result = session.query(
        f"select * from {mart.sql} where {_in_month('BillingPeriodStart', start)}"
        ' order by "ChargePeriodStart", "x_ChargeKey"'
    )
    if not result.rows:
        _refuse_empty(session, mart, start)
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is a file: name a folder with --out.")
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / f"focus_{start:%Y-%m}"
    files = (stem.with_suffix(".csv"), stem.with_suffix(".parquet"))
    _write_csv(files[0], columns, result.rows)
    _write_parquet(files[1], files[0], {name: _type(mart, name) for name in columns})
    of = {name: index for index, name in enumerate(columns)}

    def total(name: str) -> Decimal:
        return sum((row[of[name]] for row in result.rows), Decimal(0))

    return Export(
        month=start,
        files=files,
        charges=len(result.rows),
        effective_cost_usd=total("EffectiveCost"),
        billed_cost_usd=total("BilledCost"),
        personal_cost_usd=total("x_PersonalCost"),
        provisional_charges=sum(bool(row[of["x_IsProvisional"]]) for row in result.rows),
        tokens_without_cost=_without_cost(session, relations, start),
    )


def parse_month(text: str) -> date:
    """The first day of a month that is written as YYYY-MM."""
    try:
        if not re.fullmatch(r"\d{4}-\d{2}", text):
            raise ValueError(text)
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise UserError(
            f"{text!r} is no month: write --month as YYYY-MM, such as 2026-10."
        ) from error


def _in_month(column: str, start: date) -> str:
    return f"\"{column}\" = cast('{start}' as timestamp)"


def _refuse_empty(session: Session, mart: Relation, start: date) -> None:
    first, last = session.query(
        f'select min("BillingPeriodStart"), max("BillingPeriodStart") from {mart.sql}'
    ).rows[0]
    if first is None:
        raise UserError(f"{mart.label} has no charge yet: land usage and run `tokenmart build`.")
    raise UserError(
        f"{mart.label} has no charge in {start:%Y-%m}: it has months from {first:%Y-%m} to "
        f"{last:%Y-%m}."
    )


def _without_cost(session: Session, relations: Relations, start: date) -> int:
    """Tokens of the month whose cost is not known, and that are therefore no charge."""
    day = "coalesce(usage_date_utc, usage_date)"
    ((tokens,),) = session.query(
        f"select coalesce(sum(total_tokens), 0) from {relations.model('fct_cost_daily').sql}"
        f" where is_counted and cost_usd is null"
        f" and cast(date_trunc('month', {day}) as date) = cast('{start}' as date)"
    ).rows
    return int(tokens)


def _write_csv(path: Path, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    part = path.with_name(f"{path.name}.part")
    with part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_text(value) for value in row] for row in rows)
    part.replace(path)


def _text(value: Any) -> str:
    """As FOCUS writes values: moments in UTC with a Z, numbers without an exponent."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value)


def _write_parquet(path: Path, source: Path, types: dict[str, str]) -> None:
    part = path.with_name(f"{path.name}.part")
    columns = ", ".join(f"'{name}': '{type_}'" for name, type_ in types.items())
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(
            f"copy (select * from read_csv(?, header = true, auto_detect = false, delim = ',',"
            f" quote = '\"', escape = '\"', columns = {{{columns}}}))"
            f" to '{str(part).replace(chr(39), chr(39) * 2)}' (format parquet, compression zstd)",
            [str(source)],
        )
    part.replace(path)


def _type(mart: Relation, name: str) -> str:
    """The type in a Parquet file; moments are in UTC."""
    column = mart.columns[name.lower()]
    if column.type.startswith("timestamp"):
        return "timestamptz"
    if column.precision is not None and column.scale is not None:
        return f"decimal({column.precision}, {column.scale})"
    return column.type if column.type in ("date", "boolean") else "varchar"
