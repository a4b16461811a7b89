"""How far a long task has come: one moving line on a terminal, now and then a line elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn
from rich.progress import Progress as MovingLine

from tokenmart.console import err, note

SECONDS_BETWEEN_LINES = 10
LONGEST_STEP = 45
"""Letters of a step's name that are shown."""


@dataclass
class Progress:
    """A task in a number of steps, which is known when the first one begins."""

    task: str
    number: int = 0
    steps: int = 0
    _began: float = field(default_factory=time.monotonic)
    _said: float = field(default_factory=time.monotonic)

    def begin(self, step: str, number: int, steps: int) -> None:
        """Show which step begins now, counted from 1."""
        self.number, self.steps = number, steps
        if time.monotonic() - self._said >= SECONDS_BETWEEN_LINES:
            self._said = time.monotonic()
            note(f"{self.task}: {number} of {steps}, {step[:LONGEST_STEP]}")

    def end(self) -> None:
        """Say how long it took."""
        if self.steps:
            seconds = time.monotonic() - self._began
            note(f"{self.task}: {self.number} of {self.steps} in {seconds:.0f} s")


@dataclass
class ProgressOnATerminal(Progress):
    """The same in one line, which is gone at the end."""

    line: MovingLine = field(kw_only=True)
    id: TaskID = field(kw_only=True)

    def begin(self, step: str, number: int, steps: int) -> None:
        self.line.update(
            self.id, completed=number - 1, total=steps, description=step[:LONGEST_STEP]
        )


@contextmanager
def progress(task: str) -> Iterator[Progress]:
    """Show how far the task has come, on standard error."""
    if err.is_terminal:
        columns = (
            *(MofNCompleteColumn(), BarColumn(bar_width=20)),
            TextColumn("{task.description}", markup=False),
        )
        with MovingLine(*columns, console=err, transient=True) as line:
            yield ProgressOnATerminal(task, line=line, id=line.add_task("starting", total=None))
        return
    note(f"{task}: starting")
    shown = Progress(task)
    yield shown
    shown.end()
