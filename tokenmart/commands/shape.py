"""The shape that all commands share: which project, which warehouse, result and exit status.

A command is a function that takes a :class:`Project` first, if it needs one, prints for people what
it found, and returns it as a :class:`Report`. Here it gets its common options, so that they are the
same everywhere.
"""

import inspect
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, is_dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from tokenmart.console import out
from tokenmart.project import Project


@dataclass(frozen=True)
class Report:
    """What a command found, for ``--json``; and whether it must end with exit status 1."""

    data: Any
    has_failed: bool = False


Command = Callable[..., Report]


def _option(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
    )


_PROJECT = [
    _option(
        "project_dir", Annotated[Path, typer.Option(help="The folder of the dbt project.")], Path()
    )
]
_WAREHOUSE = [
    _option(
        "target",
        Annotated[
            str | None,
            typer.Option("--target", "-t", help="The target in the profile."),
        ],
        None,
    ),
    _option(
        "profile",
        Annotated[
            str | None, typer.Option(help="The profile, instead of the one in dbt_project.yml.")
        ],
        None,
    ),
    _option(
        "profiles_dir",
        Annotated[Path | None, typer.Option(help="The folder of profiles.yml.")],
        None,
    ),
]
_JSON = [
    _option(
        "as_json",
        Annotated[
            bool,
            typer.Option("--json", help="Print the result as JSON, and nothing else."),
        ],
        False,
    )
]


def for_warehouse(command: Command) -> Callable[..., None]:
    """A command that reads or writes the warehouse of a project."""
    return _shaped(command, [*_WAREHOUSE, *_PROJECT, *_JSON])


def for_project(command: Command) -> Callable[..., None]:
    """A command that reads or writes files of a project, and no warehouse."""
    return _shaped(command, [*_PROJECT, *_JSON])


def for_files(command: Command) -> Callable[..., None]:
    """A command that needs no project."""
    return _shaped(command, _JSON)


def _shaped(command: Command, options: list[inspect.Parameter]) -> Callable[..., None]:
    own = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for name, parameter in inspect.signature(command, eval_str=True).parameters.items()
        if name != "project"
    ]

    def shaped(**values: Any) -> None:
        as_json = values.pop("as_json")
        _choose_warehouse(*(values.pop(option.name, None) for option in _WAREHOUSE))
        if "project_dir" in values:
            values["project"] = Project(values.pop("project_dir"))
        out.quiet = as_json
        try:
            report = command(**values)
        finally:
            out.quiet = False
        if as_json:
            print(json.dumps(report.data, indent=2, default=_plain))
        if report.has_failed:
            raise typer.Exit(1)

    parameters = [*own, *options]
    shaped.__doc__ = command.__doc__
    shaped.__annotations__ = {each.name: each.annotation for each in parameters}
    shaped.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return shaped


def _choose_warehouse(
    target: str | None = None, profile: str | None = None, profiles_dir: Path | None = None
) -> None:
    """Set the variables that dbt reads, so that tokenmart and dbt look at the same warehouse."""
    if target:
        os.environ["DBT_TARGET"] = target
    if profile:
        os.environ["DBT_PROFILE"] = profile
    if profiles_dir:
        os.environ["DBT_PROFILES_DIR"] = str(profiles_dir.absolute())


def _plain(value: Any) -> Any:
    """What JSON has no form of; fractions are texts, so that no reader rounds them."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Decimal):
        return int(value) if value.as_tuple().exponent == 0 else str(value)
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
