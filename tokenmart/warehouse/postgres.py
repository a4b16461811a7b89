"""A warehouse in a Postgres database."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg2
from psycopg2.errors import InsufficientPrivilege
from psycopg2.extensions import connection as Connection

from tokenmart.errors import UserError
from tokenmart.warehouse.base import Result, Session, Warehouse

_ALIASES = {"dbname": "database", "pass": "password"}
_SSL = ("sslmode", "sslcert", "sslkey", "sslrootcert")


@dataclass(frozen=True)
class PostgresDatabase(Warehouse):
    """A database on a server, reached by the settings of a dbt target."""

    settings: dict[str, Any]

    def _setting(self, name: str) -> str | None:
        """A setting, or none where libpq's own default is to decide, such as PGPASSFILE."""
        aliases = [alias for alias, meant in _ALIASES.items() if meant == name]
        values = (self.settings.get(key) for key in (name, *aliases))
        return next((str(value) for value in values if value not in (None, "")), None)

    @property
    def _address(self) -> str:
        return f"{self._setting('host') or 'localhost'}:{self._setting('port') or 5432}"

    @property
    def location(self) -> str:
        return f"postgresql://{self._setting('user')}@{self._address}/{self._setting('database')}"

    @property
    def url(self) -> str:
        # only the quality checks ask for it, and bring SQLAlchemy with them
        from sqlalchemy import URL

        host, port = self._setting("host"), self._setting("port")
        # a socket's folder is no host name, and libpq takes it from the query only
        socket = {"host": host} if host and host.startswith("/") else {}
        url = URL.create(
            "postgresql+psycopg2",
            username=self._setting("user"),
            password=self._setting("password"),
            host=None if socket else host,
            port=int(port) if port else None,
            database=self._setting("database"),
            query=socket | self._ssl | {"options": self._read_only},
        )
        return url.render_as_string(hide_password=False)

    @property
    def _read_only(self) -> str:
        """Settings of a session that looks and does not touch, by the role that dbt would take."""
        settings = {"timezone": "UTC", "default_transaction_read_only": "on"}
        if role := self._setting("role"):
            settings["role"] = role.replace("\\", "\\\\").replace(" ", "\\ ")
        return " ".join(f"-c {name}={value}" for name, value in settings.items())

    @property
    def _parameters(self) -> dict[str, Any]:
        names = {name: name for name in ("host", "port", "user", "password")}
        names["dbname"] = "database"
        return self._ssl | {
            **{parameter: self._setting(name) for parameter, name in names.items()},
            "connect_timeout": self._setting("connect_timeout") or 10,
            "application_name": "tokenmart",
            "options": "-c timezone=UTC",
        }

    @property
    def _ssl(self) -> dict[str, str]:
        settings = {name: self._setting(name) for name in _SSL}
        return {name: value for name, value in settings.items() if value}

    def refuse_if_unusable(self) -> None:
        """Connect for a moment."""
        with self.connect():
            pass

    @contextmanager
    def read(self) -> Iterator[Session]:
        with self.connect() as connection:
            connection.set_session(readonly=True, autocommit=True)
            yield PostgresSession(connection)

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """A connection, with a transaction open from its first statement; it speaks UTC."""
        try:
            connection = psycopg2.connect(**self._parameters)
        except psycopg2.OperationalError as error:
            raise UserError(self._complaint(str(error))) from error
        with closing(connection):
            if role := self._setting("role"):
                with connection.cursor() as cursor:
                    cursor.execute("select set_config('role', %s, false)", [role])
                connection.commit()
            yield connection

    def _complaint(self, message: str) -> str:
        """What to say of a failed connection; libpq tells the reasons apart in words only."""
        user, database = self._setting("user"), self._setting("database")
        if "no password supplied" in message:
            return f"Postgres at {self._address} wants a password of {user}: set PGPASSWORD."
        if "authentication failed" in message:
            return (
                f"Postgres at {self._address} refused the password of the user {user}: "
                "correct PGUSER and PGPASSWORD."
            )
        if f'role "{user}" does not exist' in message:
            return f"Postgres at {self._address} has no user {user}: correct PGUSER."
        if f'database "{database}" does not exist' in message:
            return (
                f"Postgres at {self._address} has no database {database}: "
                f"create it with `createdb {database}`, or correct PGDATABASE."
            )
        reason = message.strip().splitlines()[0]
        return (
            f"Postgres at {self._address} cannot be reached as {user}: {reason}. "
            "Start it, or correct PGHOST and PGPORT."
        )


class PostgresSession(Session):
    """A connection to a Postgres database."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.database = connection.info.dbname

    def query(self, sql: str) -> Result:
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(sql)
                columns = tuple(column.name for column in cursor.description or ())
                return Result(columns, cursor.fetchall())
        except InsufficientPrivilege as error:
            raise UserError(
                f"The user {self._connection.info.user} may not look into {self.database}: "
                f"{error.diag.message_primary}. Grant it usage on the schema and select on it."
            ) from error
