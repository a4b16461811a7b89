"""Processes that have done what is slow to begin with, and run each task in a fork of themselves.

Importing dbt and parsing the project take several seconds, and importing Great Expectations two and
a half; what a test asks for often takes less than one.
"""

import faulthandler
import gc
import json
import os
import resource
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, Pipe
from multiprocessing.reduction import recv_handle, send_handle
from pathlib import Path
from subprocess import CompletedProcess, run
from typing import Any

Run = Callable[[list[str], dict[str, str]], int]
"""Runs a program with these arguments in this environment, and gives its exit status."""

LONGEST_SECONDS = 600
"""After them a fork tells where it is stuck, and ends; pyproject.toml gives a whole test more."""

_spawned = get_context("spawn")
cpu_seconds = 0.0
"""What all forks have used so far; this process cannot ask about them, for they are not its own."""


@dataclass(frozen=True)
class Task:
    """What a fork does: where, with what, and where it prints to."""

    arguments: list[str]
    folder: Path
    environment: dict[str, str]
    output: Path
    errors: Path


@dataclass(frozen=True)
class Branch:
    """What a fork prepares beside what is prepared, to stand by itself."""

    prepare: Callable[..., Run]
    arguments: tuple[Any, ...]


class Standby:
    """One such process, started when it is first needed."""

    def __init__(
        self, prepare: Callable[..., Run], *arguments: Any, after: "Standby | None" = None
    ) -> None:
        """After another one, it begins with all that this has done."""
        self._one_at_a_time = threading.Lock()
        self._tasks, theirs = Pipe()
        if after:
            after._send(Branch(prepare, arguments), theirs.fileno())
        else:
            _spawned.Process(
                target=_stand_by, args=(theirs, prepare, arguments), daemon=True
            ).start()
        theirs.close()

    def _send(self, task: "Task | Branch", handle: int) -> None:
        with self._one_at_a_time:
            self._tasks.send(task)
            # the other side is where the connection leads to, whatever its number
            send_handle(self._tasks, handle, 0)

    def run(
        self, arguments: list[str], folder: Path, environment: dict[str, str]
    ) -> CompletedProcess[str]:
        """Run the program, whatever comes of it; several may run at once."""
        global cpu_seconds
        with tempfile.TemporaryDirectory() as said:
            task = Task(arguments, folder, environment, Path(said, "output"), Path(said, "errors"))
            reading, writing = os.pipe()
            self._send(task, writing)
            os.close(writing)
            with os.fdopen(reading) as pipe:
                # until the fork is gone, which alone holds the other end
                answer = pipe.read()
            assert answer, f"{arguments} died:\n{task.errors.read_text(encoding='utf-8')}"
            status, used = json.loads(answer)
            cpu_seconds += used
            return CompletedProcess(
                arguments,
                status,
                task.output.read_text(encoding="utf-8"),
                task.errors.read_text(encoding="utf-8"),
            )


def run_plainly(
    program: str, arguments: list[str], folder: Path, environment: dict[str, str]
) -> CompletedProcess[str]:
    """Run a program of the environment as its users do, whatever comes of it."""
    return run(
        [Path(sys.executable).with_name(program), *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def _stand_by(tasks: Connection, prepare: Callable[..., Run], arguments: tuple[Any, ...]) -> None:
    do = prepare(*arguments)
    # the first to ask for it pays for it
    preparing = _cpu_seconds()
    # a fork that looked for garbage would copy all that was imported
    gc.freeze()
    gc.disable()
    while True:
        try:
            task: Task | Branch = tasks.recv()
        except EOFError:
            return
        handle = recv_handle(tasks)
        os.set_inheritable(handle, False)
        if os.fork() == 0:
            if isinstance(task, Task):
                _do(task, do, handle, preparing)
            else:
                tasks.close()
                _stand_by_as(task, handle)
        if isinstance(task, Task):
            preparing = 0
        os.close(handle)
        _bury_the_dead()


def _stand_by_as(branch: Branch, handle: int) -> None:
    """Stand by in a fork, which ends with who asked for it."""
    try:
        _stand_by(Connection(handle), branch.prepare, branch.arguments)
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(0)


def _do(task: Task, do: Run, answer: int, before: float) -> None:
    """Run the task and end the process."""
    status = 1
    try:
        for path, stream in ((task.output, sys.stdout), (task.errors, sys.stderr)):
            with path.open("w") as file:
                os.dup2(file.fileno(), stream.fileno())
        os.chdir(task.folder)
        os.environ.clear()
        os.environ.update(task.environment)
        faulthandler.dump_traceback_later(LONGEST_SECONDS, exit=True)
        status = do(task.arguments, task.environment)
    except Exception:
        # what the interpreter would print, which ends here before it does
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os.write(answer, json.dumps([status, before + _cpu_seconds()]).encode())
        os._exit(0)


def _cpu_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _bury_the_dead() -> None:
    """Those forks that have ended since the last one began."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return
