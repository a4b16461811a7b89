"""What a built warehouse says in one screen: the money, what needs attention, where rows went."""

from dataclasses import dataclass

from tokenmart.relations import Relations
from tokenmart.summary.money import Money, read_money
from tokenmart.summary.outcomes import Outcomes, read_outcomes
from tokenmart.summary.tops import Model, Organization, read_models, read_organizations
from tokenmart.summary.warnings import WarningLine, read_warnings
from tokenmart.warehouse import Session

__all__ = [
    "Model",
    "Money",
    "Month",
    "Organization",
    "Outcomes",
    "Summary",
    "WarningLine",
    "summarize",
]


@dataclass(frozen=True)
class Summary:
    """Everything, in the order in which it is read."""

    money: Money
    warnings: list[WarningLine]
    organizations: list[Organization]
    models: list[Model]
    sources: list[Outcomes]


def summarize(session: Session, relations: Relations) -> Summary:
    """Read the marts, once each."""
    money = read_money(session, relations)
    sources = read_outcomes(session, relations)
    return Summary(
        money=money,
        warnings=read_warnings(session, relations, money, sources),
        organizations=read_organizations(session, relations),
        models=read_models(session, relations),
        sources=sources,
    )
