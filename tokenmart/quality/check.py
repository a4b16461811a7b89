"""A check: what is expected of the rows of one relation."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from tokenmart.quality.expectations import Rule
from tokenmart.relations import Relations

Layer = Literal["sources", "validated", "marts"]


@dataclass(frozen=True)
class Check:
    """The rules for the rows of one relation."""

    layer: Layer
    label: str
    query: str
    rules: list[Rule]

    @property
    def name(self) -> str:
        return f"{self.layer}.{self.label}"


def model_check(
    relations: Relations, layer: Layer, name: str, *rules: Iterable[Rule], where: str | None = None
) -> Check:
    """A check of a model, or of those of its rows that fulfil ``where``."""
    relation = relations.model(name)
    return Check(
        layer=layer,
        label=relation.label,
        query=f"select * from {relation.sql}" + (f" where {where}" if where else ""),
        rules=[rule for several in rules for rule in several],
    )
