"""How fast the voice assistant answers."""

from dataclasses import dataclass
from datetime import date

from tokenmart.relations import Relations
from tokenmart.report.charts import Column, Plot, Scale, Shape, percent_of, ticks_of
from tokenmart.report.overview import bar_days, bar_labels
from tokenmart.report.periods import Period
from tokenmart.report.scope import Scope
from tokenmart.report.words import NOT_KNOWN, NOTHING, percent
from tokenmart.warehouse import Session

MART = "mart_voice_daily"


@dataclass(frozen=True)
class VoiceDay:
    """A day; latencies of instances are not mixed, the slowest one is shown."""

    day: date
    typical: int | None
    slow: int | None
    measured: int
    events: int
    errors: int


@dataclass(frozen=True)
class Voice:
    """A period's latencies as lines and as a table."""

    plot: Plot
    table: list[list[str]]
    advice: str


def read_voice(session: Session, relations: Relations, scope: Scope) -> list[VoiceDay]:
    result = session.query(
        f"""
        select usage_date, max(p50_latency_ms), max(p95_latency_ms), sum(known_latency_count),
            sum(record_count), sum(error_count)
        from {relations.model(MART).sql}
        {scope.where("usage_date")}
        group by usage_date
        order by usage_date
        """
    )
    return [
        VoiceDay(
            day,
            None if typical is None else int(typical),
            None if slow is None else int(slow),
            *(int(number or 0) for number in numbers),
        )
        for day, typical, slow, *numbers in result.rows
    ]


def voice_of(days: list[VoiceDay], period: Period) -> Voice | None:
    """None if there was no voice in the period."""
    rows = [each for each in days if each.day in period.span]
    if not rows:
        return None
    slowest = max((each.slow or 0 for each in rows), default=0)
    scale = Scale(0, max(slowest, 1) / 1000, sign="")
    first, number = period.span.first, period.span.days
    columns = [Column(label) for label in bar_labels(period.span, 1)] if number <= 400 else []
    labels = [column.label for column in columns] or bar_labels(period.span, bar_days(period.span))
    shapes = []
    for style, name in (("s1", "slow"), ("s0", "typical")):
        path, is_down = "", False
        for each in rows:
            value = getattr(each, name)
            if value is None:
                is_down = False
                continue
            x = 10 * (each.day - first).days + 5
            path += f"{'L' if is_down else 'M'}{x} {1000 - scale.y(value / 1000)}"
            # a day by itself is a point, which is a line of no length
            path += "" if is_down else "h0"
            is_down = True
        shapes.append(Shape(style, path))
    return Voice(
        Plot(10 * number, shapes, ticks_of(labels), scale.ticks, percent_of(scale.y(0))),
        [
            [
                f"{each.day:%b} {each.day.day}",
                _seconds(each.typical),
                _seconds(each.slow),
                f"{each.measured:,}",
                percent(each.errors, each.events) if each.events else NOTHING,
            ]
            for each in rows
        ],
        _advice(rows),
    )


def _seconds(milliseconds: int | None) -> str:
    return NOT_KNOWN if milliseconds is None else f"{milliseconds / 1000:.2f} s"


def _advice(rows: list[VoiceDay]) -> str:
    known = [each for each in rows if each.slow is not None]
    if not known:
        return "No latency was measured: a latency of 0 means that it is not known."
    worst = max(known, key=lambda each: each.slow or 0)
    return (
        f"On {worst.day:%b} {worst.day.day} one answer in twenty took longer than "
        f"{_seconds(worst.slow)}: listen to conversations of that day first."
    )
