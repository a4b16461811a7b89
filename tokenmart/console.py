"""The one place that prints: results to standard output, progress and complaints to the other."""

from rich.console import Console

out = Console()
err = Console(stderr=True)
