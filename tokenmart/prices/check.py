"""What is wrong with the price seeds, by file and line.

The build refuses the same in SQL (models/intermediate/6_pricing/int_price_problems.sql); the tests
hold both to one list of broken files.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

from tokenmart.errors import UserError, reason
from tokenmart.prices import CLASSES, PROCESSINGS
from tokenmart.prices.names import normal
from tokenmart.prices.seed_files import PRICE_COLUMNS, Line, read_lines

COLUMNS = {
    "model_prices": PRICE_COLUMNS,
    "contract_prices": (
        "provider",
        "model_id",
        "processing",
        "token_class",
        "effective_from",
        "effective_to",
        "usd_per_million",
        "discount_percent",
        "currency",
    ),
    "model_aliases": ("provider", "name", "model_id"),
    "model_names": ("provider", "name", "model_id", "is_home"),
    "provider_names": ("name", "provider"),
    "context_steps": ("model_id", "above_input_tokens", "context_band"),
}
"""The columns of each seed."""

OPTIONAL = {
    "above_input_tokens",
    "peak_usd_per_million",
    "covers_others",
    "price_source",
    "price_rule",
    "catalog",
    "is_home",
}
"""Columns that a file of one's own may leave out."""

KEYS = {
    "model_prices": ("provider", "model_id", "processing", "token_class", "above_input_tokens"),
    "contract_prices": ("provider", "model_id", "processing", "token_class"),
}
"""What has one price on a day."""

PRICE = re.compile(r"[0-9]{1,5}([.][0-9]{1,6})?")
PERCENT = re.compile(r"([0-9]{1,2}([.][0-9]{1,6})?|100([.]0{1,6})?)")
TOKENS = re.compile(r"[1-9][0-9]{0,11}")


@dataclass(frozen=True, order=True)
class Problem:
    """A sentence about a line of a file; the first line has number 1 and holds the names."""

    seed: str
    line: int
    text: str


Row = Mapping[str, str]


def check_folder(seeds: Path) -> list[Problem]:
    """The problems of every price seed in a folder; a seed that is not there has none."""
    files = {name: path for name in COLUMNS if (path := seeds / f"{name}.csv").is_file()}
    problems = sorted(each for name, path in files.items() for each in check_file(name, path))
    if problems:
        # what is between files can be told of files that are sound
        return problems
    return sorted(_dead_aliases({name: read_lines(path) for name, path in files.items()}))


def _dead_aliases(seeds: Mapping[str, list[Line]]) -> Iterator[Problem]:
    """The aliases of models without a price, which do nothing."""
    priced = {
        _model(row) for name in ("model_prices", "contract_prices") for row in seeds.get(name, ())
    }
    for line, row in enumerate(seeds.get("model_aliases", ()), start=2):
        if _model(row) not in priced:
            provider, model = row["provider"].strip(), row["model_id"].strip()
            yield Problem(
                "model_aliases",
                line,
                f"{provider} {model} has no price, so the alias does nothing: name a model of "
                "model_prices or contract_prices",
            )


def _model(line: Line) -> tuple[str, str]:
    return line["provider"].strip().lower(), line["model_id"].strip().lower()


def check_file(seed: str, path: Path) -> Iterator[Problem]:
    """The problems of a file that is to be the seed."""
    try:
        file = path.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise UserError(f"{path} cannot be read: {reason(error)}.") from error
    with file:
        reader = csv.reader(file, strict=True)
        try:
            header = [name.strip() for name in next(reader, [])]
            rows = [(reader.line_num, values) for values in reader if values]
        except (csv.Error, UnicodeDecodeError) as error:
            yield Problem(seed, reader.line_num, f"this is no CSV: {error}")
            return
    wrong = [*_columns(seed, header)]
    yield from wrong
    if wrong:
        return
    checked: list[tuple[int, Row]] = []
    for line, values in rows:
        if len(values) != len(header):
            yield Problem(
                seed, line, f"has {len(values)} values and the header {len(header)} columns"
            )
        else:
            given = {name: value.strip() for name, value in zip(header, values, strict=True)}
            checked.append((line, dict.fromkeys(COLUMNS[seed], "") | given))
    for line, row in checked:
        for text in _row_problems(seed, row):
            yield Problem(seed, line, text)
    yield from _between(seed, checked)


def _columns(seed: str, header: list[str]) -> Iterator[Problem]:
    known = COLUMNS[seed]
    for name in header:
        if name not in known:
            yield Problem(seed, 1, f"the column {name} is not known; known are {', '.join(known)}")
    for name in known:
        if name not in header and name not in OPTIONAL:
            yield Problem(seed, 1, f"the column {name} is missing")
    for name in {each for each in header if header.count(each) > 1}:
        yield Problem(seed, 1, f"the header has the column {name} twice")


def _row_problems(seed: str, row: Row) -> Iterator[str]:
    match seed:
        case "model_prices":
            yield from _required(row, "provider", "model_id", "token_class", "usd_per_million")
            yield from _one_of(row, "token_class", CLASSES)
            yield from _one_of(row, "processing", PROCESSINGS)
            yield from _one_of(row, "price_source", ("listed", "derived"))
            yield from _one_of(row, "covers_others", ("true", "false"))
            yield from _price(row, "usd_per_million")
            yield from _price(row, "peak_usd_per_million")
            if row["above_input_tokens"] and not TOKENS.fullmatch(row["above_input_tokens"]):
                yield f"above_input_tokens is not a number of tokens: {row['above_input_tokens']}"
            yield from _days(row)
            yield from _currency(row)
        case "contract_prices":
            yield from _required(row, "provider", "model_id")
            yield from _one_of(row, "token_class", (*CLASSES, "*"))
            yield from _one_of(row, "processing", (*PROCESSINGS, "*"))
            if "*" in row["model_id"][:-1]:
                yield f"model_id may have a * at its end only: {row['model_id']}"
            if bool(row["usd_per_million"]) == bool(row["discount_percent"]):
                yield "give either usd_per_million or discount_percent"
            yield from _price(row, "usd_per_million")
            if row["usd_per_million"] and row["token_class"] in ("", "*"):
                yield "a price needs a token_class; only a discount may be for all"
            percent = row["discount_percent"]
            if percent.startswith("-"):
                yield f"discount_percent is negative: {percent}"
            elif percent and not PERCENT.fullmatch(percent):
                yield (
                    "discount_percent is not a number from 0 to 100 with at most 6 decimals: "
                    f"{percent}"
                )
            yield from _days(row)
            yield from _currency(row)
        case "context_steps":
            yield from _required(row, "model_id", "above_input_tokens", "context_band")
            tokens = row["above_input_tokens"]
            if tokens and not TOKENS.fullmatch(tokens):
                yield f"above_input_tokens is not a number of tokens: {tokens}"
        case _:
            yield from _required(row, *COLUMNS[seed][: 2 if seed == "provider_names" else 3])
            if seed == "model_names":
                yield from _one_of(row, "is_home", ("true", "false"))


def _required(row: Row, *columns: str) -> Iterator[str]:
    for column in columns:
        if not row[column]:
            yield f"{column} is empty"


def _one_of(row: Row, column: str, values: tuple[str, ...]) -> Iterator[str]:
    if row[column] and row[column] not in values:
        yield f"{column} is not known: {row[column]}; known are {', '.join(values)}"


def _price(row: Row, column: str) -> Iterator[str]:
    price = row[column]
    if price.startswith("-"):
        yield f"{column} is negative: {price}"
    elif price and not PRICE.fullmatch(price):
        yield f"{column} is not a number below 100000 with at most 6 decimals: {price}"


def _currency(row: Row) -> Iterator[str]:
    if row["currency"] != "USD":
        yield f"currency is not USD: {row['currency'] or 'empty'}"


def _days(row: Row) -> Iterator[str]:
    days = {}
    for column in ("effective_from", "effective_to"):
        if row[column]:
            days[column] = _day(row[column])
            if days[column] is None:
                yield f"{column} is not a day such as 2026-01-31: {row[column]}"
    start, end = days.get("effective_from"), days.get("effective_to")
    if start and end and end < start:
        yield f"effective_to {end} is before effective_from {start}"


def _day(text: str) -> date | None:
    if not re.fullmatch(r"(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _between(seed: str, rows: list[tuple[int, Row]]) -> Iterator[Problem]:
    """Lines of which each is right, and that do not go together."""
    if seed in KEYS:
        yield from _periods(seed, rows)
    if seed == "model_prices":
        yield from _steps(seed, rows)
    unique = {
        "model_names": ("provider", "name"),
        "model_aliases": ("provider", "name"),
        "provider_names": ("name", "provider"),
        "context_steps": ("model_id",),
    }
    first: dict[tuple[str, ...], int] = {}
    for line, row in rows if seed in unique else ():
        key = tuple(row[column].lower() for column in unique[seed])
        if seed == "context_steps":
            key = (normal(row["model_id"]),)
        if key in first:
            yield Problem(seed, line, f"repeats line {first[key]}")
        first.setdefault(key, line)


def _key(seed: str, row: Row) -> tuple[str, ...]:
    every = "" if seed == "model_prices" else "*"
    defaults = {"processing": "standard" if seed == "model_prices" else "*", "token_class": every}
    return tuple((row[column] or defaults.get(column, "")).lower() for column in KEYS[seed])


def _periods(seed: str, rows: list[tuple[int, Row]]) -> Iterator[Problem]:
    by_key: dict[tuple[str, ...], list[tuple[date, int, date]]] = defaultdict(list)
    for line, row in rows:
        start = _day(row["effective_from"]) if row["effective_from"] else date.min
        end = _day(row["effective_to"]) if row["effective_to"] else date.max
        if start and end and start <= end:
            by_key[_key(seed, row)].append((start, line, end))
    for periods in by_key.values():
        periods.sort()
        for (start, line, end), (next_start, next_line, _) in pairwise(periods):
            if next_start == start:
                yield Problem(
                    seed, next_line, f"repeats line {line}: the same from the same day on"
                )
            elif end == date.max or next_start <= end:
                yield Problem(
                    seed,
                    next_line,
                    f"overlaps line {line}, "
                    + (
                        "which has no effective_to"
                        if end == date.max
                        else f"which is effective to {end} inclusive"
                    ),
                )
            elif next_start != end + timedelta(days=1):
                yield Problem(
                    seed, next_line, f"leaves a gap after line {line}, which is effective to {end}"
                )


def _steps(seed: str, rows: list[tuple[int, Row]]) -> Iterator[Problem]:
    bases = {_key(seed, row)[:-1] for _, row in rows if not row["above_input_tokens"]}
    first: dict[tuple[str, str], tuple[int, str]] = {}
    for line, row in rows:
        step = row["above_input_tokens"]
        if not step:
            continue
        if _key(seed, row)[:-1] not in bases:
            yield Problem(
                seed, line, f"has the price above {step} tokens and no line has the base price"
            )
        model = (row["provider"].lower(), row["model_id"].lower())
        other_line, other = first.setdefault(model, (line, step))
        if other != step:
            yield Problem(
                seed,
                line,
                f"has the step {step} and line {other_line} the step {other}; a model has one step",
            )
