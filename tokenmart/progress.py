"""How far a long task has come: one moving line on a terminal, now and then a line elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn
from rich.progress import Progress as MovingLine

from tokenmart.console import err

SECONDS_BETWEEN_LINES = 10


@dataclass
class Progress:
    """A task of steps, of which some are done."""

    task: str
    steps: int | None = None
    done: int = 0
    _line: MovingLine | None = None
    _began: float = field(default_factory=time.monotonic)
    _said: float = field(default_factory=time.monotonic)
    _id: TaskID | None = None

    def begin(self, step: str, steps: int) -> None:
        """Show which step is under way, of how many."""
        self.steps = steps
        if self._line and self._id is not None:
            self._line.update(self._id, total=steps, description=step)
        elif time.monotonic() - self._said >= SECONDS_BETWEEN_LINES:
            self._said = time.monotonic()
            self._say(f"{self.done} of {steps}, {step}")

    def advance(self) -> None:
        """Count a step as done."""
        self.done += 1
        if self._line and self._id is not None:
            self._line.advance(self._id)

    def _say(self, how_far: str) -> None:
        err.print(f"{self.task}: {how_far}", markup=False, highlight=False, soft_wrap=True)


@contextmanager
def progress(task: str, steps: int | None = None) -> Iterator[Progress]:
    """Show how far the task has come, on standard error."""
    if err.is_terminal:
        columns = (
            *(MofNCompleteColumn(), BarColumn(bar_width=20)),
            TextColumn("{task.description:.45}", markup=False),
        )
        with MovingLine(*columns, console=err, transient=True) as line:
            yield Progress(task, steps, _line=line, _id=line.add_task("starting", total=steps))
        return
    shown = Progress(task, steps)
    shown._say("starting")
    yield shown
    if shown.steps:
        seconds = time.monotonic() - shown._began
        shown._say(f"{shown.done} of {shown.steps} in {seconds:.0f} s")
