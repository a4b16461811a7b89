"""What lines of one table are called."""

from collections import Counter
from collections.abc import Hashable, Sequence


def told_apart(names: Sequence[Hashable], labels: Sequence[str], ids: Sequence[str]) -> list[str]:
    """The labels, with the ids of those that have the name of another one."""
    times = Counter(names)
    return [
        f"{label} ({id})" if times[name] > 1 else label
        for name, label, id in zip(names, labels, ids, strict=True)
    ]
