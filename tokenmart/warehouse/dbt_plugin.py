"""Opens a DuckLake for dbt as the commands open it: a plugin of dbt-duckdb, named in profiles.yml.

It brings the extensions from their wheels, refuses more than one thread, and has a run that writes
wait for those of other processes.
"""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin
from dbt.adapters.factory import FACTORY
from dbt.flags import get_flags
from dbt_common.exceptions import DbtRuntimeError
from duckdb import DuckDBPyConnection

from tokenmart.errors import UserError
from tokenmart.warehouse.ducklake import DuckLake, data_path, extensions, refuse_threads

READS = {"compile", "debug", "docs", "generate", "list", "parse", "serve", "show", "test"}
"""Commands of dbt that write nothing into the database."""


class Plugin(BasePlugin):
    """What dbt-duckdb asks for when it connects."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        # dbt says nothing at its end: the lock is given back with the process
        self._held = ExitStack()

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Prepare for what dbt attaches next."""
        adapter: Any = FACTORY.adapters["duckdb"]
        try:
            refuse_threads(adapter.config.threads)
            for path in extensions():
                conn.execute(f"load '{path}'")
            for each in self._credentials.attach or []:
                if each.alias == self._credentials.database:
                    self._prepare(each)
        except UserError as error:
            raise DbtRuntimeError(str(error)) from error

    def configure_cursor(self, cursor: DuckDBPyConnection) -> None:
        """Let names without a database be those of the lake, as in the views that are in it."""
        cursor.execute(f"use {self._credentials.database}")

    @property
    def _credentials(self) -> Any:
        return self.creds

    def _prepare(self, attached: Any) -> None:
        folder = Path.cwd()
        lake = DuckLake.of({"path": attached.path, "alias": attached.alias}, folder, threads=1)
        if attached.options and "data_path" in attached.options:
            attached.options["data_path"] = data_path(attached.options["data_path"], folder)
        flags: Any = get_flags  # typed half
        if flags().WHICH not in READS:
            self._held.enter_context(lake.locked())
