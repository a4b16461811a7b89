"""Which rows a page is about: from which day on, and of which organization."""

from dataclasses import dataclass
from datetime import date

from tokenmart.errors import UserError
from tokenmart.relations import Relations
from tokenmart.warehouse import Session


@dataclass(frozen=True)
class Organization:
    """A customer of the agents' platform, in the instance of the source that knows it."""

    source_instance: str
    org_id: str
    name: str


@dataclass(frozen=True)
class Scope:
    """What every query of a page is limited to."""

    since: date | None = None
    organization: Organization | None = None

    def where(self, day: str, *conditions: str) -> str:
        """A where clause over a relation whose day is in this column."""
        found = list(conditions)
        if self.since:
            found.append(f"{day} >= date '{self.since}'")
        if self.organization:
            found += [
                f"source_instance = {text(self.organization.source_instance)}",
                f"org_id = {text(self.organization.org_id)}",
            ]
        return f"where {' and '.join(found)}" if found else ""


def text(value: str) -> str:
    """A literal of SQL."""
    return "'" + value.replace("'", "''") + "'"


def organizations(session: Session, relations: Relations) -> list[Organization]:
    """All that have counted usage, by name."""
    names = (
        f"left join {relations.model('dim_organization').sql} as named"
        " on costs.source_instance = named.source_instance and costs.org_id = named.org_id"
        if relations.is_visible("dim_organization")
        else "cross join (select cast(null as varchar(1)) as org_name) as named"
    )
    result = session.query(
        f"""
        select distinct costs.source_instance, costs.org_id, named.org_name
        from (
            select distinct source_instance, org_id
            from {relations.model("fct_cost_daily").sql}
            where is_counted and org_id is not null
        ) as costs
        {names}
        """
    )
    found = [Organization(instance, id, name or id) for instance, id, name in result.rows]
    return sorted(found, key=lambda each: (each.name, each.org_id, each.source_instance))


def find_organization(wanted: str, known: list[Organization]) -> Organization:
    """The one that has this id or name."""
    found = [
        each
        for each in known
        if wanted in (each.org_id, each.name, f"{each.source_instance}/{each.org_id}")
    ]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(f"{each.source_instance}/{each.org_id}" for each in found)
        raise UserError(f"{len(found)} organizations are called {wanted}: name one of {ids}.")
    if not known:
        raise UserError(
            f"There is no organization {wanted}: no counted usage in this warehouse has one."
        )
    some = ", ".join(each.name for each in known[:5])
    raise UserError(
        f"There is no organization {wanted} with counted usage. Name the id or the name of one, "
        f"such as {some}."
    )
