"""The day of the last build: a bill may have lines of later ones."""

from datetime import UTC, date, datetime

from tokenmart.relations import Relations
from tokenmart.warehouse import Session


def today(session: Session, relations: Relations) -> date:
    """The day of the clock of the last build, or of later tokens: a day begins earlier in some
    reporting time zones than in UTC, and tokens are not used before they are."""
    built = used = None
    if relations.is_visible("audit_runs"):
        ((built,),) = session.query(
            f"select max(as_of) from {relations.model('audit_runs').sql}"
        ).rows
    ((used,),) = session.query(
        f"select max(usage_date) from {relations.model('fct_cost_daily').sql}"
        " where is_counted and total_tokens > 0"
    ).rows
    day: date = (built or datetime.now(UTC)).date()
    return max(day, used or day)
