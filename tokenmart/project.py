"""The dbt project that the commands work for: its profile, its variables, what it has built."""

import json
import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import jinja2
import yaml

from tokenmart.errors import UserError
from tokenmart.schema import SOURCES


@dataclass(frozen=True)
class Project:
    """A dbt project directory, read on demand."""

    root: Path

    @cached_property
    def config(self) -> dict[str, Any]:
        path = self.root / "dbt_project.yml"
        if not path.is_file():
            raise UserError(
                f"There is no dbt_project.yml in {self.root.resolve()}. "
                "Run tokenmart in the project's folder, or name it with --project-dir."
            )
        return _read_yaml(path)

    def var(self, name: str) -> Any:
        """A variable as dbt_project.yml sets it: for tokenmart alone, or for every package."""
        variables = self.config.get("vars") or {}
        own = variables.get("tokenmart")
        if isinstance(own, dict) and name in own:
            return own[name]
        return variables.get(name)

    def source_schema(self, source: str) -> str:
        """The schema that holds the raw tables of ``source``."""
        return str(self.var(f"{source}_schema") or f"raw_{source}")

    @cached_property
    def target(self) -> dict[str, Any]:
        """The connection that dbt would use, from profiles.yml."""
        name = os.environ.get("DBT_PROFILE") or self.config["profile"]
        path = self._profiles_dir / "profiles.yml"
        if not path.is_file():
            raise UserError(
                f"There is no profiles.yml in {self._profiles_dir}. "
                "Copy profiles.yml.example to profiles.yml, or set DBT_PROFILES_DIR."
            )
        profiles = _read_yaml(path)
        if name not in profiles:
            raise UserError(f"{path} has no profile named {name}; see profiles.yml.example.")
        profile = profiles[name]
        outputs = profile.get("outputs") or {}
        output = os.environ.get("DBT_TARGET") or _render(
            profile.get("target", "default"), f"{path}, profile {name}: target"
        )
        if output not in outputs:
            known = ", ".join(outputs) or "none"
            raise UserError(f"Profile {name} in {path} has no target {output}; it has {known}.")
        where = f"{path}, profile {name}, target {output}"
        for key in ("password", "pass"):
            # dbt would show it
            if not isinstance(outputs[output].get(key, ""), str | None):
                raise UserError(f"{where}: {key} is not text; put quotes around it.")
        return {
            # dbt takes a password that is no template as it is
            key: _render(value, f"{where}: {key}", or_as_it_is=key == "password")
            for key, value in outputs[output].items()
        }

    @property
    def duckdb_path(self) -> Path:
        """The warehouse file, relative paths counted from the project like dbt run there does."""
        if self.target["type"] != "duckdb":
            raise UserError(
                f"The dbt target is of type {self.target['type']}; this command works on DuckDB."
            )
        if "path" not in self.target:
            raise UserError("The dbt target has no path: name the DuckDB file in profiles.yml.")
        name = str(self.target["path"])
        # "md:" is no file, "c:" one on a drive of Windows
        scheme = re.match(r"(:memory:|[a-zA-Z]\w+:|$)", name)
        if scheme:
            # without the rest, in which a token may be
            raise UserError(
                f"The path of the dbt target is {scheme[0] or 'empty'}, and tokenmart needs a "
                "DuckDB file: name one in TOKENMART_DUCKDB_PATH or profiles.yml."
            )
        path = self.root / Path(name).expanduser()
        # DuckDB calls the database by its file, and then does not know which of the two is meant
        database = path.name.lstrip(".").split(".")[0].lower()
        if database in self._schemas:
            raise UserError(
                f"The file {path} is called like the schema {database} in it, so that what reads "
                "that schema would be ambiguous. Rename it, such as to tokenmart.duckdb."
            )
        return path

    @property
    def _schemas(self) -> set[str]:
        """The schemas of the sources, of the models as dbt names them, and the engine's own."""
        target = str(self.target.get("schema", "main"))
        models = {f"{target}_{part}" for part in ("staging", "ledger", "intermediate", "seeds")}
        sources = {self.source_schema(source) for source in SOURCES}
        return {name.lower() for name in {"main", target} | models | sources}

    @property
    def target_path(self) -> Path:
        """Where dbt writes what it makes, and tokenmart beside it."""
        return self.root / os.environ.get("DBT_TARGET_PATH", "target")

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What dbt knew at its last run."""
        path = self.target_path / "manifest.json"
        if not path.is_file():
            raise UserError(f"{path} does not exist: run `tokenmart build` first.")
        try:
            manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except json.JSONDecodeError as error:
            raise UserError(f"{path} is damaged: run `tokenmart build` again.") from error
        return manifest

    @property
    def _profiles_dir(self) -> Path:
        configured = os.environ.get("DBT_PROFILES_DIR")
        if configured:
            return Path(configured)
        if (self.root / "profiles.yml").is_file():
            return self.root
        home = Path.home() / ".dbt"
        return home if (home / "profiles.yml").is_file() else self.root


def _read_yaml(path: Path) -> dict[str, Any]:
    # the loader that dbt takes, so that it has nothing left to complain of
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), loader)
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not UTF-8 text.") from error
    except yaml.YAMLError as error:
        # without its own words, which show the line: a password may be in it
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1} or the one before" if mark else ""
        raise UserError(
            f"{path}{where}: this is not valid YAML. Put quotes around a value with special "
            "characters."
        ) from error
    return content if isinstance(content, dict) else {}


def _render(value: Any, where: str, *, or_as_it_is: bool = False) -> Any:
    """A value of a profile, with the calls of env_var in it answered as dbt answers them."""
    if isinstance(value, dict):
        return {key: _render(each, f"{where}.{key}") for key, each in value.items()}
    if isinstance(value, list):
        return [_render(each, where) for each in value]
    if not isinstance(value, str):
        return value
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
    environment.globals["env_var"] = _env_var
    # dbt's filters set the type of a value; here every value is read as text
    environment.filters |= dict.fromkeys(("as_text", "as_bool", "as_number", "as_native"), str)
    try:
        return environment.from_string(value).render()
    except UserError:
        raise
    except Exception as error:
        # a template can raise anything, and its words may be a part of a password
        if or_as_it_is:
            return value
        raise UserError(
            f"{where} cannot be rendered: correct what is between {{{{ and }}}}."
        ) from error


def _env_var(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, default)
    if value is None:
        raise UserError(f"profiles.yml asks for the environment variable {name}, which is not set.")
    return value
