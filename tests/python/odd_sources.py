"""Sources that one application or another could hold at its worst, made from a seed.

Most rows are valid but for one or two columns, so that each oddity is seen alone, and enough is
counted to be compared.
"""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

Row = dict[str, Any]
Rows = dict[str, list[Row]]

ZONES = (
    "America/Asuncion",
    "Asia/Kathmandu",
    "Africa/Cairo",
    "Asia/Beirut",
    "America/Havana",
    "Pacific/Apia",
    "UTC",
    "Australia/Lord_Howe",
    "Europe/Berlin",
)
TEXTS = (
    "",
    " ",
    "\t",
    "\u00a0",
    "a",
    "A",
    "a ",
    " a",
    "a#2",
    "#",
    "it's",
    'say "hi"',
    "back\\slash",
    "line\nbreak",
    "tab\tbed",
    "null",
    "NULL",
    "0",
    "00",
    "1e3",
    "مرحبا",
    "שלום",
    "用量",
    "ﬁ",
    "é",
    "e\u0301",
    "İstanbul",
    "istanbul",
    "straße",
    "STRASSE",
    "ǅ",
    "Å",
    "zebra",
    "Zebra",
    "🧑🏽‍🚀",
    "\u202eright to left",
    "\ufeffmark",
    "x" * 3000,
    "$(1)",
    "%s {{ }} --",
)
BILLED = (
    None,
    "storage",
    "gpt-4o-2024-08-06, input",
    "batch | GPT-5.4 audio, cached input",
    "a | b | gpt-5-4, output, long context",
    "ft-gpt-5.4, text input",
    "Claude Sonnet 4.5 Usage - Input Tokens, Cache Write (5m)",
    "USE1-Claude4.5Sonnet-input-tokens",
    "gpt 5.4 0305 Outp glbl Tokens",
    "line\nbreak | gemini\n2.5 Pro, output",
    "|, input",
    "4 5 6 7 tokens",
    "İnput tokens für Ünïcode 4o",
)
MODELS = (
    "gpt-4-1-2025-04-14",
    "gpt-5-4",
    "GPT-5.4",
    "gpt-5-4-2026-03-05",
    "claude-sonnet-4-5-20250929",
    "gpt-5-4-20260305 ",
    "unknown",
    "gemini-2-5-pro",
)
TOKENS = ("5", "0", "-0", "12.0", "12.5", "1e3", "1E-2", "-7", '"8"', '"many"', '"1e2"', "true")
TOKENS += ("null", "[1]", '{"n": 1}', "-0.0", "1" + "0" * 30, "999999999999999999", "1.50e1", '""')
"""JSON values where an application writes a number of tokens."""

STRINGS = ('"m"', '"\\u0061"', '"\\ud83d\\ude00"', '"\\"q\\""', '"\\\\u0000"', '"é"', "7", "1e3")
STRINGS += ("null", "true", '{"ip": "203.0.113.1"}', '""', '" "', '"claude-sonnet-4-5"')
"""JSON values where it writes a name."""

BROKEN = ("", "not json {", "{'a': 1}", '{"model": "m",}', '{"model": NaN}', '{"model": "\\u0000"}')
BROKEN += ('{"model": "\\ud800"}', '{"model": "m"', '{"input_tokens": 01}', "[" * 5000, "\ufeff{}")
"""Text that no jsonb column would take."""


@dataclass
class OddSources:
    """What the source tables hold at each of several runs, and the types of their columns."""

    seed: int
    rows_per_table: int = 700
    zone: str = field(init=False)
    as_of: Sequence[str] = field(init=False)
    metadata_type: str = field(init=False)
    has_text_ids: bool = field(init=False)
    has_zoned_times: bool = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        # consecutive seeds differ in every choice
        self.zone = ZONES[self.seed % len(ZONES)]
        self.metadata_type = ("text", "jsonb", "json")[self.seed % 3]
        self.has_text_ids = self.seed % 2 == 0
        self.has_zoned_times = self.seed % 4 in (0, 3)
        last = "2026-11-20" if self.seed % 2 == 0 else "2099-12-31"
        self._latest = datetime.fromisoformat(last)
        self.as_of = (f"{last} 00:00:00", f"{last} 06:00:00", f"{last} 12:00:00.5")
        self._instants = self._odd_instants()

    def column_types(self) -> dict[tuple[str, str], str]:
        """The columns whose types are not those of the application's own DDL."""
        types = {
            (table, "metadata"): self.metadata_type
            for table in ("usage_records", "voice_usage_metrics", "voice_conversations")
        }
        if self.has_text_ids:
            for table, columns in {
                "organizations": ("id",),
                "employees": ("id", "org_id", "team_id"),
                "teams": ("id", "org_id"),
                "employee_agent_configs": ("id", "employee_id", "agent_id"),
                "agents": ("id",),
                "usage_records": ("id", "org_id", "employee_id", "agent_config_id"),
                "voice_conversations": ("id",),
                "voice_usage_metrics": ("id", "conversation_id"),
            }.items():
                types |= {(table, column): "varchar" for column in columns}
            types |= {("usage_events", c): "bigint" for c in ("id", "tokens_in", "tokens_out")}
            types |= {("voice_usage_metrics", c): "bigint" for c in ("input_tokens", "latency_ms")}
        zoned, other = ("timestamptz", "timestamp") if self.has_zoned_times else ("timestamp", None)
        for table, columns in {
            "usage_events": ("timestamp", "window_start", "window_end"),
            "usage_records": ("period_start", "period_end", "created_at"),
        }.items():
            types |= {(table, column): zoned for column in columns}
        if other:
            types[("voice_usage_metrics", "timestamp")] = other
        return types

    def runs(self) -> list[Rows]:
        """The rows at each run: some change, vanish, come back and come new in between."""
        first = self._parents() | {
            "usage_events": self._many(self._event),
            "usage_records": self._many(self._record),
            "voice_usage_metrics": self._many(self._metric),
            "provider_costs": self._many(self._bill, self.rows_per_table // 5),
        }
        second = {table: self._changed(rows) for table, rows in first.items()}
        third = {
            # what vanished is back, as it was or changed
            table: self._changed(second[table]) + [row for row in first[table] if row not in rows]
            for table, rows in second.items()
        }
        return [first, second, third]

    def shuffled(self, rows: list[Row]) -> list[Row]:
        return self._random.sample(rows, len(rows))

    # rows of each table

    def _many(self, make: Callable[[int], Row], count: int = 0) -> list[Row]:
        rows = [make(number) for number in range(1, (count or self.rows_per_table) + 1)]
        # rows that stand twice, whole or with the same id only
        rows += [dict(self._one(rows)) for _ in range(len(rows) // 20)]
        for _ in range(len(rows) // 20):
            twin = make(self._random.randint(1, len(rows)))
            if "id" in twin:
                twin["id"] = self._one(rows)["id"]
            rows.append(twin)
        return rows

    def _changed(self, rows: list[Row]) -> list[Row]:
        kept = [dict(row) for row in rows if self._random.random() > 0.1]
        for row in self._random.sample(kept, len(kept) // 10):
            other = self._one(rows)
            for column in self._random.sample(list(row), 2):
                if column != "id":
                    row[column] = other[column]
        return kept

    def _event(self, number: int) -> Row:
        start = self._moment()
        windowed = self._random.random() < 0.6
        width = self._one((timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)))
        tokens = self._random.randint(0, 400_000)
        row = {
            "id": number,
            "key_id": self._one((1, 1, 2, 3)),
            "model": self._one(MODELS),
            "tokens_in": tokens,
            "tokens_out": self._random.randint(0, 4000),
            "cost_estimate": self._money(10**7, 6),
            "timestamp": self._time(start),
            "window_start": self._time(start) if windowed else None,
            "window_end": self._time(self._later(start, width)) if windowed else None,
            "project_id": self._one((None, "", "p", "P")),
            "openai_user_id": self._one((None, "", "u")),
            "openai_api_key_id": self._one((None, "k")),
            "service_tier": self._one((None, "", "default", "flex", "batch")),
            "batch": self._one((None, True, False)),
            "num_model_requests": self._one((None, 0, 1, 1, 2, 50)),
            "input_cached_tokens": self._one((None, 0, tokens // 3)),
            "input_uncached_tokens": self._one((None, 0, None, tokens)),
            "input_cache_write_tokens": self._one((None, None, 0, tokens // 4)),
            "input_cache_write_1h_tokens": self._one((None, None, 0, 3)),
        }
        for column in ("input_text_tokens", "output_audio_tokens", "input_cached_image_tokens"):
            row[column] = self._one((None, 0, 7))
        wide = 63 if self.has_text_ids else 31
        odd = {
            "id": (None, number - 1),
            "key_id": (None, 404),
            "model": (*TEXTS, None),
            "tokens_in": (None, 0, -1, 2**wide - 1, -(2**wide), 10**15 if wide == 63 else 10**9),
            "tokens_out": (None, 0, -1, 2**wide - 1),
            "cost_estimate": (None, "9999.999999", "-9999.999999", "0", "0.000001", "-0.5"),
            "timestamp": (None, *self._extreme_times()),
            "window_start": (None, *self._extreme_times()),
            "window_end": (None, *self._extreme_times()),
            "project_id": TEXTS,
            "openai_user_id": TEXTS,
            "service_tier": TEXTS,
            "num_model_requests": (-1, 2**31 - 1),
            "input_cached_tokens": (-1, 2**31 - 1),
            "output_audio_tokens": (-(2**31), 2**31 - 1),
        }
        return self._with_oddities(row, odd)

    def _record(self, number: int) -> Row:
        start = self._moment()
        length = self._one((timedelta(0), timedelta(hours=7), timedelta(days=3), timedelta(40)))
        end = self._later(start, length)
        if self._random.random() < 0.2:
            end = end.replace(hour=23, minute=59, second=59, microsecond=self._one((0, 999_999)))
        quantity = self._one((0, 1, 7, self._random.randint(0, 10**7), 10**15))
        tokens = self._random.randint(0, quantity)
        split = {"model": self._one(MODELS), "input_tokens": tokens}
        row = {
            "id": self._id(number),
            "org_id": self._id(self._one((1, 1, 2))),
            "employee_id": self._one((None, self._id(1), self._id(2), self._id(99))),
            "agent_config_id": self._one((None, self._id(1), self._id(2))),
            "resource_type": self._one(("llm_tokens", "llm_tokens", "api_calls", "storage_mb")),
            "quantity": quantity,
            "cost_usd": self._money(10**8, 4),
            "period_start": self._time(start),
            "period_end": self._time(end),
            "metadata": json.dumps(split | {"output_tokens": quantity - tokens}),
            "token_source": self._one((None, "company", "personal")),
            "created_at": self._time(self._one((start, end))),
        }
        odd = {
            "id": (None, self._id(number - 1)),
            "org_id": (None, self._id(404)),
            "resource_type": tuple(text[:50] for text in TEXTS),
            "quantity": (None, -1, 2**63 - 1, -(2**63), 10**15 + 1),
            "cost_usd": (None, "999999.9999", "-999999.9999", "0.0001", "-0.0001"),
            "period_start": (None, *self._extreme_times()),
            "period_end": (None, *self._extreme_times()),
            "token_source": ("shared", "", "COMPANY"),
            "created_at": (None, *self._extreme_times()),
        }
        row = self._with_oddities(row, odd)
        if self._random.random() < 0.3:
            row["metadata"] = self._document(("model", "input_tokens", "output_tokens"))
        if self.has_text_ids and self._random.random() < 0.1:
            row[self._one(("id", "employee_id", "agent_config_id"))] = self._one(TEXTS)
        return row

    def _metric(self, number: int) -> Row:
        tokens = self._random.randint(0, 9000)
        details = {"text_tokens": tokens, "cached_tokens": tokens // 2}
        row = {
            "id": self._id(number),
            "conversation_id": self._one((None, self._id(1), self._id(2), self._id(3))),
            "timestamp": self._time(self._moment()),
            "input_tokens": self._one((None, tokens)),
            "output_tokens": self._random.randint(0, 900),
            "audio_duration_ms": self._one((None, 0, 1500)),
            "function_calls": self._one((None, 0, 1)),
            "latency_ms": self._one((None, 0, self._random.randint(1, 3000))),
            "event_type": self._one(("message", "function_call", "response_complete", "error")),
            "metadata": json.dumps({"input_token_details": details}),
        }
        wide = 63 if self.has_text_ids else 31
        odd = {
            "id": (None, self._id(number - 1)),
            "timestamp": (None, *self._extreme_times()),
            "input_tokens": (-1, 2**wide - 1),
            "output_tokens": (None, -1, 2**31 - 1),
            "audio_duration_ms": (-1, 2**31 - 1),
            "function_calls": (-1, 2**31 - 1),
            "latency_ms": (-1, 2**31 - 1, 2**wide - 1),
            "event_type": (*TEXTS, None),
        }
        row = self._with_oddities(row, odd)
        if self._random.random() < 0.3:
            inner = self._document(("cached_tokens", "text_tokens"))
            row["metadata"] = self._one((inner, f'{{"input_token_details": {inner or 0}}}'))
        return row

    def _bill(self, number: int) -> Row:
        when = self._moment().date()
        row = {
            "usage_date": when.isoformat(),
            "provider": self._one(("openai", None)),
            "project_id": self._one((None, "", "p")),
            "api_key_id": self._one((None, "k")),
            "line_item": self._one(BILLED),
            "amount_usd": self._money(10**9, 6),
            "quantity": self._one((None, "1.500000000", "0")),
            "currency": self._one((None, "USD", "usd ", "EUR")),
        }
        odd = {
            "usage_date": (None, date.min.isoformat(), date.max.isoformat()),
            "provider": TEXTS,
            "line_item": TEXTS,
            "amount_usd": (None, "999999999999.999999", "-999999999999.999999"),
            "quantity": ("9" * 29 + ".999999999", "-0.000000001"),
        }
        return self._with_oddities(row, odd)

    def _parents(self) -> Rows:
        names = self._random.sample(TEXTS, 12)
        when = self._time(datetime(2024, 1, 1))
        rows: Rows = {
            "provider_keys": [
                {"id": id_, "user_id": name, "provider": "openai", "created_at": when}
                for id_, name in zip((1, 2, 2, 3, None), names, strict=False)
            ],
            "organizations": [
                {"id": self._id(id_), "name": name, "max_employees": id_}
                for id_, name in zip((1, 2, 2, 3), names, strict=False)
            ],
            "teams": [{"id": self._id(1), "org_id": self._id(1), "name": names[5]}],
            "employees": [
                {"id": self._id(id_), "org_id": self._id(1), "team_id": team, "full_name": name}
                for id_, team, name in ((1, self._id(1), names[6]), (2, None, names[7]))
            ],
            "agents": [{"id": self._id(1), "name": names[8]}],
            "employee_agent_configs": [
                {"id": self._id(id_), "employee_id": self._id(1), "is_enabled": id_ == 1}
                for id_ in (1, 2)
            ],
            "voice_conversations": [
                {
                    "id": self._id(id_),
                    "user_id": name,
                    "started_at": "2025-01-01 10:00:00.25+05:30",
                    "metadata": self._document(("model",)),
                }
                for id_, name in zip((1, 2, 3, 3), names[8:], strict=False)
            ],
        }
        return rows

    # values

    def _with_oddities(self, row: Row, odd: dict[str, Sequence[Any]]) -> Row:
        for _ in range(self._one((0, 0, 0, 1, 1, 2))):
            column = self._one(list(odd))
            row[column] = self._one(odd[column])
        return row

    def _one(self, choices: Sequence[Any]) -> Any:
        return self._random.choice(choices)

    def _money(self, most: int, digits: int) -> str:
        return f"{Decimal(self._random.randint(-most // 10, most)).scaleb(-digits):f}"

    def _id(self, number: int) -> str:
        return f"00000000-0000-0000-0000-{number:012d}"

    def _document(self, keys: Sequence[str]) -> str | None:
        """JSON of any shape at these keys; where the column is text, also what is no JSON."""
        pick = self._random.random()
        if pick < 0.1:
            return self._one((None, "[]", "7", "null", '"text"', "{}", "[[{}]]"))
        if pick < 0.25 and self.metadata_type == "text":
            return str(self._one(BROKEN))
        members = []
        for key in keys:
            value = self._one(TOKENS if key.endswith("tokens") else STRINGS)
            members.append(f'"{key}"' + self._one((":", " : ", ":\n")) + value)
        if self._random.random() < 0.3:
            members += [members[0], '"odd $.key\\u00e9"' + ": [1, {}]", '"model": "other"']
        self._random.shuffle(members)
        return "{" + ", ".join(members) + "}"

    def _time(self, moment: datetime) -> str:
        # a column without a zone takes it as UTC too
        return moment.isoformat(sep=" ") + "+00"

    def _extreme_times(self) -> list[str]:
        far = (datetime.min, datetime.max, datetime(1969, 12, 31, 23, 59, 59, 999_999))
        after = self._latest + timedelta(days=2)
        return ["infinity", "-infinity", *(self._time(moment) for moment in (*far, after))]

    def _later(self, moment: datetime, width: timedelta) -> datetime:
        return moment + width if moment < datetime.max - width else moment

    def _moment(self) -> datetime:
        if self._random.random() < 0.5:
            near = timedelta(microseconds=self._one((0, 0, -1, 1, -1_000_000, 3_600_000_000)))
            return self._one(self._instants) + near
        span = (self._latest - datetime(2025, 1, 1)) // timedelta(microseconds=1)
        return datetime(2025, 1, 1) + timedelta(microseconds=self._random.randint(0, span))

    def _odd_instants(self) -> list[datetime]:
        """Midnights, in UTC and in the zone, and the changes of its clocks."""
        zone = ZoneInfo(self.zone)
        instants = []
        for _ in range(60):
            days = (self._latest.date() - date(1970, 1, 3)).days
            day = datetime(1970, 1, 3) + timedelta(days=self._random.randrange(days))
            local = day.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)
            instants += [day, local]
        instants += self._clock_changes(zone)
        return instants

    def _clock_changes(self, zone: ZoneInfo) -> list[datetime]:
        def offset(moment: datetime) -> timedelta | None:
            return moment.replace(tzinfo=UTC).astimezone(zone).utcoffset()

        changes, day, hour = [], timedelta(days=1), timedelta(hours=1)
        moment = datetime(1970, 1, 2)
        while moment < self._latest - day:
            if offset(moment) != offset(moment + day):
                hours = [moment + hour * number for number in range(24)]
                changes += [
                    start + hour for start in hours if offset(start) != offset(start + hour)
                ]
            moment += day
        # the old and the far ones are many, and the clocks of today matter most
        recent = [change for change in changes if 2009 < change.year < 2027]
        return recent * 2 + self._random.sample(changes, min(len(changes), 20))
