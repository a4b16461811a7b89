"""The page as HTML."""

import base64
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from tokenmart.report.budgets import budgets_advice
from tokenmart.report.cube import DIMENSIONS, payload
from tokenmart.report.movers import EFFECTS
from tokenmart.report.overview import cards, headline, spend, tops
from tokenmart.report.periods import Period, Span
from tokenmart.report.quality import rows_advice
from tokenmart.report.reading import Page

TEMPLATES = Path(__file__).parent / "templates"

FILTERS = {
    "provider": "Provider",
    "model": "Model",
    "organization": "Organization",
    "project": "Project",
}
MANY = {
    "model": "Models",
    "organization": "Organizations",
    "project": "Projects",
    "provider": "Providers and sources",
}


def render(page: Page, version: str = "") -> str:
    """Names are escaped by the template; the data cannot end its script element."""
    script = _file("page.js")
    opening = page.periods[0] if page.periods else None
    data = payload(page.cube) | {
        "periods": [_period(each, page) for each in page.periods],
        "version": version,
        "organization": page.scope.organization is not None,
    }
    html: str = (
        _templates()
        .get_template("page.html")
        .render(
            page=page,
            opening=opening,
            headline=headline(page.cube, opening) if opening else "No usage is counted yet",
            cards=cards(page.cube, opening) if opening else [],
            spend=spend(page.cube, opening) if opening else None,
            tops={each: tops(page.cube, opening, each) for each in DIMENSIONS} if opening else {},
            filters=FILTERS,
            many=MANY,
            rows_advice=rows_advice,
            budgets_advice=budgets_advice,
            effects=[*EFFECTS.values()],
            style=Markup(_file("page.css")),
            script=Markup(script),
            data=_json(data),
            policy=_policy(script, is_live=bool(version)),
        )
    )
    return html


def _period(period: Period, page: Page) -> dict[str, Any]:
    whole = page.cube.span
    assert whole is not None

    def days(span: Span | None) -> list[int] | None:
        if span is None:
            return None
        return [(span.first - whole.first).days, (span.last - whole.first).days]

    span = period.span
    return {
        "span": days(span),
        "now": days(period.now),
        "before": days(period.before),
        "compared": period.compared,
        "first": span.first.isoformat(),
        "last": span.last.isoformat(),
    }


def _policy(script: str, *, is_live: bool) -> str:
    """The page runs its own script and asks no one for anything, but for a newer page."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src 'sha256-{digest}'",
            "style-src 'unsafe-inline'",
            "connect-src 'self'" if is_live else "connect-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def _json(data: Any) -> Markup:
    """JSON that no HTML parser takes for a tag, whatever a name is."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(text)


@cache
def _file(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
