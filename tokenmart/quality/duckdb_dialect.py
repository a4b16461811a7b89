"""DuckDB for Great Expectations.

Great Expectations reads a result after its connection was closed, which duckdb-engine's cursors do
not survive. This dialect, ``duckdb+buffered://``, fetches the rows as soon as a statement has run.
It pools no file, so that it is free again when the checks are done.
"""

from typing import Any

from duckdb_engine import Dialect
from sqlalchemy import URL, NullPool, Pool, QueuePool
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg2 import PGExecutionContext_psycopg2
from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy


class BufferedExecutionContext(PGExecutionContext_psycopg2):
    """Keeps the rows of a statement, so that they outlive its connection."""

    def post_exec(self) -> None:
        super().post_exec()
        description = self.cursor.description
        if description:
            self.cursor_fetch_strategy = FullyBufferedCursorFetchStrategy(
                self.cursor,
                alternate_description=description,
                initial_buffer=self.cursor.fetchall(),
            )


class BufferedDialect(Dialect):
    """duckdb-engine's dialect with buffered results."""

    execution_ctx_cls = BufferedExecutionContext
    supports_statement_cache = False

    def connect(self, *arguments: Any, **parameters: Any) -> Any:
        """Connect, and send the statements that the URL names as the opening ones."""
        settings = dict(parameters.pop("url_config", {}))
        opening = settings.pop("opening", "")
        connection = super().connect(*arguments, url_config=settings, **parameters)
        connection.execute(opening)
        return connection

    @classmethod
    def get_pool_class(cls, url: URL) -> type[Pool]:
        # what takes statements to open holds no file
        return QueuePool if "opening" in url.query else NullPool


def register() -> None:
    """Make ``duckdb+buffered://`` known to SQLAlchemy."""
    registry.register("duckdb.buffered", __name__, BufferedDialect.__name__)
