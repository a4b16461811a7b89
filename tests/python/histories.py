"""Random histories of the sources, and a plain-Python account of what they used.

A history is a list of steps; between two steps tokenmart looks at the sources. What happens and is
undone between two looks is never observed. Each history has keys of its own, so that many of them
can stand in one database and one run looks at all of them.

The account shares no SQL and no code with the models. It keeps every row as it was last observed.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import Any

from conftest import uuid

Row = dict[str, Any]
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
DIMENSIONS = ("project_id", "openai_user_id", "openai_api_key_id", "service_tier")


def days_of(number: int) -> list[datetime]:
    """Neighbours across a month, and lonely days years before, far from other histories' days."""
    return [
        *(datetime(2000 + number, *day) for day in ((1, 31), (2, 1), (2, 2))),
        *(datetime(1975 + number, month, 1) for month in (3, 6, 9)),
    ]


@dataclass
class Source:
    """The rows of a table by id, as the application has them now."""

    table: str
    rows: dict[Any, Row] = field(default_factory=dict)
    changes: list[tuple[str, Any]] = field(default_factory=list)

    def put(self, row: Row) -> None:
        self.rows[row["id"]] = row
        self.changes.append(("put", row["id"]))

    def delete(self, ids: list[Any]) -> None:
        for each in ids:
            del self.rows[each]
            self.changes.append(("delete", each))


class Account:
    """Every row as it was last observed; a row that left its table stays."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[Any, Row]] = defaultdict(dict)
        self.owners: dict[Any, Any] = {}

    def look(self, *sources: Source) -> None:
        for source in sources:
            for key, row in source.rows.items():
                self.rows[source.table][key] = dict(row)
                if row.get("employee_id"):
                    self.owners[key] = row["employee_id"]


class ProviderHistory:
    """Usage events of a few provider keys: windows of every width, requests, cost lines."""

    def __init__(self, number: int, random: Random) -> None:
        self.first = number * 1000 + 1
        self.days = days_of(number)
        self.random = random
        self.keys = Source("provider_keys")
        self.events = Source("usage_events")
        self.sources = (self.keys, self.events)
        self.log: list[str] = []

    def step(self, *, deletes: bool) -> None:
        for _ in range(self.random.choice([1, 2, 4, 8])):
            action = self.random.choices(
                ["put", "again", "move", "zero", "delete", "delete key"],
                [12, 2, 4, 1, 2 * deletes, 0.5 * deletes],
            )[0]
            known = sorted(self.events.rows)
            if action == "put" or not known:
                self._put(self._event())
            elif action == "again":
                self._put(self.events.rows[self.random.choice(known)] | {"id": self._new_id()})
            elif action == "move":
                old = self.events.rows[self.random.choice(known)]
                self._put(old | self._position())
            elif action == "zero":
                old = self.events.rows[self.random.choice(known)]
                zeros = {"tokens_in": 0, "tokens_out": 0, "cost_estimate": Decimal(0)}
                self._put(old | zeros | {"num_model_requests": None})
            elif action == "delete":
                self.events.delete([self.random.choice(known)])
            else:
                self._delete_key()

    def _put(self, row: Row) -> None:
        # now and then the key comes only after its usage
        if row["key_id"] not in self.keys.rows and self.random.random() < 0.8:
            self.keys.put({"id": row["key_id"]})
        self.events.put(row)
        self.log.append(f"put {row}")

    def _delete_key(self) -> None:
        if self.keys.rows:
            key = self.random.choice(sorted(self.keys.rows))
            self.keys.delete([key])
            self.events.delete([i for i, row in self.events.rows.items() if row["key_id"] == key])
            self.log.append(f"delete key {key}")

    def _new_id(self) -> int:
        return self.first + len(self.events.changes)

    def _event(self) -> Row:
        choose = self.random.choice
        return {
            "id": self._new_id(),
            "key_id": self.first + choose([0, 0, 0, 1]),
            "model": choose(["a", "a", "a", "b"]),
            "tokens_in": choose([100, 100, 200, 7, 0, None, -1]),
            "tokens_out": choose([10, 10, 0, None]),
            "cost_estimate": choose([Decimal("0.5"), Decimal("0.000001"), Decimal(0), None]),
            "num_model_requests": choose([None, None, 0, 3]),
            "batch": choose([None, None, None, False, True]),
            **{name: choose([None, None, None, None, "", "x", "y"]) for name in DIMENSIONS},
            **self._position(),
        }

    def _position(self) -> Row:
        """A place in time: most of it in one day and its neighbors, so that windows meet."""
        choose = self.random.choice
        width = choose([DAY, DAY, 12 * HOUR, 6 * HOUR, HOUR, HOUR, MINUTE, None, None])
        (day,) = self.random.choices(self.days, [8, 4, 4, 1, 1, 1])
        start = day + choose([0, 0, 12, 23]) * HOUR + choose([0, 0, 59]) * MINUTE
        if width == DAY:
            start = day + choose([0, 0, 0, 12]) * HOUR
        if width == 12 * HOUR:
            start = day + choose([0, 12]) * HOUR
        if width == HOUR:
            start = start.replace(minute=0)
        return {
            "timestamp": start + choose([timedelta(0), timedelta(microseconds=1)]),
            "window_start": start if width else None,
            "window_end": start + width if width else None,
        }


def account_of_events(rows: dict[Any, Row], known_keys: set[Any]) -> tuple[dict[Any, str], Any]:
    """What becomes of each event, and the sums of those that count."""
    outcomes = {}
    for key, row in rows.items():
        if row["key_id"] not in known_keys or (row["tokens_in"] or 0) < 0:
            outcomes[key] = "quarantined"
        elif not any(
            row[name] for name in ("tokens_in", "tokens_out", "cost_estimate", "num_model_requests")
        ):
            outcomes[key] = "empty"
    left = {key: row for key, row in rows.items() if key not in outcomes}
    outcomes |= dict(_repeated(left))
    left = {key: row for key, row in left.items() if key not in outcomes}
    windows = {key: row for key, row in left.items() if row["window_start"]}
    outcomes |= _overlapped(list(windows.values()))
    counted_windows = [row for key, row in windows.items() if key not in outcomes]
    requests = {key: row for key, row in left.items() if not row["window_start"]}
    outcomes |= {
        key: "inside_a_window"
        for key, row in requests.items()
        if any(
            _holds(window, row) and _agree(window, row) and not _is_dollars_alone(window)
            for window in counted_windows
        )
    }
    outcomes |= {
        row["id"]: "cost_line"
        for row in counted_windows
        if _is_dollars_alone(row)
        and any(
            _holds(row, request) and not _differ_in_batch(row, request)
            for request in requests.values()
        )
    }
    sums: dict[Any, list[Any]] = defaultdict(lambda: [0, 0, 0, None])
    for key, row in rows.items():
        if key not in outcomes:
            moment = row["window_start"] or row["timestamp"]
            grain = (moment.date(), row["key_id"], row["model"], *_dimensions(row))
            total = sums[grain]
            total[0] += 1
            total[1] += row["tokens_in"] or 0
            total[2] += row["tokens_out"] or 0
            if row["cost_estimate"] is not None:
                total[3] = (total[3] or 0) + row["cost_estimate"]
    return outcomes, {grain: tuple(total) for grain, total in sums.items()}


def _dimensions(row: Row) -> tuple[Any, ...]:
    return (*(row[name] or None for name in DIMENSIONS), bool(row["batch"]))


def _same(one: Row, other: Row, *names: str) -> bool:
    return all(one[name] == other[name] for name in names)


def _repeated(rows: dict[Any, Row]) -> Iterator[tuple[Any, str]]:
    windows, requests = defaultdict(list), defaultdict(list)
    for row in rows.values():
        said = (row["key_id"], row["model"], *_dimensions(row))
        if row["window_start"]:
            windows[said, row["window_start"], row["window_end"]].append(row)
        else:
            figures = (row["tokens_in"] or 0, row["tokens_out"] or 0, row["cost_estimate"] or 0)
            requests[said, row["timestamp"], figures].append(row)
    for group in windows.values():
        last = max(group, key=lambda row: (row["timestamp"], row["id"]))
        yield from ((row["id"], "repeated_window") for row in group if row is not last)
    for group in requests.values():
        first = min(group, key=lambda row: row["id"])
        yield from ((row["id"], "repeated_request") for row in group if row is not first)


def _overlapped(windows: list[Row]) -> dict[Any, str]:
    """What gives way among windows, decided from the finest up, those of one time together."""
    finer = {row["id"]: [each for each in windows if _tells_of(each, row)] for row in windows}
    spans = defaultdict(list)
    for row in windows:
        if finer[row["id"]]:
            spans[_span(row)].append(row)
    below = {
        span: {_span(each) for row in rows for each in finer[row["id"]]}
        for span, rows in spans.items()
    }

    def depth(span: Any) -> int:
        return 1 + max((depth(each) for each in below[span]), default=0) if span in below else 0

    outcomes: dict[Any, str] = {}
    for layer in range(1, 1 + max(map(depth, spans), default=0)):
        told, verdicts = {}, {}
        for span in filter(lambda span: depth(span) == layer, spans):
            told |= {
                row["id"]: left
                for row in spans[span]
                if (left := [each for each in finer[row["id"]] if each["id"] not in outcomes])
            }
            coarse = [row for row in spans[span] if row["id"] in told]
            if coarse:
                verdicts[span] = _verdict(coarse, told)
        over = defaultdict(list)
        for span, verdict in verdicts.items():
            for row in spans[span]:
                for each in told.get(row["id"], ()):
                    over[each["id"]].append(verdict)
                if verdict == "gives way" and row["id"] in told:
                    outcomes[row["id"]] = "cost_line" if _is_ungrouped_day(row) else "finer_windows"
        for key, verdicts_over in over.items():
            if set(verdicts_over) == {"counts"}:
                outcomes[key] = "coarser_window"
    return outcomes


def _span(row: Row) -> tuple[Any, ...]:
    names = ("key_id", "model", "window_start", "window_end")
    return (*(row[name] for name in names), _is_ungrouped_day(row))


def _verdict(coarse: list[Row], told: dict[Any, list[Row]]) -> str:
    parts = {each["id"]: each for row in coarse for each in told[row["id"]]}.values()
    whole = [sum(row[name] or 0 for row in coarse) for name in ("tokens_in", "tokens_out")]
    found = [sum(row[name] or 0 for row in parts) for name in ("tokens_in", "tokens_out")]
    if any(_length(each) == _length(coarse[0]) for each in parts):
        if whole in (found, [0, 0]):
            return "gives way"
        is_less = any(part > all_of for part, all_of in zip(found, whole, strict=True))
        return "counts beside" if is_less else "counts"
    if all(part >= all_of for part, all_of in zip(found, whole, strict=True)):
        return "gives way"
    return "gives way" if all(_is_covered(row, told[row["id"]]) for row in coarse) else "counts"


def _is_covered(row: Row, finer: list[Row]) -> bool:
    moment = row["window_start"]
    for each in sorted(finer, key=lambda each: each["window_start"]):
        if each["window_start"] > moment:
            return False
        moment = max(moment, each["window_end"])
    return bool(moment >= row["window_end"])


def _length(row: Row) -> timedelta:
    return row["window_end"] - row["window_start"]


def _is_ungrouped_day(row: Row) -> bool:
    return _length(row) == DAY and not any(_dimensions(row))


def _is_dollars_alone(row: Row) -> bool:
    figures = ("tokens_in", "tokens_out", "num_model_requests")
    return _is_ungrouped_day(row) and not any(row[name] for name in figures)


def _holds(window: Row, request: Row) -> bool:
    return (
        _same(window, request, "key_id", "model")
        and window["window_start"] <= request["timestamp"] < window["window_end"]
    )


def _differ_in_batch(one: Row, other: Row) -> bool:
    return None not in (one["batch"], other["batch"]) and one["batch"] != other["batch"]


def _tells_of(finer: Row, coarse: Row) -> bool:
    """Whether the one window tells, in more detail, of usage that the other one holds."""
    if not _same(finer, coarse, "key_id", "model"):
        return False
    if (
        finer["window_start"] >= coarse["window_end"]
        or coarse["window_start"] >= finer["window_end"]
    ):
        return False
    if _differ_in_batch(finer, coarse):
        return False
    if _length(finer) == _length(coarse):
        is_same_time = _same(finer, coarse, "window_start")
        return is_same_time and _is_ungrouped_day(coarse) and not _is_ungrouped_day(finer)
    return _length(finer) < _length(coarse) and _agree(finer, coarse)


def _agree(one: Row, other: Row) -> bool:
    """Whether what both of them name is the same."""
    return not _differ_in_batch(one, other) and all(
        not one[name] or not other[name] or one[name] == other[name] for name in DIMENSIONS
    )


class VoiceHistory:
    """Events of a few conversations, some of them filed again by a retry."""

    def __init__(self, number: int, random: Random) -> None:
        self.first = number * 1000 + 1
        self.days = days_of(number)
        self.random = random
        self.conversations = Source("voice_conversations")
        self.events = Source("voice_usage_metrics")
        self.sources = (self.conversations, self.events)
        self.log: list[str] = []
        self.made = 0

    def step(self, *, deletes: bool) -> None:
        for _ in range(self.random.choice([1, 2, 4, 8])):
            known = sorted(self.events.rows)
            action = self.random.choices(
                ["put", "retry", "move", "delete", "delete conversation"],
                [8, 4, 2, 2 * deletes, 0.5 * deletes],
            )[0]
            if action == "put" or not known:
                self._put(self._event())
            elif action == "retry":
                old = self.events.rows[self.random.choice(known)]
                later = timedelta(seconds=self.random.choice([0, 2, 5, 6]))
                self._put(old | {"id": self._new_id(), "timestamp": old["timestamp"] + later})
            elif action == "move":
                old = self.events.rows[self.random.choice(known)]
                self._put(old | {"timestamp": self._moment()})
            elif action == "delete":
                self.events.delete([self.random.choice(known)])
            else:
                conversation = self.random.choice(known)
                gone = self.events.rows[conversation]["conversation_id"]
                self.events.delete(
                    [i for i, row in self.events.rows.items() if row["conversation_id"] == gone]
                )

    def _put(self, row: Row) -> None:
        self.events.put(row)
        self.log.append(f"put {row}")

    def _new_id(self) -> str:
        self.made += 1
        return uuid(self.first + self.made)

    def _moment(self) -> datetime:
        choose = self.random.choice
        seconds = choose([0, 1, 2, 43200, 86398, 86399])
        return choose(self.days) + timedelta(seconds=seconds, microseconds=choose([0, 1]))

    def _event(self) -> Row:
        choose = self.random.choice
        return {
            "id": self._new_id(),
            "conversation_id": choose([None, uuid(self.first), uuid(self.first + 500)]),
            "timestamp": self._moment(),
            "event_type": choose(["response_complete"] * 4 + ["message", None]),
            "input_tokens": choose([5, 5, 0, None, -1]),
            "output_tokens": choose([5, 0, None]),
            "latency_ms": choose([None, 0, 0, 250, 300]),
            "metadata": choose([None, '{"a": 1}', '{"a": 2}']),
        }


def account_of_metrics(rows: dict[Any, Row]) -> tuple[dict[Any, str], Any]:
    """What becomes of each event, and the sums of those that count."""
    outcomes = {}
    for key, row in rows.items():
        figures = ("input_tokens", "output_tokens", "latency_ms")
        if (row["input_tokens"] or 0) < 0:
            outcomes[key] = "quarantined"
        elif row["event_type"] != "message" and not any(row[name] for name in figures):
            outcomes[key] = "empty"
    responses = defaultdict(list)
    for key, row in rows.items():
        if (
            key not in outcomes
            and row["event_type"] == "response_complete"
            and row["conversation_id"]
        ):
            tokens = (row["input_tokens"] or 0, row["output_tokens"] or 0)
            responses[row["conversation_id"], tokens, row["metadata"]].append(row)
    for group in responses.values():
        group.sort(key=lambda row: (row["timestamp"], row["id"]))
        for before, row in pairwise(group):
            if row["timestamp"] - before["timestamp"] <= timedelta(seconds=5):
                outcomes[row["id"]] = "retried"
    sums: dict[Any, list[int]] = defaultdict(lambda: [0, 0, 0])
    for key, row in rows.items():
        if key not in outcomes:
            total = sums[row["timestamp"].date(), row["conversation_id"]]
            total[0] += 1
            total[1] += row["input_tokens"] or 0
            total[2] += row["output_tokens"] or 0
    return outcomes, {grain: tuple(total) for grain, total in sums.items()}


class AgentsHistory:
    """Usage records of an organization or two, whose people and periods change."""

    def __init__(self, number: int, random: Random) -> None:
        self.first = number * 1000 + 1
        self.days = days_of(number)
        self.random = random
        self.organizations = Source("organizations")
        self.records = Source("usage_records")
        self.sources = (self.organizations, self.records)
        self.log: list[str] = []
        self.made = 0

    def step(self, *, deletes: bool) -> None:
        for _ in range(self.random.choice([1, 2, 4, 8])):
            known = sorted(self.records.rows)
            action = self.random.choices(
                ["put", "move", "correct", "blank", "delete", "delete org"],
                [8, 3, 2, 2 * deletes, 2 * deletes, 0.5 * deletes],
            )[0]
            old = self.records.rows[self.random.choice(known)] if known else {}
            if action == "put" or not known:
                self._put(self._record())
            elif action == "move":
                self._put(old | self._period())
            elif action == "correct":
                self._put(old | {"employee_id": uuid(self.random.choice([1, 2, 3]))})
            elif action == "blank":
                self._put(old | {"employee_id": None})
            elif action == "delete":
                self.records.delete([old["id"]])
            elif self.organizations.rows:
                org = self.random.choice(sorted(self.organizations.rows))
                self.organizations.delete([org])
                self.records.delete(
                    [i for i, row in self.records.rows.items() if row["org_id"] == org]
                )

    def _put(self, row: Row) -> None:
        if row["org_id"] not in self.organizations.rows and self.random.random() < 0.8:
            self.organizations.put({"id": row["org_id"]})
        self.records.put(row)
        self.log.append(f"put {row}")

    def _period(self) -> Row:
        choose = self.random.choice
        start = choose(self.days) + choose([0, 0, 6, 23]) * HOUR
        length = choose([timedelta(0), HOUR, DAY, 3 * DAY, 30 * DAY, -HOUR])
        end = start + length
        if choose([True, False]) and end.hour == 0 and end > start:
            end -= timedelta(seconds=1)
        return {"period_start": start, "period_end": end}

    def _record(self) -> Row:
        choose = self.random.choice
        self.made += 1
        return {
            "id": uuid(self.first + self.made),
            "org_id": uuid(self.first + choose([800, 800, 801])),
            "employee_id": choose([None, uuid(1), uuid(2)]),
            "resource_type": choose(["llm_tokens", "api_calls", "storage_mb"]),
            "quantity": choose([0, 1, 7, 1000, 10**15]),
            "cost_usd": choose([Decimal(0), Decimal("0.0001"), Decimal("10.0000"), Decimal("-1")]),
            "created_at": choose(self.days),
            **self._period(),
        }


def account_of_records(
    rows: dict[Any, Row], known_orgs: set[Any], owners: dict[Any, Any]
) -> tuple[dict[Any, str], Any]:
    """What becomes of each record, and what stands on each day."""
    outcomes, parts, levels = {}, defaultdict(lambda: [0, 0, Decimal(0)]), defaultdict(list)
    for key, row in rows.items():
        level = row["resource_type"] == "storage_mb"
        if row["org_id"] not in known_orgs or row["period_end"] < row["period_start"]:
            outcomes[key] = "quarantined"
            continue
        if row["quantity"] == 0 and row["cost_usd"] == 0 and not level:
            outcomes[key] = "empty"
            continue
        owner = row["employee_id"] or owners.get(key)
        end = _exclusive(row["period_end"])
        for number, (day, quantity, cost) in enumerate(_spread(row, end)):
            grain = (day, row["org_id"], owner, row["resource_type"])
            total = parts[grain]
            total[0] += number == 0
            total[1] += 0 if level else quantity
            total[2] += cost
            if level:
                levels[grain].append((end, row["created_at"], key, row["quantity"]))
    for grain, candidates in levels.items():
        parts[grain][1] = max(candidates)[-1]
    return outcomes, {grain: tuple(total) for grain, total in parts.items()}


def _exclusive(end: datetime) -> datetime:
    """The last second of a day is the application's way of writing the next midnight."""
    midnight = datetime.combine(end.date() + DAY, datetime.min.time())
    return midnight if end + timedelta(seconds=1) >= midnight else end


def _spread(row: Row, end: datetime) -> Iterator[tuple[date, int, Decimal]]:
    start = row["period_start"]
    end = max(end, start + timedelta(microseconds=1))
    whole = end - start
    units = int(row["cost_usd"].scaleb(4))
    moment, used = start, (0, 0)
    while moment < end:
        day = moment.date()
        moment = min(end, datetime.combine(day + DAY, datetime.min.time()))
        now = _shares(row["quantity"], units, moment - start, whole)
        yield day, now[0] - used[0], Decimal(now[1] - used[1]).scaleb(-4)
        used = now


def _shares(quantity: int, units: int, elapsed: timedelta, whole: timedelta) -> tuple[int, int]:
    microsecond = timedelta(microseconds=1)
    of, all_of = elapsed // microsecond, whole // microsecond
    return quantity * of // all_of, units * of // all_of
