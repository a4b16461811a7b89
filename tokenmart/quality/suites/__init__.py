"""What must hold, relation by relation.

Three layers. *Sources*, as they came: a violation in a usage table is a warning, because the build
quarantines the row. *Validated*: the ledger, and the rows that are counted; a violation here is
beyond quarantine and an error. *Marts*: facts, dimensions and marts; keys, identities, and sums
that agree between layers.
"""

from collections.abc import Callable, Collection, Iterable

from tokenmart.quality.check import Check, Layer
from tokenmart.quality.suites.facts import dimension_checks, fact_checks
from tokenmart.quality.suites.marts import mart_checks
from tokenmart.quality.suites.sources import source_checks
from tokenmart.quality.suites.validated import (
    exclusion_checks,
    ledger_checks,
    quarantine_checks,
    validated_checks,
)
from tokenmart.relations import Relations

LAYERS: dict[Layer, tuple[Callable[[Relations], Iterable[Check]], ...]] = {
    "sources": (source_checks,),
    "validated": (ledger_checks, validated_checks, quarantine_checks, exclusion_checks),
    "marts": (fact_checks, dimension_checks, mart_checks),
}


def all_checks(relations: Relations, only: Collection[Layer] = ()) -> list[Check]:
    """Every check of the layers (of all, if none is named) that the enabled sources call for."""
    return [
        check
        for layer, suites in LAYERS.items()
        if not only or layer in only
        for suite in suites
        for check in suite(relations)
    ]
