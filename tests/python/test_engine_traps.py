"""Where engines differ, the project's own macros do not: their compiled SQL is run on each engine
and compared with values worked out by hand, or by Python."""

import csv
import io
import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from decimal import ROUND_HALF_UP, Decimal, localcontext
from hashlib import md5
from typing import Any

import duckdb
import pytest
from postgres import VERSIONS, PostgresWarehouse, Server, can_serve
from warehouses import Warehouse

ZONE = "America/Asuncion"
MACROS = {
    "text": "json_text('document', ['model'])",
    "number": "json_integer('document', ['n'])",
    "nested_number": "json_integer('document', ['details', 'n'])",
    "columns": "json_columns('given', 'document', texts={'model': ['model']}, integers="
    "{'n': ['n'], 'nested': ['details', 'n'], 'deep': ['details', 'details', 'n']})",
    "deep_number": "json_integer('document', ['details', 'details', 'n'])",
    "is_json": "is_json('document')",
    "has_negative_tokens": "has_negative_tokens('document')",
    "undated_model": "undated_model('name')",
    "plain_name": "plain_name('name')",
    "ratio": "ratio('a', 'b')",
    "csv_field": "csv_field('name')",
    "micros": "whole_units('money', 6)",
    "billionths": "whole_units('money', 9)",
    "share": "cumulative_share('quantity', 'elapsed', 'total')",
    "median": "nearest_rank(0.5, 'n')",
    "p95": "nearest_rank(0.95, 'n')",
    "key": "grain_key(['day', 'flag', 'number', 'money', 'name'])",
    "id": "stable_id(['name', 'number'])",
    "conserved": "sum_conserved()",
    "date": "to_reporting_date('moment')",
    "day_start": "reporting_day_start('day')",
    "microseconds": "epoch_us('moment')",
    "utc": "zoned_to_utc('moment')",
    "weekday": "iso_weekday('day')",
    "in_byte_order": "in_byte_order('name')",
    "takes_moments_in_text": "type_fits('character varying', 'timestamp')",
}


class Engine:
    """A database, and the project's macros as they compile for it."""

    def __init__(
        self, name: str, execute: Callable[..., Any], mark: str, macros: dict[str, str]
    ) -> None:
        self.name = name
        self._execute = execute
        self._mark = mark
        self.macros = macros

    def fill(self, columns: dict[str, str], rows: Sequence[Sequence[Any]]) -> None:
        """A table ``given`` of these columns, and ``place`` for that of a row."""
        self._execute("drop table if exists given")
        types = ", ".join(f"{name} {type_}" for name, type_ in columns.items())
        self._execute(f"create temporary table given (place int, {types})")
        marks = ", ".join([self._mark] * (len(columns) + 1))
        for place, row in enumerate(rows):
            self._execute(f"insert into given values ({marks})", [place, *row])

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return list(self._execute(sql).fetchall())

    def each(
        self,
        macro: str,
        columns: dict[str, str],
        rows: Sequence[Sequence[Any]],
        zone: str = ZONE,
    ) -> list[Any]:
        """What the macro makes of each row."""
        self.fill(columns, rows)
        expression = self.macros[macro].replace(ZONE, zone)
        return [value for (value,) in self.rows(f"select {expression} from given order by place")]


@pytest.fixture(scope="module", params=["duckdb", *filter(can_serve, VERSIONS)], ids=str)
def engine(
    request: pytest.FixtureRequest,
    serve_postgres: Callable[[int], Server],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp(f"traps_{request.param}")
    with ExitStack() as stack:
        if request.param == "duckdb":
            macros = _compiled(Warehouse(folder))
            connection = stack.enter_context(duckdb.connect())
            connection.execute("set TimeZone = 'Asia/Tokyo'")
            yield Engine("duckdb", connection.execute, "?", macros)
        else:
            warehouse = PostgresWarehouse(folder, serve_postgres(request.param))
            macros = _compiled(warehouse)
            session = stack.enter_context(warehouse.server.connect(warehouse.database))
            cursor = stack.enter_context(session.cursor())
            cursor.execute("set timezone = 'Asia/Tokyo'")

            def execute(sql: str, values: Sequence[Any] | None = None) -> Any:
                cursor.execute(sql, values)
                return cursor

            yield Engine("postgres", execute, "%s", macros)


def _compiled(warehouse: Warehouse) -> dict[str, str]:
    """Every macro as SQL, from one run of dbt."""
    parts = [f"/*{name}*/ {{{{ tokenmart.{call} }}}} /*end*/" for name, call in MACROS.items()]
    result = warehouse.dbt(
        "compile", "--quiet", "--inline", "\n".join(parts), reporting_timezone=ZONE
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return dict(re.findall(r"/\*(\w+)\*/(.*?)/\*end\*/", result.stdout, re.DOTALL))


@pytest.mark.parametrize("version", VERSIONS)
def test_a_server_of_every_version_is_here(
    serve_postgres: Callable[[int], Server], version: int
) -> None:
    with serve_postgres(version).connect() as connection:
        assert connection.server_version // 10_000 == version


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("12", 12),
        ("12.0", 12),
        ('"12"', 12),
        ("1e3", 1000),
        ("1.5E+1", 15),
        ("120e-1", 12),
        ('"1e3"', 1000),
        ("1e17", 10**17),
        ("123456789012345678.0", 123456789012345678),
        ("-999999999999999999", -999999999999999999),
        ("0e999", 0),
        ("-0", 0),
        ("12.5", None),
        ("1E-2", None),
        ("12.00000000000000000001", None),
        ("1e18", None),
        ("1e999", None),
        ("1e-999", None),
        ("123456789012345678901234567890", None),
        ('"many"', None),
        ('" 12"', None),
        ('"١٢"', None),
        ('""', None),
        ("true", None),
        ("null", None),
        ("[12]", None),
        ('{"n": 12}', None),
    ],
)
def test_a_whole_number_is_one_however_it_is_written(
    engine: Engine, value: str, number: int | None
) -> None:
    # neighbors that a pattern could mistake for the number, and a key that stands twice
    document = f'{{"s": "\\": 5.5", "n": 3.5, "t": "9e9 ", "n": {value}}}'
    nested = f'{{"n": 1, "details": {{"m": 1e1, "n": {value}}}, "o": -1.5e1}}'
    assert engine.each("number", {"document": "text"}, [[document]]) == [number]
    assert engine.each("nested_number", {"document": "text"}, [[nested]]) == [number]


def test_only_a_string_has_a_text_and_the_last_of_two_counts(engine: Engine) -> None:
    texts = {
        '{"model": "m"}': "m",
        '{"model": "\\u006d\\ud83d\\ude00\\"\\\\u0000"}': 'm😀"\\u0000',
        '{"model": ""}': "",
        '{"model": "a", "mod\\u0065l": "b"}': "b",
        '{"model": "a", "model": 1}': None,
        '{"a": {"model": "m"}}': None,
        '{"model": 1e3}': None,
        '{"model": true}': None,
        '{"model": {"ip": "203.0.113.1"}}': None,
        '["model"]': None,
        '"model"': None,
        '{"model": "m",}': None,
        '{"model": "m", "x": NaN}': None,
        '{"model": "m", "x": "\\u0000"}': None,
    }
    rows = [[document] for document in texts]
    assert engine.each("text", {"document": "text"}, rows) == list(texts.values())


def test_members_read_at_once_are_those_read_one_by_one(engine: Engine) -> None:
    chance = random.Random(11)
    names = (
        '"n"',
        '"n"',
        '"details"',
        '"details"',
        '"model"',
        '"m"',
        '"\\u006e"',
        '"d\\u0065tails"',
    )
    scalars = (
        *("7", "-0", "-12", "12.0", "1e3", "0.5", "999999999999999999", "1000000000000000000"),
        *("12.00000000000000000001", "18446744073709551616", "1e999", "true", "null", "[7]", "[]"),
        *('"7"', '"1e3"', '" 7"', '""', '"m"', '"\\u0037"', '"\\"n\\": 1"', '[{"n": 7}]'),
    )

    def value(depth: int) -> str:
        if depth == 3 or (depth > 0 and chance.random() < 0.5):
            return chance.choice(scalars)
        count = chance.randrange(5)
        return (
            "{"
            + ", ".join(f"{chance.choice(names)}: {value(depth + 1)}" for _ in range(count))
            + "}"
        )

    documents = [*(value(0) for _ in range(3000)), *scalars]
    engine.fill({"document": "text"}, [[text] for text in (*documents, None)])
    one_by_one = ", ".join(
        engine.macros[macro] for macro in ("text", "number", "nested_number", "deep_number")
    )
    expected = engine.rows(f"select {one_by_one} from given order by place")
    found = engine.rows(
        f"select model, n, nested, deep from ({engine.macros['columns']}) as read order by place"
    )
    assert found == expected
    assert all(
        sum(value is not None for value in column) > 10 for column in zip(*found, strict=True)
    )


def test_no_text_stops_a_build_and_python_agrees_on_which_is_json(engine: Engine) -> None:
    documents = [
        *("", " ", "{", "}", "nul", "NaN", "-", "01", "1.", ".5", "+1", "'a'", "\ufeff{}", "[1,]"),
        *('{"a":1,}', "{,}", '{"a" 1}', "[1 2]", '"a\nb"', '"\\x"', "\x01", "[\x02]", "1 2", "{}x"),
        *('"\\u0000"', '"\\\\u0000"', '"\\ud800"', '"\\udc00\\ud800"', '"\\ud83d\\uDE00"'),
        *("1e400000", "x" * 100_000, "\u2028{}", "\x0b{}", "\t{ }\r\n", '"\x7f"'),
        *_random_documents(1500),
    ]
    judged = engine.each("is_json", {"document": "text"}, [[text] for text in documents])
    wrong = [
        (text[:200], is_json)
        for text, is_json in zip(documents, judged, strict=True)
        if is_json != _is_json(text)
    ]
    assert not wrong
    assert 100 < sum(judged) < len(judged) - 100
    # deeper than Python, too, can follow
    deep = ["[" * 1000 + "]" * 1000, "[" * 1001 + "]" * 1001, "[" * 50_000, '{"a":' * 900]
    rows = [[text] for text in deep]
    assert engine.each("is_json", {"document": "text"}, rows) == [True, False, False, False]
    documents += deep
    for macro in ("text", "number", "nested_number", "has_negative_tokens"):
        engine.each(macro, {"document": "text"}, [[text] for text in documents])


def _random_documents(count: int) -> list[str]:
    """Valid, nearly valid and hopeless ones."""
    chance = random.Random(7)
    atoms = ('"a"', '"n"', "1", "-0", "1e3", "12.50", "true", "null", '"\\ud83d\\ude00"', '"\\\\"')
    debris = (*atoms, *'{}[],:" \n-.e\\', "NaN", "tru", "\\u0000", '"\\ud800"')

    def value(depth: int) -> str:
        if depth == 4 or chance.random() < 0.4:
            return chance.choice(atoms)
        space = chance.choice(("", " ", "\n"))
        values = [value(depth + 1) for _ in range(chance.randrange(4))]
        if chance.random() < 0.3:
            return f"[{space}{f',{space}'.join(values)}]"
        return "{" + f"{space},".join(f'"k{space}":{space}{v}' for v in values) + space + "}"

    documents = []
    for _ in range(count):
        text = value(0)
        if chance.random() < 0.5:
            at = chance.randrange(len(text) + 1)
            text = text[:at] + chance.choice(debris) + text[at + chance.randrange(3) :]
        documents.append(text)
    return documents


def _is_json(text: str) -> bool:
    """What a jsonb column takes, but for depth and the size of numbers."""

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        json.dumps(json.loads(text, parse_constant=refuse), ensure_ascii=False).encode()
    except ValueError:
        return False
    return re.search(r"(?<!\\)(\\\\)*\\u0000", text) is None


def test_a_negative_count_is_found_at_any_depth_and_a_negative_zero_is_none(engine: Engine) -> None:
    documents = {
        '{"input_tokens": -1}': True,
        '{"a": [{"audio_tokens"\n:\t-0.5}]}': True,
        '{"tokens": "-7"}': True,
        '{"tokens": -0}': False,
        '{"tokens": -0.00}': False,
        '{"tokens_left": -1}': False,
        '{"note": "tokens: -1"}': False,
        "tokens -1": False,
    }
    rows = [[document] for document in documents]
    found = engine.each("has_negative_tokens", {"document": "text"}, rows)
    assert found == list(documents.values())


def test_letters_beyond_ascii_stay_as_they_are(engine: Engine) -> None:
    names = {
        "GPT-4.1-2025-04-14": "gpt-4-1",
        "claude-sonnet-4-5-20250929": "claude-sonnet-4-5",
        "claude-opus-4-1@20250805 ": "claude-opus-4-1",
        "gemini-1.5-pro-002": "gemini-1-5-pro",
        "ft:gpt-4.1-2025-04-14:acme::1": "ft:gpt-4-1",
        "gemini-pro-latest": "gemini-pro-latest",
        "İSTANBUL": "İstanbul",
        "GROẞ.Ǆ": "groẞ-Ǆ",
        "m-2025-04-14\n": "m-2025-04-14\n",
        "m-٢٠٢٥-04-14": "m-٢٠٢٥-04-14",
    }
    assert engine.each("undated_model", {"name": "text"}, [[n] for n in names]) == [*names.values()]


def test_names_are_plain_without_what_letters_beyond_ascii_would_become(engine: Engine) -> None:
    names = {
        "GPT-4o": "gpt-4o",
        "  Spaced Name ": "spaced name",
        "\u00a0Kept\u00a0": "\u00a0kept\u00a0",
        "\tKept\n": "\tkept\n",
        "ÄİΣ-Model": "ÄİΣ-model",
        "": "",
        None: None,
    }
    assert engine.each("plain_name", {"name": "text"}, [[n] for n in names]) == [*names.values()]


def test_text_is_ordered_by_its_bytes(engine: Engine) -> None:
    engine.fill({"name": "text"}, [["a"], ["B"], ["é"], ["Z"], ["z"], ["a b"], ["a-b"], [""]])
    ordered = engine.rows(f"select name from given order by {engine.macros['in_byte_order']}")
    assert [name for (name,) in ordered] == ["", "B", "Z", "a", "a b", "a-b", "z", "é"]


def test_ratios_are_exact_and_round_half_away_from_zero(engine: Engine) -> None:
    numbers = [
        *("0", "1", "-1", "2", "5", "-5", "1.5", "-1.5", "0.000001", "999999999.999999"),
        *("935483874212650580645", "9223372036854775807", "-9223372036854775808"),
    ]
    pairs = [(a, b) for a in numbers for b in ("0", "1", "-3", "7", "31", "0.4", "4000000")]
    with localcontext(prec=60):
        expected = [
            None
            if Decimal(b) == 0
            else (Decimal(a) / Decimal(b)).quantize(Decimal("0.000001"), ROUND_HALF_UP)
            for a, b in pairs
        ]
    assert engine.each("ratio", {"a": "decimal(38, 6)", "b": "decimal(38, 6)"}, pairs) == expected
    # half a millionth, and whole numbers
    assert engine.each("ratio", {"a": "int", "b": "int"}, [(1, 2000000), (-1, 2000000)]) == [
        Decimal("0.000001"),
        Decimal("-0.000001"),
    ]
    assert engine.each("ratio", {"a": "bigint", "b": "bigint"}, [(2**63 - 1, 2)]) == [
        Decimal("4611686018427387903.500000")
    ]


@pytest.mark.parametrize(("macro", "places"), [("micros", 6), ("billionths", 9)])
def test_units_of_an_amount_are_exact_whatever_the_size(
    engine: Engine, macro: str, places: int
) -> None:
    chance = random.Random(5)
    unit = 10 ** (12 - places)
    limit = 500 * 10**12
    # in trillionths: halves and what is next to them, from nothing to where a double is not exact
    amounts = [0, limit, limit + 1, limit - 1, 9 * 10**6 * 10**12 + unit // 2]
    for digits in range(1, 20):
        whole = chance.randrange(10 ** (digits - 1), 10**digits) // unit * unit
        amounts += [
            whole + part for part in (0, 1, unit // 2 - 1, unit // 2, unit // 2 + 1, unit - 1)
        ]
    amounts += [chance.randrange(limit // 2, limit) for _ in range(300)]
    rows = [(Decimal(sign * each).scaleb(-12),) for each in amounts for sign in (1, -1)]
    expected = [int((money * 10**places).quantize(Decimal(1), ROUND_HALF_UP)) for (money,) in rows]
    assert engine.each(macro, {"money": "decimal(38, 12)"}, [*rows, (None,)]) == [*expected, None]
    cents = [(Decimal(n).scaleb(-6),) for n in (*range(-3, 3), 5 * 10**12 + 1, -499_999_999)]
    for narrow in ("decimal(28, 6)", "decimal(18, 6)"):
        assert engine.each(macro, {"money": narrow}, cents) == [
            int(money * 10**places) for (money,) in cents
        ]


def test_a_field_of_a_csv_file_is_in_quotes_where_it_must_be(engine: Engine) -> None:
    names = ["plain", "a, b", 'so "called"', "two\nlines", "Ünï;'|\"", "\r"]
    fields = engine.each("csv_field", {"name": "text"}, [(name,) for name in (*names, None)])
    assert fields.pop() is None
    (read,) = csv.reader(io.StringIO(",".join(fields), newline=""), strict=True)
    assert read == names
    assert fields[0] == "plain"


def test_shares_are_floors_whatever_the_sign_and_size(engine: Engine) -> None:
    year = 366 * 86_400 * 10**6
    rows = [
        (quantity, elapsed, total)
        for quantity in (0, 1, -1, 7, -7, 10**15, -(10**15), 2**63 - 1, -(2**63))
        for total in (1, 3, year)
        for elapsed in sorted({0, 1, total // 3, total - 1, total})
        if elapsed <= total
    ]
    columns = {"quantity": "bigint", "elapsed": "bigint", "total": "bigint"}
    assert engine.each("share", columns, rows) == [q * e // t for q, e, t in rows]


def test_percentiles_are_nearest_ranks(engine: Engine) -> None:
    sizes = [*range(1, 42), 100, 200]
    rows = [(size, n) for size in sizes for n in range(1, size + 1)]
    engine.fill({"size": "int", "n": "int"}, [*rows, (200, None)])
    found = engine.rows(
        f"select size, {engine.macros['median']}, {engine.macros['p95']}"
        " from given group by size order by size"
    )
    # the n-th of 1 to n is n itself; the rank is the next whole number of share times size
    assert found == [(size, -(-size // 2), -(-size * 95 // 100)) for size in sizes]


def test_an_id_is_made_of_the_same_bits_and_never_negative(engine: Engine) -> None:
    rows = [(name, number) for name in (None, "", "a", "é", "o'brien") for number in range(50)]
    texts = [f"{len(name or '')}:{name or ''}{len(str(number))}:{number}" for name, number in rows]
    expected = [int(md5(text.encode()).hexdigest()[:15], 16) for text in texts]
    assert engine.each("id", {"name": "text", "number": "bigint"}, rows) == expected
    assert len({*expected}) == len(rows) - 50
    assert all(0 < id < 2**60 for id in expected)


def test_sums_go_beyond_a_bigint(engine: Engine) -> None:
    columns = {
        "outcome": "text",
        "row_count": "bigint",
        "tokens": "bigint",
        "recorded_cost_usd": "decimal(28, 6)",
    }
    outcomes = ("in", "counted", "excluded", "quarantined")
    rows = [(outcome, 1, 2**63 - 1, Decimal("9999.999999")) for outcome in outcomes * 2]
    engine.fill(columns, rows)
    (sums,) = engine.rows(f"select {engine.macros['conserved']} from given")
    assert sums == (*[2] * 4, *[2**64 - 2] * 4, *[Decimal("19999.999998")] * 4)


def test_keys_are_made_of_the_same_text(engine: Engine) -> None:
    columns = {
        "day": "date",
        "flag": "boolean",
        "number": "bigint",
        "money": "decimal(18, 6)",
        "name": "text",
    }
    rows = [
        ("2025-01-31", True, -5, "1.5", "é🧑🏽‍🚀e\u0301 "),
        ("0001-01-01", False, 2**63 - 1, "0", ""),
        ("9999-12-31", None, None, "-0.000001", None),
    ]
    texts = [
        ["2025-01-31", "true", "-5", "1.500000", "é🧑🏽‍🚀e\u0301 "],
        ["0001-01-01", "false", str(2**63 - 1), "0.000000", ""],
        ["9999-12-31", "", "", "-0.000001", ""],
    ]
    assert engine.each("key", columns, rows) == [
        md5("".join(f"{len(text)}:{text}" for text in row).encode()).hexdigest() for row in texts
    ]


@pytest.mark.parametrize(
    ("zone", "day", "start"),
    [
        ("Asia/Kathmandu", "2025-01-01", "2024-12-31 18:15:00"),
        ("Asia/Kathmandu", "1970-01-01", "1969-12-31 18:30:00"),
        # midnight is skipped: the day begins with the change
        ("America/Asuncion", "2023-10-01", "2023-10-01 04:00:00"),
        ("Africa/Cairo", "2023-04-28", "2023-04-27 22:00:00"),
        ("Asia/Beirut", "2024-03-31", "2024-03-30 22:00:00"),
        # the hour before midnight comes twice: the day begins after the second
        ("America/Asuncion", "2024-03-24", "2024-03-24 04:00:00"),
        # midnight comes twice: the day begins with the first
        ("America/Havana", "2025-11-02", "2025-11-02 04:00:00"),
        ("UTC", "9999-12-31", "9999-12-31 00:00:00"),
    ],
)
def test_a_day_begins_with_its_first_microsecond(
    engine: Engine, zone: str, day: str, start: str
) -> None:
    (found,) = engine.each("day_start", {"day": "date"}, [[day]], zone)
    assert str(found) == start
    engine.fill({"moment": "timestamp"}, [[start]])
    before = "(select moment - interval '1 microsecond' as moment from given) as before"
    expression = engine.macros["date"].replace(ZONE, zone)
    assert str(engine.rows(f"select {expression} from given")[0][0]) == day
    assert str(engine.rows(f"select {expression} from {before}")[0][0]) < day


def test_moments_are_exact_to_the_microsecond_and_do_not_depend_on_the_session(
    engine: Engine,
) -> None:
    moments = {
        "1970-01-01 00:00:00": 0,
        "1969-12-31 23:59:59.999999": -1,
        "0001-01-01 00:00:00.000001": -62135596799999999,
        "9999-12-31 23:59:59.999999": 253402300799999999,
    }
    rows = [[moment] for moment in moments]
    found = engine.each("microseconds", {"moment": "timestamp"}, rows)
    assert found == list(moments.values())
    (utc,) = engine.each("utc", {"moment": "timestamptz"}, [["2025-03-30 01:59:59.5+05:45"]])
    assert str(utc) == "2025-03-29 20:14:59.500000"
    days = [["2024-02-29"], ["2025-01-05"], ["0001-01-01"], ["9999-12-31"]]
    assert engine.each("weekday", {"day": "date"}, days) == [4, 7, 1, 5]


def test_moments_in_text_are_refused_because_engines_read_them_differently(engine: Engine) -> None:
    ((day,),) = engine.rows("select cast(cast('2025-01-01 23:59:59.9999999' as timestamp) as date)")
    assert str(day) == ("2025-01-01" if engine.name == "duckdb" else "2025-01-02")
    assert engine.macros["takes_moments_in_text"].strip() == "False"
