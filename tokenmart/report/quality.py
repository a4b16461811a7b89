"""Rows that do not count, and usage without a price."""

from dataclasses import dataclass

from tokenmart.relations import Relations
from tokenmart.report.words import NOTHING, percent, pico
from tokenmart.summary.outcomes import Outcomes, read_outcomes
from tokenmart.warehouse import Session

UNPRICED = "mart_unpriced_usage"
AUDIT = "audit_usage_conservation"
SHOWN = 15


@dataclass(frozen=True)
class Unpriced:
    """A line of the mart; the tokens that have no cost either are what is missing."""

    model: str
    source: str
    token_class: str
    tokens: str
    share: str
    line_to_add: str | None


@dataclass(frozen=True)
class Reason:
    """Rows of a source that do not count for one reason."""

    source: str
    outcome: str
    reason: str
    rows: str
    share: int


def read_unpriced(session: Session, relations: Relations) -> tuple[list[Unpriced], int]:
    """The largest lines, and how many others there are."""
    result = session.query(
        f"""
        select model_id, provider, source_system, token_class, tokens, share_of_all_tokens,
            line_to_add, quantity_unit, unpriced_quantity, unpriced_audio_ms
        from {relations.model(UNPRICED).sql}
        order by tokens desc, source_system, model_id, token_class, provider
        """
    )
    lines = [
        Unpriced(
            model or "no model named",
            provider or source,
            (f"{unit} (no tokens)" if unit else token_class).replace("_", " "),
            _amount(int(tokens), unit, quantity, int(audio or 0)),
            percent(pico(share) or 0, 10**12) if tokens else NOTHING,
            line,
        )
        for model, provider, source, token_class, tokens, share, line, unit, quantity, audio in (
            result.rows[:SHOWN]
        )
    ]
    return lines, max(0, len(result.rows) - SHOWN)


def _amount(tokens: int, unit: str | None, quantity: object, audio: int) -> str:
    if unit:
        return f"{quantity:,f} {unit}".replace(".000000000", "")
    if audio and not tokens:
        return f"{audio / 1000:,.0f} s of audio"
    return f"{tokens:,}"


def read_rows(session: Session, relations: Relations) -> tuple[list[Outcomes], list[Reason]]:
    """Where every row went."""
    outcomes = read_outcomes(session, relations)
    reasons = []
    for each in outcomes:
        for outcome, found in (
            ("quarantined", each.quarantine_reasons),
            ("excluded", each.exclusion_reasons),
        ):
            for reason, rows in found.items():
                share = 100 * rows // max(1, each.rows_in)
                reasons.append(
                    Reason(each.source, outcome, reason.replace("_", " "), f"{rows:,}", share)
                )
    return outcomes, reasons


def rows_advice(outcomes: list[Outcomes]) -> str:
    quarantined = sum(each.quarantined for each in outcomes)
    excluded = sum(each.excluded for each in outcomes)
    if quarantined:
        rows = "1 row" if quarantined == 1 else f"{quarantined:,} rows"
        return (
            f"{rows} could not be counted: correct them at the source, and the next build counts "
            "them. The tables quarantine_… keep each whole, with every reason."
        )
    if excluded:
        return "Nothing is quarantined. Excluded rows report usage twice, and need nothing."
    return "Every row counts; nothing needs to be done."
