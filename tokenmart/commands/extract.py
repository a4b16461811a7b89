"""``tokenmart extract``: the applications' databases into the raw tables of the warehouse."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from tokenmart.commands.shape import Report
from tokenmart.commands.table import print_table
from tokenmart.console import complain
from tokenmart.errors import UserError
from tokenmart.land import land
from tokenmart.project import Project
from tokenmart.sources import NAMES


def run(
    project: Project,
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SOURCE]...",
            help="provider, agents, voice or billing; without any, those whose URL is set.",
        ),
    ] = None,
    schema: Annotated[
        str, typer.Option(help="The schema of the tables in the source's database.")
    ] = "public",
    days: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=36500,
            help="Read only the usage of the last days, and keep older rows as they were landed.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Keep the files in a folder for each source; else they are temporary."),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Go on where an extraction of less than a day ago broke off. Needs --out.",
        ),
    ] = False,
    force: Annotated[
        bool,
        typer.Option("--force", help="Land even next to tables that tokenmart did not create."),
    ] = False,
    is_landed: Annotated[
        bool, typer.Option("--land/--no-land", help="Land the files, or only write them.")
    ] = True,
) -> Report:
    """Copy the applications' Postgres tables into the raw schemas.

    TOKENMART_PROVIDER_URL, TOKENMART_AGENTS_URL, TOKENMART_VOICE_URL and TOKENMART_BILLING_URL say
    where they are. Secret columns are not read. Each source is landed in full or not at all.
    """
    if not is_landed and out is None:
        raise UserError("--no-land writes files only: say where with --out FOLDER.")
    if resume and out is None:
        raise UserError("--resume goes on with the files of --out FOLDER: say which folder.")
    # psycopg2 comes with an extra
    try:
        from tokenmart.extract import extracted, variable
    except ModuleNotFoundError as error:
        raise UserError(
            f"extract needs {error.name}: install it with `pip install 'tokenmart[postgres]'`."
        ) from error

    chosen = _chosen(sources, {name: variable(name) for name in NAMES})
    done, failed = [], {}
    for source in chosen:
        try:
            with TemporaryDirectory(prefix="tokenmart-") as scratch:
                folder = (out or Path(scratch)) / source
                with extracted(source, schema, folder, days=days, resume=resume) as tables:
                    if is_landed:
                        periods = {each.table: each.period for each in tables if each.period}
                        land(project, folder, force=force, periods=periods)
                done += tables
        except UserError as error:
            # one source that is down does not keep the others from being loaded
            failed[source] = str(error)
    if done:
        print_table(
            "Extracted and landed" if is_landed else "Extracted",
            ("source", "table", "rows"),
            [(each.source, each.table, each.rows) for each in done],
        )
    for reason in failed.values():
        complain(f"tokenmart: {reason}")
    if failed:
        others = [source for source in chosen if source not in failed]
        raise UserError(
            f"Not extracted: {', '.join(failed)}. "
            + (f"Done: {', '.join(others)}." if others else "Nothing was landed.")
            + (" With --resume what was read is not read again." if out else "")
        )
    return Report({"extracted": done})


def _chosen(sources: list[str] | None, variables: dict[str, str]) -> list[str]:
    for source in sources or ():
        if source not in variables:
            raise UserError(f"{source} is no source; the sources are {', '.join(variables)}.")
    if sources:
        return [source for source in variables if source in sources]
    chosen = [source for source, name in variables.items() if os.environ.get(name)]
    if not chosen:
        raise UserError(
            f"No address of a source is set: set {', '.join(variables.values())}, or one of them."
        )
    return chosen
