"""A warehouse in a Postgres database."""

import os
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg2
from psycopg2.errors import (
    DiskFull,
    InsufficientPrivilege,
    LockNotAvailable,
    ReadOnlySqlTransaction,
)
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from tokenmart.errors import UserError, first_line
from tokenmart.warehouse.base import Result, Session, Warehouse

_ALIASES = {"dbname": "database", "pass": "password"}
_SSL = ("sslmode", "sslcert", "sslkey", "sslrootcert")
_MORE = "is more than a name: put a URL into TOKENMART_DATABASE_URL,"
_PATIENCE = "60s"
"""How long a write waits for a table that another session holds."""


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
        user, database = self._setting("user"), self._setting("database")
        host, port = self._setting("host") or "localhost", self._setting("port") or 5432
        if host.startswith("/"):
            return f"postgresql://{user}@/{database}?host={host}&port={port}"
        return f"postgresql://{user}@{host}:{port}/{database}"

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
        options = [_options(), "-c default_transaction_read_only=on"]
        if role := self._setting("role"):
            options.append("-c role=" + role.replace("\\", "\\\\").replace(" ", "\\ "))
        return " ".join(options)

    @property
    def _parameters(self) -> dict[str, Any]:
        names = {name: name for name in ("host", "port", "user", "password")}
        names["dbname"] = "database"
        return self._ssl | {
            **{parameter: self._setting(name) for parameter, name in names.items()},
            "connect_timeout": self._setting("connect_timeout")
            or os.environ.get("PGCONNECT_TIMEOUT", "10"),
            "fallback_application_name": "tokenmart",
            "client_encoding": "UTF8",
            "options": _options(),
        }

    @property
    def _ssl(self) -> dict[str, str]:
        settings = {name: self._setting(name) for name in _SSL}
        return {name: value for name, value in settings.items() if value}

    def refuse_if_unusable(self) -> None:
        """Connect for a moment, and ask for what the first of dbt's steps needs."""
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(
                "select current_setting('transaction_read_only') = 'on', "
                "has_database_privilege(current_database(), 'create') "
                "or exists (select from pg_namespace where starts_with(nspname, %s))",
                [self._setting("schema")],
            )
            # where some of dbt's schemas are there, it knows best which it still has to create
            only_reads, may_build = cursor.fetchone() or (False, True)
        user, database = self._setting("user"), self._setting("database")
        if only_reads:
            raise UserError(
                f"The database {database} at {self._address} is read only: it is a replica, or "
                "set to be so (default_transaction_read_only). Name one that takes writes."
            )
        if not may_build:
            raise UserError(
                f"The user {user} may not create schemas in the database {database}: "
                f"`grant create on database {database} to {user}`, or name a user who may."
            )

    @contextmanager
    def read(self) -> Iterator[Session]:
        with self.connect() as connection:
            connection.set_session(readonly=True, autocommit=True)
            try:
                yield PostgresSession(connection)
            except psycopg2.Error as error:
                reason = error.diag.message_primary or str(error).strip()
                raise UserError(
                    f"Postgres at {self._address} could not run a query: {reason}."
                ) from error

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """A connection, with a transaction open from its first statement; it speaks UTC."""
        self._refuse_more_than_names()
        try:
            connection = psycopg2.connect(**self._parameters)
        except (psycopg2.Error, ValueError) as error:
            raise UserError(self._complaint(str(error))) from error
        with closing(connection):
            if role := self._setting("role"):
                self._take(connection, role)
            yield connection

    def _take(self, connection: Connection, role: str) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("select set_config('role', %s, false)", [role])
            connection.commit()
        except psycopg2.Error as error:
            raise UserError(
                f"The user {self._setting('user')} cannot take the role {role}: "
                f"{first_line(error)}. Correct the role in profiles.yml, or grant it."
            ) from error

    @contextmanager
    def transaction(self) -> Iterator[Cursor]:
        """A transaction that writes: all of it, or nothing and a sentence that says why."""
        with self.connect() as connection:
            try:
                with connection, connection.cursor() as cursor:
                    cursor.execute(
                        "set local lock_timeout = %s; set local statement_timeout = 0", [_PATIENCE]
                    )
                    yield cursor
            except psycopg2.Error as error:
                raise UserError(self._refusal(error, is_lost=bool(connection.closed))) from error

    def _refuse_more_than_names(self) -> None:
        """Refuse a URL where a name belongs: it would be shown, and the password in it."""
        host, database = self._setting("host") or "", self._setting("database") or ""
        if not host.startswith("/") and re.search(r"[@=\s]|://", host):
            raise UserError(f"The host of the dbt target {_MORE} or correct PGHOST.")
        if re.search("=|://", database):
            raise UserError(f"The dbname of the dbt target {_MORE} or correct PGDATABASE.")

    def _refusal(self, error: psycopg2.Error, *, is_lost: bool) -> str:
        """What to say of a write that Postgres did not do."""
        if is_lost:
            return (
                f"The connection to Postgres at {self._address} was lost during the write, "
                "which Postgres rolled back. Try again."
            )
        reason = error.diag.message_primary or str(error)
        if isinstance(error, InsufficientPrivilege):
            user, database = self._setting("user"), self._setting("database")
            return (
                f"The user {user} may not write to the database {database}: {reason}. Let it own "
                f"the raw tables and create schemas (`grant create on database {database} to "
                f"{user}`), or name a user who may. Nothing was changed."
            )
        advice: dict[type[psycopg2.Error], str] = {
            ReadOnlySqlTransaction: "It is a replica, or set to be read only; name one that takes "
            "writes.",
            LockNotAvailable: "Another session is using a table, such as a running dbt; wait for "
            "it, and try again.",
            DiskFull: "Make room on the server's disk, and try again.",
        }
        return (
            f"Postgres at {self._address} refused the write: {reason}. "
            f"{advice.get(type(error), 'Nothing was changed.')}"
        )

    def _complaint(self, message: str) -> str:
        """What to say of a failed connection; libpq tells the reasons apart in words only."""
        user, database = self._setting("user"), self._setting("database")
        if "no password supplied" in message:
            return (
                f"Postgres at {self._address} requires a password for the user {user}: "
                "set PGPASSWORD."
            )
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


def _options() -> str:
    """Options of the session: what the user sets for every client, and UTC."""
    return f"{os.environ.get('PGOPTIONS', '')} -c timezone=UTC".strip()


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
