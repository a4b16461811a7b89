"""What a run draws of a proof that has more cases than there is time for; the long tier takes all.

SEED=… repeats a draw. Without it the seed is the commit, so that each commit looks at others.
"""

import os
from collections.abc import Sequence
from functools import cache
from random import Random
from typing import TypeVar

from changes import git

Case = TypeVar("Case")

EVERYTHING = os.environ.get("TOKENMART_TEST_TIER") == "long"


@cache
def seed() -> str:
    """That of this run, and of the processes that it begins."""
    return os.environ.setdefault("SEED", _commit() or "0")


def _commit() -> str:
    return git("rev-parse", "--short=12", "HEAD").strip()


def drawn(about: str, cases: Sequence[Case], number: int) -> list[Case]:
    """Some of the cases, in their order, by the seed and what is drawn for."""
    if EVERYTHING or number >= len(cases):
        return list(cases)
    places = sorted(Random(f"{seed()} {about}").sample(range(len(cases)), number))
    return [cases[place] for place in places]
