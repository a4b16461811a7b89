"""Where the relations of a project are, by the names that dbt gave them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tokenmart.errors import UserError
from tokenmart.project import Project
from tokenmart.warehouse import Session


@dataclass(frozen=True)
class ColumnType:
    """The type of a column, and how much it holds where that is limited."""

    type: str
    length: int | None
    precision: int | None
    scale: int | None


@dataclass(frozen=True)
class Relation:
    """A table or view: its name for people and for SQL, and the columns that it has."""

    label: str
    sql: str
    columns: Mapping[str, ColumnType]


@dataclass(frozen=True)
class _Place:
    """Where dbt has a model or a source table."""

    database: str
    schema: str
    name: str
    source: str
    is_optional: bool
    is_built: bool

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


class Relations:
    """The source tables and models that the last dbt run knew, looked up in the warehouse."""

    def __init__(self, project: Project, session: Session) -> None:
        try:
            self._models, self._disabled, self._sources = _places(project.manifest)
        except (AttributeError, KeyError, TypeError) as error:
            raise project.damaged_manifest() from error
        if not self._models:
            raise UserError(
                f"{project.manifest_path} lists no model of tokenmart: run "
                "`tokenmart build`, or name the project that has tokenmart with --project-dir."
            )
        self._catalog = session.database
        self.dialect = str(project.target["type"])
        self._columns: dict[tuple[str, str], dict[str, ColumnType]] = {}
        for schema, table, column, type_, *limits in session.query(
            "select table_schema, table_name, column_name, data_type, "
            "character_maximum_length, numeric_precision, numeric_scale "
            "from information_schema.columns where table_catalog = current_database()"
        ).rows:
            columns = self._columns.setdefault((schema.lower(), table.lower()), {})
            columns[column.lower()] = ColumnType(type_.lower(), *limits)
        self._built = {place.database for place in self._models.values()}
        if self._catalog not in self._built:
            self._refuse_other_models()

    def has_model(self, name: str) -> bool:
        """True if the model is enabled in the project."""
        return name in self._models

    def model(self, name: str) -> Relation:
        """A model that must have been built."""
        if name not in self._models:
            raise UserError(
                f"The model {name} was not part of dbt's last run: run `tokenmart build` on the "
                f"database {self._catalog}."
            )
        place = self._models[name]
        relation = self._find(place)
        if relation is None:
            raise UserError(
                f"{place} does not exist in the database {self._catalog}, "
                "or is hidden from this user: run `tokenmart build` on it first, or grant select."
            )
        return relation

    def is_visible(self, name: str) -> bool:
        """True if the model is built, and this user may read it."""
        return name in self._models and self._find(self._models[name]) is not None

    @property
    def stale_marts(self) -> list[str]:
        """Marts that an earlier run built and that no model updates: their source is disabled."""
        found = (place for place in self._disabled if place.name.startswith("mart_"))
        return sorted(str(place) for place in found if self._find(place))

    def source(self, name: str) -> Relation | None:
        """A source table; none if its source is disabled, or the table is optional and missing."""
        place = self._sources.get(name)
        if place is None or not self._is_here(place):
            return None
        relation = self._find(place)
        if relation is None and not place.is_optional:
            raise UserError(
                f"The source table {place} does not exist in the "
                f"database {self._catalog}, or is hidden from this user: land it, grant select on "
                f"it, or leave {place.source} out of sources_enabled and build again."
            )
        return relation

    @property
    def elsewhere(self) -> set[str]:
        """The attached databases whose source tables are out of sight here."""
        return {each.database for each in self._sources.values() if not self._is_here(each)}

    def _is_here(self, place: _Place) -> bool:
        """True in this database; dbt's last run may have been on another one."""
        return place.database == self._catalog or (
            self._catalog not in self._built and place.database in self._built
        )

    def _refuse_other_models(self) -> None:
        """The manifest is of a run on another database, and serves this one if it has the same."""
        missing = [each for each in self._models.values() if each.is_built and not self._find(each)]
        others = [each for each in self._disabled if self._find(each)]
        if missing or others:
            differs = f"has no {missing[0]}" if missing else f"has {others[0]}, which is disabled"
            raise UserError(
                f"dbt's last run was on the database {', '.join(sorted(self._built))}, and this "
                f"one, {self._catalog}, {differs}: run `tokenmart build` on it, or name the one "
                "that was built."
            )

    def _find(self, place: _Place) -> Relation | None:
        columns = self._columns.get((place.schema.lower(), place.name.lower()))
        if columns is None:
            return None
        return Relation(
            label=str(place),
            sql=f'"{self._catalog}"."{place.schema}"."{place.name}"',
            columns=columns,
        )


def _places(
    manifest: dict[str, Any],
) -> tuple[dict[str, _Place], list[_Place], dict[str, _Place]]:
    """Where tokenmart's models are, those that are disabled, and the source tables."""

    def is_model(node: dict[str, Any]) -> bool:
        return (node["package_name"], node["resource_type"]) == ("tokenmart", "model")

    def place(node: dict[str, Any], name: str) -> _Place:
        return _Place(
            database=str(node["database"]),
            schema=str(node["schema"]),
            name=str(node[name]),
            source=node.get("source_name", ""),
            is_optional="optional" in node["tags"],
            is_built=node["config"].get("materialized") != "ephemeral",
        )

    models = {
        node["name"]: place(node, "alias") for node in manifest["nodes"].values() if is_model(node)
    }
    # a staging model of the project's own may be where the disabled one was
    taken = {(node["schema"], node["alias"]) for node in manifest["nodes"].values()}
    disabled = [
        place(node, "alias")
        for nodes in manifest["disabled"].values()
        for node in nodes
        if is_model(node) and (node["schema"], node["alias"]) not in taken
    ]
    # one that no model reads is that of a staging model which the project has replaced
    sources = {
        node["name"]: place(node, "identifier")
        for node in manifest["sources"].values()
        if node["package_name"] == "tokenmart" and manifest["child_map"].get(node["unique_id"])
    }
    return models, disabled, sources
