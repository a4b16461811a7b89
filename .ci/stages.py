"""Runs make targets one after the other, and says what each cost: python .ci/stages.py lint types

Stops at the first that fails. CPU seconds are those of all descendants, databases among them.
"""

import ctypes
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from resource import RUSAGE_CHILDREN, getrusage

ADOPT_ORPHANS = 36  # PR_SET_CHILD_SUBREAPER of Linux


@dataclass(frozen=True)
class Stage:
    """What a target came to."""

    name: str
    status: int
    cpu: float
    wall: float

    def __str__(self) -> str:
        outcome = f"failed with exit status {self.status}" if self.status else ""
        return f"  {self.name:12} {self.cpu:7.0f} CPU s {self.wall:7.0f} s  {outcome}".rstrip()


def main(targets: list[str]) -> int:
    """The exit status of the first stage that fails, or 0."""
    if sys.platform == "linux":
        # what a server leaves behind is counted too, because it is ours when its parent is gone
        ctypes.CDLL(None).prctl(ADOPT_ORPHANS, 1, 0, 0, 0)
    done: list[Stage] = []
    for target in targets:
        done.append(run(target))
        print(done[-1], flush=True)
        if done[-1].status:
            break
    print(f"\n{' '.join(targets)}:")
    for stage in [*done, total(done)]:
        print(stage)
    return done[-1].status


def run(target: str) -> Stage:
    began, used = time.monotonic(), cpu_seconds()
    process = subprocess.Popen([os.environ.get("MAKE", "make"), "--no-print-directory", target])
    status = process.wait()
    bury_orphans()
    return Stage(target, status, cpu_seconds() - used, time.monotonic() - began)


def total(stages: list[Stage]) -> Stage:
    return Stage("all", 0, sum(each.cpu for each in stages), sum(each.wall for each in stages))


def bury_orphans() -> None:
    """Wait for what is about to end, and not for what goes on."""
    for _ in range(50):
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.1)


def cpu_seconds() -> float:
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
