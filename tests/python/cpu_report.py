"""A plugin of pytest: the seed of the run, and the tests that cost most, in CPU seconds."""

from collections.abc import Iterator
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage

import pytest
import standby
from draw import EVERYTHING, seed

_spent_before = 0.0
_costs: dict[str, float] = {}


def _spent() -> float:
    """By this process, the programs that it ran and the forks that others ran for it."""
    used = (getrusage(RUSAGE_SELF), getrusage(RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used) + standby.cpu_seconds


# xdist brings what a report has to the process that writes the summary
@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    call: pytest.CallInfo[None],
) -> Iterator[None]:
    """Tell what a test has used, with the fixtures that it was the first to ask for."""
    global _spent_before
    report = yield
    if call.when == "teardown":
        now = _spent()
        report.cpu_seconds = now - _spent_before
        _spent_before = now
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "teardown":
        _costs[report.nodeid.partition("@")[0]] = report.cpu_seconds


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if len(_costs) < 2:
        return
    # as --durations does, 0 asks for all
    number = terminalreporter.config.option.durations
    dearest = sorted(_costs.items(), key=lambda cost: -cost[1])
    if number != 0:
        dearest = dearest[: number or 10]
    how = "everything" if EVERYTHING else f"drawn by SEED={seed()}"
    terminalreporter.section(f"{how}: {sum(_costs.values()):.0f} CPU seconds, of which")
    for test, seconds in dearest:
        terminalreporter.write_line(f"{seconds:6.1f}  {test.removeprefix('tests/python/')}")
