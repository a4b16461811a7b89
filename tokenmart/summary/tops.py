"""Who and what costs most."""

from dataclasses import dataclass
from decimal import Decimal

from tokenmart.labels import told_apart
from tokenmart.relations import Relations
from tokenmart.warehouse import Session

SHOWN = 5


@dataclass(frozen=True)
class Organization:
    """A customer of the agents' platform."""

    organization: str
    tokens: int
    company_cost_usd: Decimal | None
    personal_cost_usd: Decimal | None


@dataclass(frozen=True)
class Model:
    """A model in one source."""

    model: str
    source: str
    tokens: int
    recorded_cost_usd: Decimal | None
    cost_usd: Decimal | None


def read_organizations(session: Session, relations: Relations) -> list[Organization]:
    """The organizations whose usage cost the company most."""
    if not relations.has_model("mart_cost_by_org_monthly"):
        return []
    result = session.query(
        f"""
        select
            source_instance,
            org_id,
            coalesce(org_name, org_id),
            sum(total_tokens),
            sum(company_cost_usd),
            sum(personal_cost_usd)
        from {relations.model("mart_cost_by_org_monthly").sql}
        where org_id <> '(no organization)'
        group by source_instance, org_id, coalesce(org_name, org_id)
        order by coalesce(sum(company_cost_usd), 0) desc, 3, 1, 2
        limit {SHOWN}
        """
    )
    names = [row[2] for row in result.rows]
    called = told_apart(names, names, ["/".join(row[:2]) for row in result.rows])
    return [
        Organization(name, int(tokens), *usd)
        for name, (_, _, _, tokens, *usd) in zip(called, result.rows, strict=True)
    ]


def read_models(session: Session, relations: Relations) -> list[Model]:
    """The models that cost most."""
    result = session.query(
        f"""
        select
            model_id,
            source_system,
            sum(total_tokens),
            sum(recorded_cost_usd),
            sum(cost_usd)
        from {relations.model("mart_cost_by_model_daily").sql}
        where model_id is not null
        group by model_id, source_system
        order by coalesce(sum(cost_usd), 0) desc, sum(total_tokens) desc, model_id
        limit {SHOWN}
        """
    )
    return [Model(name, source, int(tokens), *usd) for name, source, tokens, *usd in result.rows]
