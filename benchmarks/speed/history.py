"""Usage of many days, made by the SQL in rows/: the same arguments give the same rows."""

from pathlib import Path
from string import Template

from databases import Database

ROWS = Path(__file__).with_name("rows")
USAGE = {
    "provider": "raw_provider.usage_events",
    "agents": "raw_agents.usage_records",
    "voice": "raw_voice.voice_usage_metrics",
}
SHARES = {"provider": 0.6, "agents": 0.2, "voice": 0.2}
"""Of the usage rows; a stream, an employee and a conversation have 20 a day each."""


class History:
    """About so many usage rows, spread evenly over the days from the start of 2024."""

    def __init__(self, database: Database, rows: int, days: int) -> None:
        self._database = database
        self._days = days
        database.create_raw_tables()
        self._fill("parents", employees=_units("agents", rows / days))
        self._next_id = 0
        self._file(0, days - 1, rows / days)
        database.settle()

    def add_day(self, rows: float) -> None:
        """File one more day, and correct some windows of the day before, as a collector does."""
        before = f"timestamp '2024-01-01' + {self._days - 1} * interval '1 day'"
        self._database.execute(
            "update raw_provider.usage_events set tokens_out = tokens_out + 1 "
            f"where window_start >= {before} and id % 400 < 8"
        )
        self._file(self._days, self._days, rows)
        self._days += 1

    @property
    def usage_rows(self) -> int:
        counts = " + ".join(f"(select count(*) from {table})" for table in USAGE.values())
        ((rows,),) = self._database.execute(f"select {counts}")
        return int(rows)

    def _file(self, first_day: int, last_day: int, rows_per_day: float) -> None:
        units = {source: _units(source, rows_per_day) for source in SHARES}
        for source in SHARES:
            self._fill(
                source,
                first_day=first_day,
                last_day=last_day,
                first_id=self._next_id,
                streams=units["provider"],
                employees=units["agents"],
                conversations=units["voice"],
            )
        self._next_id += (last_day - first_day + 1) * 20 * max(units.values())

    def _fill(self, script: str, **numbers: int) -> None:
        sql = Template((ROWS / f"{script}.sql").read_text(encoding="utf-8"))
        self._database.execute(sql.substitute(numbers, json=self._database.json))


def _units(source: str, rows_per_day: float) -> int:
    """How many streams, employees or conversations make a source's rows of a day."""
    return max(1, round(rows_per_day * SHARES[source] / 20))
