"""Where the rows of each source went: counted, or excluded or quarantined and why."""

from collections.abc import Iterable
from dataclasses import dataclass

from tokenmart.relations import Relations
from tokenmart.sources import USAGE, Usage
from tokenmart.warehouse import Session


@dataclass(frozen=True)
class Outcomes:
    """The rows of a source, each of which has one outcome."""

    source: str
    rows_in: int
    rows_deleted: int | None
    """Deleted at the source, and counted all the same; unknown to who may not read the ledger."""

    counted: int
    excluded: int
    quarantined: int
    tokens_counted: int
    exclusion_reasons: dict[str, int]
    quarantine_reasons: dict[str, int]
    """Rows by reason; a quarantined row may have several."""


def read_outcomes(session: Session, relations: Relations) -> list[Outcomes]:
    """What audit_usage_conservation accounts for, by source."""
    deleted = _deleted(session, relations)
    exclusion_reasons = _reasons(
        session,
        relations,
        "exclusion_reason",
        [(source, usage.excluded) for source, usage in USAGE.items()],
    )
    quarantine_reasons = _reasons(
        session,
        relations,
        "unnest(string_to_array(quarantine_reasons, ', '))",
        [(source, usage.quarantine) for source, usage in USAGE.items()],
    )
    result = session.query(
        f"""
        select
            source_system,
            sum(rows_in),
            sum(rows_counted),
            sum(rows_excluded),
            sum(rows_quarantined),
            sum(tokens_counted)
        from {relations.model("audit_usage_conservation").sql}
        group by source_system
        order by source_system
        """
    )
    return [
        Outcomes(
            source=source,
            rows_in=int(rows_in),
            rows_deleted=deleted.get(source),
            counted=int(counted),
            excluded=int(excluded),
            quarantined=int(quarantined),
            tokens_counted=int(tokens),
            exclusion_reasons=exclusion_reasons.get(source, {}),
            quarantine_reasons=quarantine_reasons.get(source, {}),
        )
        for source, rows_in, counted, excluded, quarantined, tokens in result.rows
    ]


def _deleted(session: Session, relations: Relations) -> dict[str, int]:
    """Rows whose latest version says so; whoever may read only the marts is not shown any."""
    return {
        source: int(session.query(_count_of_deleted(relations, usage)).rows[0][0])
        for source, usage in USAGE.items()
        if relations.is_visible(usage.ledger)
    }


def _count_of_deleted(relations: Relations, usage: Usage) -> str:
    ledger = relations.model(usage.ledger).sql
    return f"""
        select count(*)
        from {ledger} as versions
        where is_deleted and not exists (
            select 1 from {ledger} as newer
            where newer.source_instance = versions.source_instance
            and newer.row_key = versions.row_key
            and newer.row_version = versions.row_version + 1
        )
    """


def _reasons(
    session: Session, relations: Relations, reason: str, models: Iterable[tuple[str, str]]
) -> dict[str, dict[str, int]]:
    """Rows by source and reason, the most frequent reason first."""
    rows = " union all ".join(
        f"select '{source}' as source, {reason} as reason from {relations.model(name).sql}"
        for source, name in models
        if relations.has_model(name)
    )
    result = session.query(
        f"""
        select source, reason, count(*)
        from ({rows}) as reasons
        group by source, reason
        order by source, count(*) desc, reason
        """
    )
    found: dict[str, dict[str, int]] = {}
    for source, word, count in result.rows:
        found.setdefault(source, {})[word] = int(count)
    return found
