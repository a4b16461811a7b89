"""Where the relations of a project are, by the names that dbt gave them."""

from collections.abc import Mapping
from dataclasses import dataclass

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


class Relations:
    """The source tables and models that the last dbt run knew, looked up in the warehouse."""

    def __init__(self, project: Project, session: Session) -> None:
        manifest = project.manifest
        self._nodes = {
            node["name"]: node
            for node in manifest["nodes"].values()
            if node["resource_type"] == "model" and node["package_name"] == "tokenmart"
        }
        # one that no model reads is that of a staging model which the project has replaced
        self._sources = {
            node["name"]: node
            for node in manifest["sources"].values()
            if node["package_name"] == "tokenmart" and manifest["child_map"].get(node["unique_id"])
        }
        self._catalog = session.database
        self._refuse_other_database()
        self.dialect = str(project.target["type"])
        self._columns: dict[tuple[str, str], dict[str, ColumnType]] = {}
        for schema, table, column, type_, *limits in session.query(
            "select table_schema, table_name, column_name, data_type, "
            "character_maximum_length, numeric_precision, numeric_scale "
            "from information_schema.columns where table_catalog = current_database()"
        ).rows:
            columns = self._columns.setdefault((schema.lower(), table.lower()), {})
            columns[column.lower()] = ColumnType(type_.lower(), *limits)

    def has_model(self, name: str) -> bool:
        """True if the model is enabled in the project."""
        return name in self._nodes

    def model(self, name: str) -> Relation:
        """A model that must have been built."""
        node = self._nodes[name]
        relation = self._find(node["schema"], node["alias"])
        if relation is None:
            raise UserError(
                f"{node['schema']}.{node['alias']} does not exist in the database {self._catalog}, "
                "or is hidden from this user: run `tokenmart build` on it first, or grant select."
            )
        return relation

    def is_visible(self, name: str) -> bool:
        """True if the model is built, and this user may read it."""
        node = self._nodes.get(name)
        return node is not None and self._find(node["schema"], node["alias"]) is not None

    def source(self, name: str) -> Relation | None:
        """A source table; none if its source is disabled, or the table is optional and missing."""
        node = self._sources.get(name)
        if node is None:
            return None
        if node["database"] != self._catalog:
            return None
        relation = self._find(node["schema"], node["identifier"])
        if relation is None and "optional" not in node["tags"]:
            raise UserError(
                f"The source table {node['schema']}.{node['identifier']} does not exist in the "
                f"database {self._catalog}, or is hidden from this user: land it, grant select on "
                f"it, or leave {node['source_name']} out of sources_enabled and build again."
            )
        return relation

    @property
    def elsewhere(self) -> set[str]:
        """The attached databases whose source tables are out of sight here."""
        return {node["database"] for node in self._sources.values()} - {self._catalog}

    def _refuse_other_database(self) -> None:
        """The manifest is that of dbt's last run, which may have been on another database."""
        built = {node["database"] for node in self._nodes.values()}
        if built and self._catalog not in built:
            raise UserError(
                f"dbt's last run was on the database {', '.join(sorted(built))}, and this one is "
                f"{self._catalog}: run `tokenmart build` on it, or name the one that was built."
            )

    def _find(self, schema: str, table: str) -> Relation | None:
        columns = self._columns.get((schema.lower(), table.lower()))
        if columns is None:
            return None
        return Relation(
            label=f"{schema}.{table}",
            sql=f'"{self._catalog}"."{schema}"."{table}"',
            columns=columns,
        )
