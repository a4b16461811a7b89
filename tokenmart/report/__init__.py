"""A warehouse on one page: HTML that needs no server, no network and no other file."""

from contextlib import suppress
from datetime import date
from pathlib import Path

from tokenmart.errors import UserError, reason
from tokenmart.relations import Relations
from tokenmart.report.page import render
from tokenmart.report.reading import last_build, read_page
from tokenmart.report.scope import Organization, Scope, organizations
from tokenmart.warehouse import Session

__all__ = [
    "Organization",
    "Scope",
    "last_build",
    "organizations",
    "page_of",
    "parse_since",
    "write_page",
]


def page_of(session: Session, relations: Relations, scope: Scope, version: str = "") -> str:
    """The whole page as HTML; with a version it asks its server for newer ones."""
    return render(read_page(session, relations, scope), version)


def write_page(path: Path, html: str) -> int:
    """Write the page so that nobody ever reads half of it; the number of its bytes."""
    if "://" in str(path):
        return _write_to_bucket(path, html)
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(html, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise UserError(f"The page cannot be written to {path}: {reason(error)}.") from error
    return path.stat().st_size


def _write_to_bucket(path: Path, html: str) -> int:
    """A bucket shows an object when all of it is there."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.write_bytes(html.encode())
    # each kind of bucket has errors of its own
    except Exception as error:
        raise UserError(f"The page cannot be written to {path}: {error}.") from error


def parse_since(value: str | None) -> date | None:
    """The first day of a page."""
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise UserError(f"--since is a day such as 2026-09-01, not {value}.") from error
