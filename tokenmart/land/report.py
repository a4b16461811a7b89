"""What a command says while it works, on standard error."""

from tokenmart.console import err


def note(sentence: str) -> None:
    """Say how far the work has come."""
    err.print(sentence, markup=False, highlight=False, soft_wrap=True)


def warn(sentence: str) -> None:
    """Say what the user should look at, though the work goes on."""
    err.print(f"warning: {sentence}", style="yellow", markup=False, highlight=False, soft_wrap=True)
