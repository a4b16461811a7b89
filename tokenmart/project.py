"""The dbt project that the commands work for: its profile, its variables, what it has built."""

import json
import os
import re
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import jinja2
import yaml

from tokenmart.errors import UserError, reason
from tokenmart.sources import NAMES
from tokenmart.variables import refuse_misspelt


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
        return read_yaml(path)

    @property
    def profile(self) -> str:
        """The name of the profile that dbt would use."""
        name = os.environ.get("DBT_PROFILE") or self.config.get("profile")
        if not isinstance(name, str):
            raise UserError(
                f"{self.root / 'dbt_project.yml'} names no profile: it needs a line such as "
                "`profile: tokenmart`."
            )
        return name

    @property
    def seeds(self) -> Path:
        """The folder of the price list and the other seeds."""
        paths = self.config.get("seed-paths") or ["seeds"]
        if not isinstance(paths, list) or not isinstance(paths[0], str):
            raise UserError(
                f"seed-paths in {self.root / 'dbt_project.yml'} must be a list, such as [seeds]."
            )
        folder = self.root / paths[0]
        if not folder.is_dir():
            raise UserError(f"{folder} does not exist: the price list is a seed of the project.")
        return folder

    def var(self, name: str) -> Any:
        """A variable as dbt_project.yml sets it: for tokenmart alone, or for every package."""
        variables = _names(self.config.get("vars"), f"vars in {self.root / 'dbt_project.yml'}")
        own = variables.get("tokenmart")
        if isinstance(own, dict) and name in own:
            return own[name]
        return variables.get(name)

    def refuse_misspelt_variables(self) -> None:
        """Name a variable that no one reads and that is nearly one of ours."""
        variables = self.config.get("vars")
        if isinstance(variables, dict):
            refuse_misspelt(variables)

    def source_schema(self, source: str) -> str:
        """The schema that holds the raw tables of ``source``."""
        name = self.var(f"{source}_schema") or f"raw_{source}"
        if not isinstance(name, str) or "\0" in name:
            raise UserError(
                f"{source}_schema in {self.root / 'dbt_project.yml'} must be the name of a schema,"
                f" such as raw_{source}."
            )
        return name

    @cached_property
    def target(self) -> dict[str, Any]:
        """The connection that dbt would use, from profiles.yml."""
        name = self.profile
        path = self._profiles_dir / "profiles.yml"
        if not path.is_file():
            raise UserError(_no_profiles(self._profiles_dir, name))
        profiles = read_yaml(path)
        if name not in profiles:
            raise UserError(f"{path} has no profile named {name}; see profiles.yml.example.")
        profile = _names(profiles[name], f"The profile {name} in {path}")
        outputs = _names(profile.get("outputs"), f"outputs of the profile {name} in {path}")
        target = render(profile.get("target", "default"), f"{path}, profile {name}: target")
        output = str(os.environ.get("DBT_TARGET") or target)
        if output not in outputs:
            known = ", ".join(map(str, outputs)) or "none"
            raise UserError(f"Profile {name} in {path} has no target {output}; it has {known}.")
        where = f"{path}, profile {name}, target {output}"
        settings = _names(outputs[output], where)
        for key in ("password", "pass"):
            # dbt would show it
            if not isinstance(settings.get(key, ""), str | None):
                raise UserError(f"{where}: {key} is not text; put quotes around it.")
        return {
            # dbt takes a password that is no template as it is
            key: render(value, f"{where}: {key}", or_as_it_is=key == "password")
            for key, value in settings.items()
        }

    @property
    def duckdb_path(self) -> Path:
        """The warehouse file, relative paths counted from the project like dbt run there does."""
        if self.target["type"] != "duckdb":
            raise UserError(
                f"The dbt target is of type {self.target['type']}; this command works on DuckDB."
            )
        name = self.target.get("path")
        if not name or not isinstance(name, str) or "\0" in name:
            raise UserError("The dbt target has no path: name the DuckDB file in profiles.yml.")
        # "md:" is no file, "c:" one on a drive of Windows
        scheme = re.match(r"(:memory:|[a-zA-Z]\w+:)", name)
        if scheme:
            # without the rest, in which a token may be
            raise UserError(
                f"The path of the dbt target is {scheme[0]}, and tokenmart needs a DuckDB file: "
                "name one in TOKENMART_DUCKDB_PATH or profiles.yml."
            )
        try:
            path = self.root / Path(name).expanduser()
        except RuntimeError as error:
            raise UserError(f"The path of the dbt target is of an unknown user: {name}.") from error
        # DuckDB calls the database by its file, and then does not know which of the two is meant
        database = path.name.lstrip(".").split(".")[0].lower()
        if database in self._schemas:
            raise UserError(
                f"The file {path} has the same name as its schema {database}, so references to "
                "that schema would be ambiguous. Rename it, for example to tokenmart.duckdb."
            )
        return path

    @property
    def _schemas(self) -> set[str]:
        """The schemas of the sources, of the models as dbt names them, and the engine's own."""
        target = str(self.target.get("schema", "main"))
        models = {f"{target}_{part}" for part in ("staging", "ledger", "intermediate", "seeds")}
        sources = {self.source_schema(source) for source in NAMES}
        return {name.lower() for name in {"main", target} | models | sources}

    @property
    def target_path(self) -> Path:
        """Where dbt writes what it makes, and tokenmart too."""
        return self.root / os.environ.get("DBT_TARGET_PATH", "target")

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What dbt knew at its last run."""
        if not self.manifest_path.is_file():
            raise UserError(f"{self.manifest_path} does not exist: run `tokenmart build` first.")
        try:
            manifest = json.loads(_read_text(self.manifest_path))
        except (ValueError, RecursionError) as error:
            raise self.damaged_manifest() from error
        if not isinstance(manifest, dict):
            raise self.damaged_manifest()
        return manifest

    @property
    def manifest_path(self) -> Path:
        return self.target_path / "manifest.json"

    def damaged_manifest(self) -> UserError:
        """What to say of a manifest that dbt did not write like that."""
        return UserError(f"{self.manifest_path} is damaged: run `tokenmart build` again.")

    @property
    def _profiles_dir(self) -> Path:
        configured = os.environ.get("DBT_PROFILES_DIR")
        if configured:
            return Path(configured)
        if (self.root / "profiles.yml").is_file():
            return self.root
        home = Path.home() / ".dbt"
        return home if (home / "profiles.yml").is_file() else self.root


def _no_profiles(folder: Path, name: str) -> str:
    """What to say where dbt has no connection yet, with one that works."""
    return (
        f"There is no profiles.yml in {folder.resolve()}. Copy profiles.yml.example of tokenmart's "
        "repository there, or name its folder with DBT_PROFILES_DIR. For a DuckDB file three lines "
        f"are enough:\n{name}:\n  target: dev\n"
        "  outputs: {dev: {type: duckdb, path: tokenmart.duckdb, schema: analytics}}"
    )


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UserError(f"{path} cannot be read: {reason(error)}.") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not UTF-8 text: save it as UTF-8.") from error


def read_yaml(path: Path) -> dict[str, Any]:
    # the loader that dbt takes, so that it has nothing left to complain of
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        content = yaml.load(_read_text(path), loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        # without its own words, which show the line: a password may be in it
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1} or the one before" if mark else ""
        raise UserError(
            f"{path}{where}: this is not valid YAML. Put quotes around a value with special "
            "characters."
        ) from error
    return _names(content, str(path))


def _names(value: Any, what: str) -> dict[str, Any]:
    """A part of a file in which each value has a name; nothing is a part without any."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise UserError(f"{what} must consist of lines like `name: value`; correct it.")
    return value


def render(value: Any, where: str, *, or_as_it_is: bool = False) -> Any:
    """A value of a profile, with the calls of env_var in it answered as dbt answers them."""
    if isinstance(value, dict):
        return {key: render(each, f"{where}.{key}") for key, each in value.items()}
    if isinstance(value, list):
        return [render(each, where) for each in value]
    if not isinstance(value, str):
        return value
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
    environment.globals["env_var"] = partial(_env_var, where)
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


def _env_var(where: str, name: str, default: str | None = None) -> str:
    value = os.environ.get(name, default)
    if value is None:
        raise UserError(f"{where} asks for the environment variable {name}, which is not set.")
    return value
