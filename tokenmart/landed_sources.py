"""Which sources there is anything to build of."""

from collections.abc import Sequence

import yaml

from tokenmart.console import note, warn
from tokenmart.errors import UserError
from tokenmart.land import make_empty_tables
from tokenmart.project import Project
from tokenmart.schema import tables
from tokenmart.sources import NAMES, USAGE
from tokenmart.warehouse import Warehouse

_VARIABLE = "sources_enabled"


def with_landed_sources(
    project: Project, warehouse: Warehouse, arguments: Sequence[str]
) -> list[str]:
    """Arguments of dbt that leave out the sources of which there are no tables, and say so.

    Nothing is left out that someone has named, that another project's models or a loader's tables
    stand in for, or that was built before: a source that has lost its tables is to be heard of.
    """
    variables, others = _variables(arguments)
    if variables is None or _VARIABLE in variables or _is_named(project):
        return list(arguments)
    there = _tables(warehouse)
    names = {table for _, table in there}
    off = [
        source
        for source, usage in USAGE.items()
        if usage.ledger not in names
        and not _stands_in(project, source, variables)
        and not any(
            (project.source_schema(source).lower(), table.name) in there
            for table in tables().values()
            if table.source == source
        )
    ]
    if not off:
        return list(arguments)
    schemas = ", ".join(project.source_schema(source) for source in off)
    if len(off) == len(USAGE):
        if {*others} - {"--full-refresh"}:
            # what is selected may need no source
            return list(arguments)
        bills = (project.source_schema("billing").lower(), "provider_costs")
        if bills in there:
            _make_tables_of_usage(project)
            return with_landed_sources(project, warehouse, arguments)
        raise UserError(
            f"There is nothing to build yet: no source has a table in {schemas}. Run `tokenmart "
            "land` with your exports or source tables first, or `tokenmart demo` for a sample."
        )
    note(f"left out, because nothing was landed in {schemas}: {', '.join(off)}")
    variables[_VARIABLE] = [name for name in NAMES if name not in off]
    return [*others, "--vars", yaml.safe_dump(variables, default_flow_style=True, width=10**6)]


def _make_tables_of_usage(project: Project) -> None:
    """A bill alone is a bill without usage, which needs tables of usage that are empty."""
    bill = "A bill is landed, and no usage that it is for"
    try:
        make_empty_tables(project, "provider")
    except UserError as error:
        raise UserError(
            f"{bill}, and the empty tables cannot be made that a bill alone is built with. {error}"
        ) from error
    warn(
        f"{bill}, so its dollars are shown without tokens. Land the usage of the same days to see "
        "what they were for (docs/exports.md); until then its tables in "
        f"{project.source_schema('provider')} are empty."
    )


def _tables(warehouse: Warehouse) -> set[tuple[str, str]]:
    """What is in the database, by schema and name; nothing if there is none yet."""
    try:
        with warehouse.read() as session:
            # not information_schema, which hides what this user may not read
            rows = session.query(
                "select nspname, relname from pg_catalog.pg_class"
                " inner join pg_catalog.pg_namespace on pg_namespace.oid = relnamespace"
            ).rows
    except UserError:
        # that it can be used if it is there, the build has made sure
        return set()
    return {(schema.lower(), table.lower()) for schema, table in rows}


def _variables(arguments: Sequence[str]) -> tuple[dict[str, object] | None, list[str]]:
    """What ``--vars`` sets, and the other arguments; nothing if dbt has to say what is wrong."""
    variables: dict[str, object] = {}
    others = []
    rest = iter(arguments)
    for argument in rest:
        name, has_value, value = argument.partition("=")
        if name != "--vars":
            others.append(argument)
            continue
        try:
            given = yaml.safe_load(value if has_value else next(rest))
        except (StopIteration, yaml.YAMLError):
            return None, []
        if not isinstance(given, dict):
            return None, []
        # of two dbt takes the last
        variables = given
    return variables, others


def _is_named(project: Project) -> bool:
    """Whether the project says itself which sources it has."""
    enabled = project.var(_VARIABLE)
    is_own = project.config.get("name") == "tokenmart"
    return enabled is not None and not (is_own and enabled == list(NAMES))


def _stands_in(project: Project, source: str, variables: dict[str, object]) -> bool:
    """Whether rows of the source come from elsewhere than its schema in this database."""
    if variables.get(f"{source}_database") or project.var(f"{source}_database"):
        return True
    if source == "provider" and (variables.get("loader_tables") or project.var("loader_tables")):
        return True
    if project.config.get("name") == "tokenmart":
        return f"{source}_schema" in variables
    folders = project.config.get("model-paths") or ["models"]
    models = (project.root / str(folder) for folder in folders)
    return f"{source}_schema" in variables or any(
        next(folder.rglob(f"stg_{source}__*.sql"), None) for folder in models
    )
