"""``tokenmart prices``: the price list and what else the costs are made from."""

import difflib
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from tokenmart.console import err, out
from tokenmart.errors import UserError
from tokenmart.prices.check import check_folder
from tokenmart.prices.compare import (
    decisions,
    differences,
    lines_of,
    missing,
    ours,
    theirs,
)
from tokenmart.prices.seed_files import Line, price_lines, read_lines, seed_files
from tokenmart.project import Project

app = typer.Typer(no_args_is_help=True, help="Make and check the price list.")

ProjectDir = Annotated[Path, typer.Option(help="The dbt project's folder.")]
SHOWN = 20
"""Differences that are printed of each file."""


@app.command()
def refresh(
    project_dir: ProjectDir = Path(),
    provider: Annotated[
        list[str] | None,
        typer.Option(help="A provider to list besides those that are listed; may be repeated."),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only say whether the files are those of the package.")
    ] = False,
) -> None:
    """Make the price list, the models' names and the steps from the installed genai-prices.

    Your own lines of the price list stay. With --check nothing is written; exit status 1 if a file
    would change.
    """
    folder = Project(project_dir).seeds
    made, own = price_lines(folder / "model_prices.csv")
    if own and not made:
        _refuse_other_catalog(folder / "model_prices.csv", own[0])
    providers = {*(line["provider"] for line in made), *(provider or ())}
    stale = False
    for name, text in seed_files(providers, own).items():
        path = folder / name
        before = path.read_text(encoding="utf-8") if path.is_file() else ""
        changes = [
            line
            for line in difflib.unified_diff(
                before.splitlines(), text.splitlines(), lineterm="", n=0
            )
            if line[:1] in "+-" and line[:3] not in ("+++", "---")
        ]
        stale = stale or bool(changes)
        verb = "would change" if check else "changed"
        yours = f" ({len(own)} of your own)" if own and name == "model_prices.csv" else ""
        _say(f"{path}: {len(text.splitlines()) - 1} lines{yours}, {len(changes)} {verb}")
        for line in changes[:SHOWN] if check else ():
            _say(f"  {line}")
        if not check and changes:
            path.write_text(text, encoding="utf-8")
    if check and stale:
        err.print("Run `tokenmart prices refresh` and review the difference.", style="red")
        raise typer.Exit(1)


@app.command()
def check(project_dir: ProjectDir = Path()) -> None:
    """Look for what is wrong in the price seeds, by file and line; exit status 1 if something is.

    A build refuses the same before it computes a cost.
    """
    folder = Project(project_dir).seeds
    problems = check_folder(folder)
    for problem in problems:
        path = folder / f"{problem.seed}.csv"
        err.print(
            f"{path}:{problem.line}: {problem.text}",
            style="red",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
    if problems:
        raise typer.Exit(1)
    _say(f"The price seeds in {folder} are sound.")


@app.command()
def compare(
    catalog: Annotated[Path, typer.Argument(help="litellm's file of prices, of any version.")],
    project_dir: ProjectDir = Path(),
    decided: Annotated[
        Path | None, typer.Option(help="A CSV file of differences that stay, and why.")
    ] = None,
    on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day of the other catalogue; today if unset."),
    ] = None,
) -> None:
    """Compare a day's prices with another catalogue's, model_prices_and_context_window.json.

    Exit status 1 if a difference is not decided.
    """
    folder = Project(project_dir).seeds
    _refuse_unsound(folder)
    listed = ours(read_lines(folder / "model_prices.csv"), (on or datetime.now(UTC)).date())
    others = theirs(catalog)
    found = [*differences(listed, others)]
    known = decisions(decided) if decided else []
    undecided = [each for each in found if not any(which.is_for(each) for which in known)]
    for each in undecided:
        _say(str(each))
    names = [line["name"] for line in read_lines(folder / "model_names.csv")]
    unlisted = missing(listed, others, names)
    both = len(listed.keys() & others.keys())
    _say(
        f"Prices of both: {both:,}; differences: {len(found):,}, undecided: {len(undecided):,}; "
        f"models of litellm's that are not listed: {len(unlisted):,}"
        + (f" ({', '.join(model for _, model in unlisted)})." if unlisted else ".")
    )
    for which in known:
        if not any(which.is_for(each) for each in found):
            _say(f"{decided}:{which.line}: decides nothing any more.")
    if undecided:
        raise typer.Exit(1)


@app.command()
def add(
    model: Annotated[list[str], typer.Argument(help="A model's name in litellm's file.")],
    catalog: Annotated[Path, typer.Option(help="litellm's file of prices.")],
    source: Annotated[str, typer.Option(help="What is noted as the source, with its date.")],
    project_dir: ProjectDir = Path(),
) -> None:
    """Add the prices that another catalogue has of models as lines of your own.

    They stay when the list is made anew, until you delete them.
    """
    path = Project(project_dir).seeds / "model_prices.csv"
    _refuse_unsound(path.parent)
    others = theirs(catalog)
    lines = [line for name in model for line in lines_of(name, others, source)]
    if unknown := {*model} - {line["model_id"] for line in lines}:
        raise UserError(f"{catalog} has no price of {', '.join(sorted(unknown))}.")
    made, own = price_lines(path)
    listed = {line["model_id"] for line in (*made, *own)}
    if known := {*model} & listed:
        raise UserError(f"{path} has prices of {', '.join(sorted(known))} already.")
    providers = {line["provider"] for line in made}
    for name, text in seed_files(providers, [*own, *lines]).items():
        (path.parent / name).write_text(text, encoding="utf-8")
    _say(f"{path}: {len(lines)} lines added.")


def _refuse_unsound(folder: Path) -> None:
    """A price list with something wrong in it cannot be worked with."""
    if problems := check_folder(folder):
        path, line = folder / f"{problems[0].seed}.csv", problems[0].line
        raise UserError(
            f"{path}:{line}: {problems[0].text}. Correct it; `tokenmart prices check` names all "
            "that is wrong."
        )


def _refuse_other_catalog(path: Path, line: Line) -> None:
    """A price list that somebody made by other means is not written over."""
    raise UserError(
        f"{path} is of the catalogue '{line.get('catalog') or ''}', not of genai-prices: "
        "move the file away if the list is to be made anew."
    )


def _say(text: str) -> None:
    out.print(text, markup=False, highlight=False, soft_wrap=True)
