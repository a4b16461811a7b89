"""``tokenmart report``: the warehouse on one page, as a file."""

import re
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import typer

from tokenmart.commands.shape import Report
from tokenmart.console import note, say
from tokenmart.errors import UserError
from tokenmart.project import Project
from tokenmart.relations import Relations
from tokenmart.report import (
    Organization,
    Scope,
    last_build,
    organizations,
    page_of,
    parse_since,
    write_page,
)
from tokenmart.report.picture import take_picture
from tokenmart.report.place import place
from tokenmart.report.scope import find_organization
from tokenmart.report.serve import Live, serve, state_of
from tokenmart.warehouse import Warehouse, warehouse_of

PAGE = Path("build/report.html")
PAGES = Path("build/reports")


def run(
    project: Project,
    out: Annotated[
        str | None,
        typer.Option(
            metavar="<path>",
            help="The file to write, or with --each-org the folder; a bucket's too."
            f"  [default: {PAGE}, or {PAGES}]",
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            help="The first day; by default that of the month two before the last with usage."
        ),
    ] = None,
    org: Annotated[
        str | None,
        typer.Option(help="The id or name of an organization; the page then holds no other."),
    ] = None,
    each_org: Annotated[
        bool, typer.Option("--each-org", help="Write a page for each organization.")
    ] = False,
    picture: Annotated[
        Path | None, typer.Option(help="Write a PNG of the page too; needs Chromium or Chrome.")
    ] = None,
    is_served: Annotated[
        bool,
        typer.Option(
            "--serve", help="Show the page on this machine; render it again after each build."
        ),
    ] = False,
    port: Annotated[int, typer.Option(help="Where --serve listens; 0 takes a free port.")] = 8321,
) -> Report:
    """Write one page to look at: spend, what moved it, and the bill.

    One HTML file that needs no server and no network. Reads the marts as the last build left them.
    """
    _refuse_together(
        {"--org": org, "--each-org": each_org},
        {"--each-org": each_org, "--picture": picture},
        {"--serve": is_served, "--each-org": each_org},
        {"--serve": is_served, "--out": out},
        {"--serve": is_served, "--picture": picture},
    )
    first = parse_since(since)
    warehouse = warehouse_of(project)
    if is_served:
        _serve(project, warehouse, first, org, port)
        return Report({})
    target = place(out) if out else project.root / (PAGES if each_org else PAGE)
    if picture and "://" in str(target):
        raise UserError(f"--picture is taken of a page on this machine, not of {target}.")
    if each_org and target.suffix == ".html":
        raise UserError(f"--each-org writes a page for each: name a folder, not {target}.")
    written = write(project, target, first, org, each_org=each_org)
    for page in written:
        say(f"{page['file']} ({page['bytes'] / 1000:,.0f} kB)")
    if each_org and not written:
        note("No organization has counted usage, so there is no page.")
    if picture:
        take_picture(target, picture)
        say(f"{picture} ({picture.stat().st_size / 1000:,.0f} kB)")
    return Report({"pages": written, "picture": picture})


def write(
    project: Project,
    target: Path,
    first: date | None = None,
    org: str | None = None,
    *,
    each_org: bool = False,
) -> list[dict[str, Any]]:
    """Write one page, or one for each organization into a folder."""
    written = []
    with warehouse_of(project).read() as session:
        relations = Relations(project, session)
        known = organizations(session, relations) if org or each_org else []
        if each_org:
            scopes = {target / file_name(each): Scope(first, each) for each in known}
        else:
            scopes = {target: Scope(first, find_organization(org, known) if org else None)}
        for path, scope in scopes.items():
            size = write_page(path, page_of(session, relations, scope))
            name = scope.organization.name if scope.organization else None
            written.append({"file": path, "bytes": size, "organization": name})
    return written


def file_name(organization: Organization) -> str:
    """A name for every system of files, and another one for each organization."""
    words = re.sub(r"[^a-z0-9]+", "-", organization.name.lower())[:40].strip("-")
    digest = sha256(f"{organization.source_instance}/{organization.org_id}".encode()).hexdigest()
    return f"{words or 'organization'}-{digest[:8]}.html"


def _serve(
    project: Project, warehouse: Warehouse, first: date | None, org: str | None, port: int
) -> None:
    def render(version: str) -> str:
        with warehouse.read() as session:
            relations = Relations(project, session)
            known = organizations(session, relations) if org else []
            organization = find_organization(org, known) if org else None
            return page_of(session, relations, Scope(first, organization), version)

    def built() -> str:
        with warehouse.read() as session:
            return last_build(session, Relations(project, session))

    serve(Live(render, state_of(warehouse, built)), port)


def _refuse_together(*pairs: dict[str, Any]) -> None:
    for pair in pairs:
        if all(pair.values()):
            raise UserError(f"{' and '.join(pair)} do not go together: leave one out.")
