"""A check: what is expected of the rows of one relation."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from great_expectations.expectations import Expectation

from tokenmart.relations import Relations

Layer = Literal["sources", "checked", "marts"]
Severity = Literal["critical", "warning"]


@dataclass(frozen=True)
class Check:
    """Expectations of one severity about the rows of one relation."""

    layer: Layer
    label: str
    query: str
    key: str
    expectations: list[Expectation]
    severity: Severity = "critical"

    @property
    def name(self) -> str:
        return f"{self.layer}.{self.label}"


def model_check(
    relations: Relations,
    layer: Layer,
    name: str,
    key: str,
    expectations: Iterable[Expectation],
    *,
    where: str | None = None,
    severity: Severity = "critical",
) -> Check:
    """A check of a model, or of those of its rows that fulfil ``where``."""
    relation = relations.model(name)
    return Check(
        layer=layer,
        label=relation.label,
        query=f"select * from {relation.sql}" + (f" where {where}" if where else ""),
        key=key,
        expectations=list(expectations),
        severity=severity,
    )
