"""The one place that prints: results to standard output, progress and complaints to the other."""

from rich.console import Console

out = Console()
err = Console(stderr=True)


def say(text: str = "", *, style: str | None = None) -> None:
    """Print a line of the result, as it is."""
    out.print(text, style=style, markup=False, highlight=False, soft_wrap=True)


def note(text: str) -> None:
    """Say how far the work has come."""
    err.print(text, markup=False, highlight=False, soft_wrap=True)


def warn(text: str) -> None:
    """Say what the user should look at, though the work goes on."""
    err.print(f"warning: {text}", style="yellow", markup=False, highlight=False, soft_wrap=True)


def complain(text: str) -> None:
    """Say what is wrong."""
    err.print(text, style="red", markup=False, highlight=False, soft_wrap=True)
