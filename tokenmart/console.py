"""The one place that prints: results to standard output, progress and complaints to the other."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

out = Console()
err = Console(stderr=True)

_names: dict[str, str] = {}


@contextmanager
def calling() -> Iterator[dict[str, str]]:
    """Names of files, and what they are called in all that is said meanwhile."""
    try:
        yield _names
    finally:
        _names.clear()


def called(text: str) -> str:
    """The text with the names by which files are called meanwhile."""
    if not _names:
        return text
    longest_first = sorted(_names, key=len, reverse=True)
    names = "|".join(map(re.escape, longest_first))
    return re.sub(rf"(?<![\w.-])({names})(?![\w-]|\.\w)", lambda found: _names[found.group()], text)


def say(text: str = "", *, style: str | None = None) -> None:
    """Print a line of the result, as it is."""
    out.print(text, style=style, markup=False, highlight=False, soft_wrap=True)


def note(text: str) -> None:
    """Say how far the work has come."""
    err.print(called(text), markup=False, highlight=False, soft_wrap=True)


def warn(text: str) -> None:
    """Say what the user should look at, though the work goes on."""
    err.print(
        f"warning: {called(text)}", style="yellow", markup=False, highlight=False, soft_wrap=True
    )


def complain(text: str) -> None:
    """Say what is wrong."""
    err.print(text, style="red", markup=False, highlight=False, soft_wrap=True)
