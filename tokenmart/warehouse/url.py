"""A database's URL, told to libpq and dbt by the variables that both of them read."""

import re
from collections.abc import MutableMapping

from tokenmart.errors import UserError

VARIABLE = "TOKENMART_DATABASE_URL"

_FORM = re.compile(r"postgres(ql)?://([^@/]*@)?[^@?]*(\?.*)?")
"""Of a password with @ or / libpq would take a part for the host, the port or the database."""

_VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "sslrootcert": "PGSSLROOTCERT",
    "connect_timeout": "PGCONNECT_TIMEOUT",
    "application_name": "PGAPPNAME",
    "options": "PGOPTIONS",
}


def settings(name: str, url: str) -> dict[str, str]:
    """The settings of a URL that the variable ``name`` holds, by libpq's names."""
    try:
        import psycopg2
        from psycopg2.extensions import parse_dsn
    except ModuleNotFoundError as error:
        raise UserError(
            f"{name} needs {error.name}: install it with `pip install 'tokenmart[postgres]'`."
        ) from error
    try:
        # without what libpq says of a broken URL, because it repeats the URL, password and all
        found = parse_dsn(url) if _FORM.fullmatch(url) else {}
    except psycopg2.ProgrammingError:
        found = {}
    if not found or not re.fullmatch(r"\d*", found.get("port", "")):
        raise UserError(
            f"{name} is not like postgresql://user:password@host:5432/database; special "
            "characters in the parts must be percent-encoded (@ is %40, / is %2F, % is %25)."
        )
    return dict(found)


def adopt(environment: MutableMapping[str, str]) -> None:
    """Where TOKENMART_DATABASE_URL is set, set the PG* variables by it, and choose Postgres."""
    url = environment.get(VARIABLE)
    if not url:
        return
    found = settings(VARIABLE, url)
    unknown = sorted(found.keys() - _VARIABLES)
    if unknown:
        raise UserError(f"{VARIABLE} has the unknown setting {unknown[0]}: leave it out.")
    for name, value in found.items():
        environment[_VARIABLES[name]] = value
    environment.setdefault("TOKENMART_TARGET", "postgres")
