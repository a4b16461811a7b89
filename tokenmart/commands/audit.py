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


def run(
    project_dir: Annotated[Path, typer.Option(help="The dbt project's folder.")] = Path(),
) -> None:
    """Compare the ledger with all that is counted, excluded and quarantined, over all history.

    It reads the ledger itself and none of the audit models. Exit status: 0 if every row, token and
    dollar is accounted for, 1 on a difference of one.
    """
    project = Project(project_dir)
    with warehouse_of(project).read() as session:
        relations = Relations(project, session)
        sources = [name for name in SOURCES if relations.has_model(SOURCES[name][1])]
        accounts = {source: _account(session, relations, source) for source in sources}
    for figure, title in enumerate(("Rows", "Tokens", "Recorded US dollars")):
        rows = [(source, *(account[figure])) for source, account in accounts.items()]
        print_table(title, Result(("source", *FATES), rows))
    differences = [
        f"{source}: {came} {what} came in, and {sum(fates)} are accounted for."
        for source, account in accounts.items()
        for what, (came, *fates) in zip(("rows", "tokens", "dollars"), account, strict=True)
        if came != sum(fates)
    ]
    for difference in differences:
        err.print(difference, style="red", markup=False, highlight=False, soft_wrap=True)
    if differences:
        raise typer.Exit(1)


def _account(session: Session, relations: Relations, source: str) -> list[tuple[Any, ...]]:
    """Rows, tokens and dollars, each by fate."""
    table, fact, tokens, dollars = SOURCES[source]
    ledger = relations.model(f"ledger_{table}").sql
    # an event may hold audio beside its totals; what it holds in all, the checked rows say
    totals = ""
    if source == "provider":
        checked = relations.model("int_provider_usage_checked").sql
        totals = (
            "left join (select source_instance, row_key, row_version, total_input_tokens,"
            f" total_output_tokens from {checked}) as checked"
            " using (source_instance, row_key, row_version)"
        )
    of_rows = f"1 as row_count, {tokens} as tokens, {dollars} as dollars"
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
            select 'counted', record_count, total_tokens, {total}
            from {relations.model(fact).sql}
            union all
            select 'excluded', {of_rows} from {relations.model(f"excluded_{table}").sql}
            union all
            select 'quarantined', {of_rows} from {relations.model(f"quarantine_{table}").sql}
        )

        select fate, sum(row_count), sum(tokens), sum(dollars)
        from figures
        group by fate
        """
    )
    found = {row[0]: row[1:] for row in result.rows}
    nothing = (0, 0, 0)
    return [*zip(*(found.get(fate, nothing) for fate in FATES), strict=True)]
