"""``tokenmart prices``: the price list and what else the costs are made from."""

import difflib
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from tokenmart.commands.shape import Report
from tokenmart.console import complain, say
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

SHOWN = 20
"""Differences that are printed of each file."""


def refresh(
    project: Project,
    provider: Annotated[
        list[str] | None,
        typer.Option(help="A provider to list besides those that are listed; may be repeated."),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; only say whether a file would change.")
    ] = False,
) -> Report:
    """Make the price list from the installed genai-prices.

    Writes model_prices.csv, model_names.csv and context_steps.csv; your own lines of the price
    list stay. With --check nothing is written, and exit status 1 says that a file would change.
    """
    folder = project.seeds
    made, own = price_lines(folder / "model_prices.csv")
    if own and not made:
        _refuse_other_catalog(folder / "model_prices.csv", own[0])
    providers = {*(line["provider"] for line in made), *(provider or ())}
    files = []
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
        files.append({"file": path, "changed_lines": len(changes)})
        verb = "would change" if check else "changed"
        yours = f" ({len(own)} of your own)" if own and name == "model_prices.csv" else ""
        say(f"{path}: {len(text.splitlines()) - 1} lines{yours}, {len(changes)} {verb}")
        for line in changes[:SHOWN] if check else ():
            say(f"  {line}")
        if not check and changes:
            path.write_text(text, encoding="utf-8")
    is_stale = check and any(each["changed_lines"] for each in files)
    if is_stale:
        complain("Run `tokenmart prices refresh` and review the difference.")
    return Report({"files": files}, has_failed=is_stale)


def check(project: Project) -> Report:
    """Say what is wrong in the price seeds, by file and line.

    A build refuses the same before it computes a cost. Exit status: 1 if anything is wrong.
    """
    folder = project.seeds
    problems = [
        {"file": folder / f"{problem.seed}.csv", "line": problem.line, "problem": problem.text}
        for problem in check_folder(folder)
    ]
    for problem in problems:
        complain("{file}:{line}: {problem}".format(**problem))
    if not problems:
        say(f"The price seeds in {folder} are sound.")
    return Report({"problems": problems}, has_failed=bool(problems))


def compare(
    project: Project,
    catalog: Annotated[Path, typer.Argument(help="litellm's file of prices, of any version.")],
    decided: Annotated[
        Path | None, typer.Option(help="A CSV file of differences that stay, and why.")
    ] = None,
    on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day of litellm's file; today if unset."),
    ] = None,
) -> Report:
    """Compare the price list with litellm's.

    litellm publishes its prices as model_prices_and_context_window.json. Exit status: 1 if a
    difference is not decided.
    """
    folder = project.seeds
    _refuse_unsound(folder)
    listed = ours(read_lines(folder / "model_prices.csv"), (on or datetime.now(UTC)).date())
    others = theirs(catalog)
    found = [*differences(listed, others)]
    known = decisions(decided) if decided else []
    undecided = [each for each in found if not any(which.is_for(each) for which in known)]
    for each in undecided:
        say(str(each))
    names = [line["name"] for line in read_lines(folder / "model_names.csv")]
    unlisted = missing(listed, others, names)
    both = len(listed.keys() & others.keys())
    say(
        f"Prices compared: {both:,}; differences: {len(found):,}, undecided: {len(undecided):,}; "
        f"models of litellm that are not listed: {len(unlisted):,}"
        + (f" ({', '.join(model for _, model in unlisted)})." if unlisted else ".")
    )
    idle = [which.line for which in known if not any(map(which.is_for, found))]
    for line in idle:
        say(f"{decided}:{line}: decides nothing anymore.")
    return Report(
        {
            "prices_of_both": both,
            "differences": found,
            "undecided": undecided,
            "models_not_listed": [model for _, model in unlisted],
            "decisions_of_nothing": idle,
        },
        has_failed=bool(undecided),
    )


def add(
    project: Project,
    model: Annotated[list[str], typer.Argument(help="A model's name in litellm's file.")],
    catalog: Annotated[Path, typer.Option(help="litellm's file of prices.")],
    source: Annotated[str, typer.Option(help="What is noted as the source, with its date.")],
) -> Report:
    """Add models' prices from litellm's file as your own lines.

    They stay when the list is made again, until you delete them.
    """
    path = project.seeds / "model_prices.csv"
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
    say(f"{path}: {len(lines)} lines added.")
    return Report({"file": path, "lines_added": len(lines)})


def _refuse_unsound(folder: Path) -> None:
    """A price list with something wrong in it cannot be worked with."""
    if problems := check_folder(folder):
        path, line = folder / f"{problems[0].seed}.csv", problems[0].line
        raise UserError(
            f"{path}:{line}: {problems[0].text}. Correct it; `tokenmart prices check` names "
            "everything that is wrong."
        )


def _refuse_other_catalog(path: Path, line: Line) -> None:
    """A price list that was made by other means is not overwritten."""
    raise UserError(
        f"{path} comes from the catalog '{line.get('catalog') or ''}', not of genai-prices: "
        "move the file away to make the list again."
    )
