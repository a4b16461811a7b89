"""``tokenmart audit``: whether every row that was ever observed is counted, excluded or refused."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tokenmart.commands.shape import Report
from tokenmart.commands.table import print_table
from tokenmart.console import complain
from tokenmart.project import Project
from tokenmart.relations import Relations
from tokenmart.sources import SOURCES, Source, Usage
from tokenmart.warehouse import Session, warehouse_of

OUTCOMES = ("in", "counted", "excluded", "quarantined")
FIGURES = ("rows", "tokens", "dollars")

SHOWN = 20
"""How many differences are printed."""


Account = dict[str, tuple[Any, ...]]
"""By outcome, rows, tokens and dollars."""


@dataclass(frozen=True)
class Difference:
    """A figure of an installation and day that does not add up."""

    source: str
    place: str
    figure: str
    came_in: int | Decimal
    accounted_for: int | Decimal

    def __str__(self) -> str:
        return (
            f"{self.source} ({self.place}): {self.came_in} {self.figure} came in, "
            f"and {self.accounted_for} are accounted for."
        )


def run(project: Project) -> Report:
    """Check that no row was ever lost.

    Compares the ledger with what is counted, excluded and quarantined, over all history: rows,
    tokens and recorded dollars by installation and UTC day (the agents' periods by installation).
    It reads none of the audit models. To check rows and marts against their rules, use `validate`.

    Exit status: 0 if everything is accounted for, 1 on any difference.
    """
    with warehouse_of(project).read() as session:
        relations = Relations(project, session)
        accounts = {
            source.name: _accounts(session, relations, source, source.usage)
            for source in SOURCES
            if source.usage and relations.has_model(source.usage.fact)
        }
    totals = {
        source: {
            outcome: [sum(each[outcome][index] for each in account.values()) for index in range(3)]
            for outcome in OUTCOMES
        }
        for source, account in accounts.items()
    }
    for index, title in enumerate(("Rows", "Tokens", "Recorded US dollars")):
        print_table(
            title,
            ("source", *OUTCOMES),
            [
                (source, *(total[outcome][index] for outcome in OUTCOMES))
                for source, total in totals.items()
            ],
        )
    differences = [
        Difference(source, place, figure, came_in, sum(accounted_for))
        for source, account in accounts.items()
        for place, outcomes in account.items()
        for figure, (came_in, *accounted_for) in zip(
            FIGURES, zip(*(outcomes[each] for each in OUTCOMES), strict=True), strict=True
        )
        if came_in != sum(accounted_for)
    ]
    for difference in differences[:SHOWN]:
        complain(str(difference))
    if len(differences) > SHOWN:
        complain(f"… and {len(differences) - SHOWN} more.")
    data = {
        "sources": {
            source: {
                outcome: dict(zip(FIGURES, figures, strict=True))
                for outcome, figures in total.items()
            }
            for source, total in totals.items()
        },
        "differences": differences,
    }
    return Report(data, has_failed=bool(differences))


def _accounts(
    session: Session, relations: Relations, source: Source, usage: Usage
) -> dict[str, Account]:
    """By installation and day, what came in and what became of it."""
    ledger = relations.model(usage.ledger).sql
    totals = ""
    if usage.has_embedded_totals:
        validated = relations.model(source.validated).sql
        totals = (
            "left join (select source_instance, row_key, row_version, total_input_tokens,"
            f" total_output_tokens from {validated}) as validated"
            " using (source_instance, row_key, row_version)"
        )
    place = f"source_instance, {usage.day} as usage_day"
    of_rows = f"{place}, 1 as row_count, {usage.tokens} as tokens, {usage.recorded_usd} as dollars"
    result = session.query(
        f"""
        with latest as (
            select source_instance, row_key, max(row_version) as row_version
            from {ledger}
            group by source_instance, row_key
        ),

        figures as (
            select 'in' as outcome, {of_rows}
            from {ledger} as ledger
            inner join latest using (source_instance, row_key, row_version)
            {totals}
            union all
            select 'counted', {place}, record_count, total_tokens, coalesce(recorded_cost_usd, 0)
            from {relations.model(usage.fact).sql}
            union all
            select 'excluded', {of_rows} from {relations.model(usage.excluded).sql}
            union all
            select 'quarantined', {of_rows} from {relations.model(usage.quarantine).sql}
        )

        select
            outcome, source_instance, cast(usage_day as text),
            sum(row_count), sum(tokens), sum(dollars)
        from figures
        group by outcome, source_instance, usage_day
        order by source_instance, usage_day
        """
    )
    found: dict[str, Account] = {}
    for outcome, installation, day, *figures in result.rows:
        account = found.setdefault(
            f"{installation}, {day}" if day else installation, dict.fromkeys(OUTCOMES, (0, 0, 0))
        )
        account[outcome] = tuple(figures)
    return found
