"""What must hold, relation by relation.

Three layers. *Sources*, as they came: a violation in a usage table is a warning, because the build
quarantines the row. *Checked*: the rows that are counted; a violation here is beyond quarantine
and an error. *Marts*: facts, dimensions and marts; keys, identities, and sums that agree between
layers.
"""

from tokenmart.quality.check import Check
from tokenmart.quality.suites.checked import checked_checks, quarantine_checks
from tokenmart.quality.suites.facts import dimension_checks, fact_checks
from tokenmart.quality.suites.marts import mart_checks
from tokenmart.quality.suites.sources import source_checks
from tokenmart.relations import Relations


def all_checks(relations: Relations) -> list[Check]:
    """Every check that applies to the sources and models that the project has enabled."""
    return [
        *source_checks(relations),
        *checked_checks(relations),
        *quarantine_checks(relations),
        *fact_checks(relations),
        *dimension_checks(relations),
        *mart_checks(relations),
    ]
