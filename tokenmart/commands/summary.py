"""``tokenmart summary``: what the last build counted, for a person to read."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from tokenmart.console import out
from tokenmart.project import Project
from tokenmart.relations import Relations
from tokenmart.warehouse import Result, Session, warehouse_of

# as macros/models/undated_model.sql cuts it off
EDITION = (
    "([-@]20[0-9][0-9]-?[01][0-9]-?[0-3][0-9]|-(0[1-9]|1[0-2])-20[0-9][0-9]|-00[1-9]|@default)$"
)

LEDGERS = {
    "provider": "ledger_usage_events",
    "agents": "ledger_usage_records",
    "voice": "ledger_voice_usage_metrics",
}


def run(
    project_dir: Annotated[Path, typer.Option(help="The dbt project's folder.")] = Path(),
) -> None:
    """Print what the last build counted: the fate of every row, tokens and dollars."""
    project = Project(project_dir)
    print_accounting(project)
    with warehouse_of(project).read() as session:
        relations = Relations(project, session)
        _print_months(session, relations)
        _print_overlap(session, relations)
        _print_assumed_model(session, relations)
        _print_bills(session, relations)
        _print_organizations(session, relations)
        _print_models(session, relations)
    docs = project.target_path / "quality" / "data_docs" / "index.html"
    out.print(f"Database:  {warehouse_of(project).location}", highlight=False, soft_wrap=True)
    if docs.is_file():
        out.print(f"Data Docs: {docs}", highlight=False, soft_wrap=True)
    out.print("\nOne query to try next, in any SQL client:\n")
    out.print(_query_to_try(relations), highlight=False, soft_wrap=True)


def print_accounting(project: Project) -> None:
    """Print the fate of every row: counted, or excluded or quarantined and why."""
    with warehouse_of(project).read() as session:
        relations = Relations(project, session)
        _print_fates(session, relations)
        _print_exclusions(session, relations)
        _print_quarantine(session, relations)


def _print_fates(session: Session, relations: Relations) -> None:
    # who may read the marts only is not shown what the ledgers know
    ledgers = {source: name for source, name in LEDGERS.items() if relations.is_visible(name)}
    deleted = " union all ".join(
        f"""
        select '{source}' as source_system, count(*) as rows_deleted
        from {relations.model(name).sql} as versions
        where is_deleted and not exists (
            select 1 from {relations.model(name).sql} as newer
            where newer.source_instance = versions.source_instance
            and newer.row_key = versions.row_key
            and newer.row_version = versions.row_version + 1
        )
        """
        for source, name in ledgers.items()
    )
    print_table(
        "Every row is counted, excluded or quarantined, once",
        session.query(
            f"""
            select
                audits.source_system as source,
                sum(rows_in) as "rows in",
                {'max(rows_deleted) as "deleted at source",' if deleted else ""}
                sum(rows_counted) as counted,
                sum(rows_excluded) as excluded,
                sum(rows_quarantined) as quarantined,
                sum(tokens_counted) as "tokens counted"
            from {relations.model("audit_usage_conservation").sql} as audits
            {f"left join ({deleted}) as deleted using (source_system)" if deleted else ""}
            group by audits.source_system
            order by audits.source_system
            """
        ),
    )


def _print_exclusions(session: Session, relations: Relations) -> None:
    """What another row counts for. A usage record has one kind of tokens, the others have two."""
    tokens = {
        "excluded_usage_events": "total_input_tokens + total_output_tokens",
        "excluded_usage_records": "quantity",
        "excluded_voice_usage_metrics": "coalesce(input_tokens, 0) + coalesce(output_tokens, 0)",
    }
    rows = " union all ".join(
        f"select '{name}' as excluded, exclusion_reason as reason, {expression} as tokens "
        f"from {relations.model(name).sql}"
        for name, expression in tokens.items()
        if relations.has_model(name)
    )
    print_table(
        "Excluded, by reason: another row counts for it, or it carries nothing",
        session.query(
            f"""
            select excluded, reason, count(*) as rows, sum(tokens) as tokens
            from ({rows}) as excluded
            group by excluded, reason
            order by excluded, reason
            """
        ),
    )
    if relations.has_model("audit_provider_exclusions"):
        listed = relations.model("audit_provider_exclusions").sql
        ((number,),) = session.query(f"select count(*) from {listed}").rows
        if number:
            out.print(
                f"Of {number:,} keys, models and days rows are left out that may not have been"
                f" told twice; look at them in {listed}.\n",
                highlight=False,
                soft_wrap=True,
            )


def _print_quarantine(session: Session, relations: Relations) -> None:
    tables = [
        name
        for name in (
            "quarantine_usage_events",
            "quarantine_usage_records",
            "quarantine_voice_usage_metrics",
        )
        if relations.has_model(name)
    ]
    reasons = " union all ".join(
        f"select '{name}' as quarantine, "
        "unnest(string_to_array(quarantine_reasons, ', ')) as reason "
        f"from {relations.model(name).sql}"
        for name in tables
    )
    print_table(
        "Quarantined, by reason; a row may have several",
        session.query(
            f"""
            select quarantine, reason, count(*) as rows
            from ({reasons}) as reasons
            group by quarantine, reason
            order by quarantine, reason
            """
        ),
    )


def _print_months(session: Session, relations: Relations) -> None:
    print_table(
        "Tokens and US dollars by month; - is not known, which is not zero",
        session.query(
            f"""
            select
                cast(date_trunc('month', usage_date) as date) as month,
                source_system as source,
                sum(total_tokens) as tokens,
                sum(recorded_cost_usd) as recorded,
                sum(cost_usd) as cost,
                sum(company_cost_usd) as company,
                sum(personal_cost_usd) as personal
            from {relations.model("fct_cost_daily").sql}
            where is_counted
            group by 1, 2
            order by 1, 2
            """
        ),
    )


def _print_overlap(session: Session, relations: Relations) -> None:
    """Which dollars two sources may both tell of, as warn_no_usage_is_reported_by_two_sources."""
    usages = f"""
        select
            source_instance,
            usage_date,
            source_system,
            regexp_replace(
                replace(lower(trim(model_id)), '.', '-'),
                '{EDITION}', ''
            ) as model,
            sum(coalesce(cost_usd, 0)) as cost_usd
        from {relations.model("fct_cost_daily").sql}
        where is_counted and token_source = 'company' and total_tokens > 0 and model_id is not null
        group by 1, 2, 3, 4
    """
    result = session.query(
        f"""
        select
            days.model,
            sum(days.cost_usd) as "cost USD",
            sum(days.cost_usd - days.larger_usd) as "of it perhaps twice"
        from (
            select model, sum(cost_usd) as cost_usd, max(cost_usd) as larger_usd
            from ({usages}) as usages
            group by source_instance, usage_date, model
            having count(*) > 1
        ) as days
        group by days.model
        order by 3 desc, 1
        """
    )
    if not result.rows:
        return
    twice = sum(row[2] for row in result.rows)
    models = f"{len(result.rows):,} model{'' if len(result.rows) == 1 else 's'}"
    print_table(
        "Models that two sources tell of on one day",
        Result(result.columns, result.rows[:8]),
    )
    out.print(
        f"{models}, and {twice:,.2f} USD that may be counted twice: if one source"
        " contains the other's usage, say so in observed_through (README.md), such as"
        " [{source: voice, through: provider}].\n",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


def _print_assumed_model(session: Session, relations: Relations) -> None:
    """Which voice dollars rest on a model that nobody names."""
    if not relations.has_model("fct_voice_usage_daily"):
        return
    ((all_usd, assumed_usd, model),) = session.query(
        f"""
        select
            sum(contracted_cost_usd),
            sum(case when model_source = 'assumed' then contracted_cost_usd end),
            max(case when model_source = 'assumed' then model_id end)
        from {relations.model("fct_voice_usage_daily").sql}
        """
    ).rows
    if assumed_usd:
        out.print(
            f"Of {all_usd:,.2f} USD of voice, {assumed_usd:,.2f} are at the prices of {model},"
            " which is assumed (voice_default_model): neither event nor conversation names a"
            " model.\n",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )


def _print_bills(session: Session, relations: Relations) -> None:
    if not relations.has_model("mart_cost_reconciliation_daily"):
        return
    reconciliation = relations.model("mart_cost_reconciliation_daily").sql
    ((is_billed,),) = session.query(
        f"select coalesce(sum(line_count), 0) > 0 from {reconciliation}"
    ).rows
    if is_billed:
        print_table(
            "What was billed, and what the prices make of it; rows are days of a key",
            session.query(
                f"""
                select
                    status,
                    count(*) as rows,
                    sum(billed_cost_usd) as billed,
                    sum(contracted_cost_usd) as contracted,
                    sum(residual_usd) as residual,
                    sum(unexplained_usd) as unexplained
                from {reconciliation}
                group by status
                order by status
                """
            ),
        )
        _warn_of_bills(session, reconciliation)


def _warn_of_bills(session: Session, reconciliation: str) -> None:
    """Say what may count twice, with the dollars and where to look."""
    ((unknown, days, billed, used),) = session.query(
        f"""
        select
            sum(abs(unknown_lines_usd)),
            count(case when is_beside then 1 end),
            sum(case when is_beside then billed end),
            sum(case when is_beside then used end)
        from (
            select
                sum(unknown_lines_usd) as unknown_lines_usd,
                sum(case status when 'bill_without_usage' then billed_cost_usd end) as billed,
                sum(case status when 'usage_without_bill' then contracted_cost_usd end) as used,
                count(case status when 'bill_without_usage' then 1 end) > 0
                and count(case status when 'usage_without_bill' then 1 end) > 0 as is_beside
            from {reconciliation}
            group by source_instance, usage_date_utc
        ) as days
        """
    ).rows
    if unknown:
        out.print(
            f"Lines of the bill of unknown meaning: {unknown:,.2f} USD are added beside the usage;"
            " say in seeds/bill_line_items.csv what they are for (docs/reconciliation.md).\n",
            highlight=False,
            soft_wrap=True,
        )
    if days:
        out.print(
            f"On {days:,} days a bill has no usage ({billed or 0:,.2f} USD) and usage has no bill"
            f" ({used or 0:,.2f} USD), and both count: are provider, project and key the same words"
            " in the bill and in the usage? (docs/reconciliation.md)\n",
            highlight=False,
            soft_wrap=True,
        )


def _print_organizations(session: Session, relations: Relations) -> None:
    if not relations.has_model("mart_cost_by_org_monthly"):
        return
    print_table(
        "Top organisations",
        session.query(
            f"""
            select
                coalesce(org_name, org_id) as organisation,
                sum(total_tokens) as tokens,
                sum(company_cost_usd) as "company USD",
                sum(personal_cost_usd) as "personal USD"
            from {relations.model("mart_cost_by_org_monthly").sql}
            group by 1
            order by "company USD" desc, organisation
            limit 5
            """
        ),
    )


def _print_models(session: Session, relations: Relations) -> None:
    print_table(
        "Top models",
        session.query(
            f"""
            select
                model_id as model,
                source_system as source,
                sum(total_tokens) as tokens,
                sum(recorded_cost_usd) as recorded,
                sum(cost_usd) as "cost USD"
            from {relations.model("mart_cost_by_model_daily").sql}
            where model_id is not null
            group by 1, 2
            order by tokens desc, model
            limit 8
            """
        ),
    )


def _query_to_try(relations: Relations) -> str:
    mart = relations.model("mart_cost_by_model_daily").label
    return (
        "    select usage_date, source_system, model_id, total_tokens, cost_usd, unpriced_tokens\n"
        f"    from {mart}\n"
        "    order by total_tokens desc\n"
        "    limit 20;\n"
    )


def print_table(title: str, result: Result) -> None:
    """Print a result under its title, numbers to the right."""
    out.print(f"[bold]{title}[/]", highlight=False)
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    rows = result.rows
    if not rows:
        out.print("  none\n")
        return
    for index, column in enumerate(result.columns):
        is_text = all(isinstance(row[index], str | date | None) for row in rows)
        table.add_column(column, justify="left" if is_text else "right")
    for row in rows:
        table.add_row(*(Text(_cell(value)) for value in row))
    out.print(table)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, date):
        return f"{value:%Y-%m}"
    if isinstance(value, Decimal) and value.as_tuple().exponent != 0:
        return f"{value:,.2f}"
    return value if isinstance(value, str) else f"{value:,}"
