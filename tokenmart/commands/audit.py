"""``tokenmart audit``: whether every row that was ever observed is counted, excluded or refused."""

from pathlib import Path
from typing import Annotated, Any

import typer

from tokenmart.commands.summary import print_table
from tokenmart.console import err
from tokenmart.project import Project
from tokenmart.relations import Relations
from tokenmart.warehouse import Result, Session, warehouse_of

FATES = ("in", "counted", "excluded", "quarantined")
SOURCES = {
    "provider": (
        "usage_events",
        "fct_provider_usage_daily",
        "cast(total_input_tokens as decimal(38, 0)) + total_output_tokens",
        "coalesce(recorded_cost_usd, 0)",
    ),
    "agents": (
        "usage_records",
        "fct_agent_usage_daily",
        "case when resource_type = 'llm_tokens' then coalesce(quantity, 0) else 0 end",
        "coalesce(recorded_cost_usd, 0)",
    ),
    "voice": (
        "voice_usage_metrics",
        "fct_voice_usage_daily",
        "cast(coalesce(input_tokens, 0) as decimal(38, 0)) + coalesce(output_tokens, 0)",
        "0",
    ),
}
"""Of each source its usage table, its fact, and the tokens and dollars of a row of the former."""

DAYS = {"provider": "usage_date_utc", "agents": "cast(null as date)", "voice": "usage_date_utc"}
"""The day on which a row must be accounted for; a period has no single one."""

SHOWN = 20
"""How many differences are told one by one."""


def run(
    project_dir: Annotated[Path, typer.Option(help="The dbt project's folder.")] = Path(),
) -> None:
    """Compare the ledger with all that is counted, excluded and quarantined, over all history.

    By installation and UTC day; the agents' periods by installation. It reads the ledger itself and
    none of the audit models. Exit status: 0 if every row, token and recorded dollar is accounted
    for, 1 on a difference of one. What the marts make of them, ``validate`` checks.
    """
    project = Project(project_dir)
    with warehouse_of(project).read() as session:
        relations = Relations(project, session)
        sources = [name for name in SOURCES if relations.has_model(SOURCES[name][1])]
        accounts = {source: _accounts(session, relations, source) for source in sources}
    for figure, title in enumerate(("Rows", "Tokens", "Recorded US dollars")):
        rows = [
            (source, *(sum(each[fate][figure] for each in account.values()) for fate in FATES))
            for source, account in accounts.items()
        ]
        print_table(title, Result(("source", *FATES), rows))
    differences = [
        f"{source} ({place}): {came} {what} came in, and {sum(fates)} are accounted for."
        for source, account in accounts.items()
        for place, by_fate in account.items()
        for what, (came, *fates) in zip(
            ("rows", "tokens", "dollars"),
            zip(*(by_fate[fate] for fate in FATES), strict=True),
            strict=True,
        )
        if came != sum(fates)
    ]
    for difference in differences[:SHOWN]:
        err.print(difference, style="red", markup=False, highlight=False, soft_wrap=True)
    if len(differences) > SHOWN:
        err.print(f"… and {len(differences) - SHOWN} more.", style="red", highlight=False)
    if differences:
        raise typer.Exit(1)


def _accounts(
    session: Session, relations: Relations, source: str
) -> dict[str, dict[str, tuple[Any, ...]]]:
    """By installation and day, rows, tokens and dollars of each fate."""
    table, fact, tokens, dollars = SOURCES[source]
    ledger = relations.model(f"ledger_{table}").sql
    # an event may hold audio beside its totals; what it holds in all, the checked rows say
    totals = ""
    if source == "provider":
        checked = relations.model("int_provider_usage_validated").sql
        totals = (
            "left join (select source_instance, row_key, row_version, total_input_tokens,"
            f" total_output_tokens from {checked}) as checked"
            " using (source_instance, row_key, row_version)"
        )
    place = f"source_instance, {DAYS[source]} as usage_day"
    of_rows = f"{place}, 1 as row_count, {tokens} as tokens, {dollars} as dollars"
    total = "coalesce(recorded_cost_usd, 0)"
    result = session.query(
        f"""
        with latest as (
            select source_instance, row_key, max(row_version) as row_version
            from {ledger}
            group by source_instance, row_key
        ),

        figures as (
            select 'in' as fate, {of_rows}
            from {ledger} as ledger
            inner join latest using (source_instance, row_key, row_version)
            {totals}
            union all
            select 'counted', {place}, record_count, total_tokens, {total}
            from {relations.model(fact).sql}
            union all
            select 'excluded', {of_rows} from {relations.model(f"excluded_{table}").sql}
            union all
            select 'quarantined', {of_rows} from {relations.model(f"quarantine_{table}").sql}
        )

        select
            fate, source_instance, cast(usage_day as text),
            sum(row_count), sum(tokens), sum(dollars)
        from figures
        group by fate, source_instance, usage_day
        order by source_instance, usage_day
        """
    )
    found: dict[str, dict[str, tuple[Any, ...]]] = {}
    for fate, installation, day, *figures in result.rows:
        account = found.setdefault(
            f"{installation}, {day}" if day else installation, dict.fromkeys(FATES, (0, 0, 0))
        )
        account[fate] = tuple(figures)
    return found
