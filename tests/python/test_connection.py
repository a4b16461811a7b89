"""How the commands find a Postgres, and what they say when they may not in."""

import re
from pathlib import Path

import pytest
from dbt_process import IS_PLAIN
from landing import write_events
from postgres import PostgresWarehouse, Server
from warehouses import ROOT

from tokenmart.errors import UserError
from tokenmart.warehouse.url import adopt

PASSWORD = "p@ss/w:rd %"
ENCODED = "p%40ss%2Fw%3Ard%20%25"


class Client(PostgresWarehouse):
    """A warehouse that is reached with other variables than the server's own."""

    changes: dict[str, str | None]

    def __init__(self, folder: Path, server: Server) -> None:
        super().__init__(folder, server)
        self.changes = {}

    @property
    def environment(self) -> dict[str, str]:
        changed = super().environment | self.changes
        return {name: value for name, value in changed.items() if value is not None}

    def refusal(self, *command: str) -> str:
        """What a command that cannot do its work says."""
        # where another module is to be imported
        result = self.tokenmart(*command, plainly=IS_PLAIN or "PYTHONPATH" in self.changes)
        said = " ".join((result.stdout + result.stderr).split())
        assert result.returncode == 2, said
        assert "Traceback" not in said
        assert PASSWORD not in said
        assert ENCODED not in said
        return said


@pytest.fixture(scope="module")
def guest(postgres_server: Server) -> str:
    """A role that is let in with its password only."""
    name = "guest"
    with postgres_server.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"create role {name} login password %s", [PASSWORD])
        cursor.execute("show hba_file")
        ((path,),) = cursor.fetchall()
        rules = Path(path).read_text()
        Path(path).write_text(f"local all {name} scram-sha-256\n{rules}")
        cursor.execute("select pg_reload_conf()")
    return name


@pytest.fixture
def client(postgres_server: Server, tmp_path: Path) -> Client:
    return Client(tmp_path / "client", postgres_server)


@pytest.fixture
def commands(folder: Path) -> list[list[str]]:
    """Those that open the warehouse."""
    write_events(folder, "1,7,m,2024-05-01")
    return [["land", str(folder)], ["build"], ["summary"]]


def test_every_command_names_a_wrong_password_and_a_missing_one(
    client: Client, guest: str, commands: list[list[str]]
) -> None:
    client.changes = {"PGUSER": guest, "PGPASSWORD": "guess"}
    for command in commands:
        assert f"refused the password of the user {guest}: correct" in client.refusal(*command)
    client.changes = {"PGUSER": guest}
    assert f"requires a password for the user {guest}: set PGPASSWORD." in client.refusal("summary")


def test_every_command_names_a_database_that_is_not_there(
    client: Client, commands: list[list[str]]
) -> None:
    client.changes = {"PGDATABASE": "nowhere"}
    for command in commands:
        said = client.refusal(*command)
        assert "has no database nowhere: create it with `createdb nowhere`" in said


def test_every_command_says_that_no_server_answers(
    client: Client, commands: list[list[str]], tmp_path: Path
) -> None:
    client.changes = {"PGHOST": str(tmp_path), "PGPORT": "5999"}
    for command in commands:
        said = client.refusal(*command)
        assert f"Postgres at {tmp_path}:5999 cannot be reached as postgres" in said
        assert "Start it, or correct PGHOST and PGPORT." in said


def test_a_user_that_is_not_there_is_named(client: Client) -> None:
    client.changes = {"PGUSER": "nobody"}
    assert "has no user nobody: correct PGUSER." in client.refusal("summary")


def test_every_command_says_what_a_user_may_not(
    client: Client, guest: str, commands: list[list[str]]
) -> None:
    client.changes = {"PGUSER": guest, "PGPASSWORD": PASSWORD}
    land, build = (client.refusal(*command) for command in commands[:2])
    assert f"The user {guest} may not write to the database {client.database}" in land
    assert f"`grant create on database {client.database} to {guest}`" in land
    assert f"The user {guest} may not create schemas in the database {client.database}" in build
    client.execute(
        f"grant create on database {client.database} to {guest};"
        f"alter database {client.database} set default_transaction_read_only = on"
    )
    assert f"The database {client.database} at" in client.refusal("build")


def test_the_warehouse_that_is_looked_at_is_the_one_that_dbt_builds_in(
    client: Client, guest: str
) -> None:
    client.changes = {"PGUSER": guest, "PGPASSWORD": "guess", "TOKENMART_TARGET": "duckdb"}
    for option in (["--target", "postgres"], ["-t", "postgres"], ["--target=postgres"]):
        assert "refused the password" in client.refusal("build", *option)
    other = client.folder / "other"
    other.mkdir()
    profile = (client.folder / "profiles.yml").read_text()
    (other / "profiles.yml").write_text(profile.replace("'duckdb'", "'postgres'"))
    client.changes["TOKENMART_TARGET"] = None
    assert "refused the password" in client.refusal("build", "--profiles-dir", str(other))
    assert "has no profile named theirs" in client.refusal("build", "--profile", "theirs")
    assert "has no target nowhere" in client.refusal("build", "--target", "nowhere")


@pytest.mark.parametrize(
    "form",
    [
        "postgresql://{user}:{password}@/{database}?host={host}",
        "postgres://{user}:{password}@{encoded_host}/{database}?sslmode=disable",
        "postgresql:///{database}?host={host}&user={user}&password={password}",
    ],
)
def test_a_url_reaches_the_database_for_land_and_for_dbt(
    client: Client, guest: str, commands: list[list[str]], form: str
) -> None:
    host = client.environment["PGHOST"]
    url = form.format(
        user=guest,
        password=ENCODED,
        host=host,
        encoded_host=host.replace("/", "%2F"),
        database=client.database,
    )
    client.execute(f"grant create on database {client.database} to {guest}")
    variables = ("PGHOST", "PGUSER", "PGDATABASE", "TOKENMART_TARGET")
    client.changes = dict.fromkeys(variables) | {"TOKENMART_DATABASE_URL": url}
    result = client.tokenmart(*commands[0])
    assert result.returncode == 0, result.stderr
    assert client.rows("select id from raw_provider.usage_events") == [(1,)]


URL_PARTS: dict[str, dict[str, str]] = {
    "postgresql://me:secret@db.example:6432/mart": {
        "PGHOST": "db.example",
        "PGPORT": "6432",
        "PGUSER": "me",
        "PGPASSWORD": "secret",
        "PGDATABASE": "mart",
    },
    "postgres://me@db.example/mart": {
        "PGHOST": "db.example",
        "PGUSER": "me",
        "PGDATABASE": "mart",
    },
    "postgresql://db.example": {"PGHOST": "db.example"},
    "postgresql://[::1]:6432/mart": {"PGHOST": "::1", "PGPORT": "6432", "PGDATABASE": "mart"},
    "postgresql://%2Ftmp%2Fsocket/mart": {"PGHOST": "/tmp/socket", "PGDATABASE": "mart"},
    "postgresql://me:p:a#s?s@h/d": {
        "PGHOST": "h",
        "PGUSER": "me",
        "PGPASSWORD": "p:a#s?s",
        "PGDATABASE": "d",
    },
    f"postgresql://me:{ENCODED}@h/d": {
        "PGHOST": "h",
        "PGUSER": "me",
        "PGPASSWORD": PASSWORD,
        "PGDATABASE": "d",
    },
    "postgresql://h/d?sslmode=verify-full&sslrootcert=/ca.pem&connect_timeout=3": {
        "PGHOST": "h",
        "PGDATABASE": "d",
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": "/ca.pem",
        "PGCONNECT_TIMEOUT": "3",
    },
}


@pytest.mark.parametrize("url", URL_PARTS)
def test_a_url_sets_what_it_says_and_leaves_the_rest(url: str) -> None:
    environment = {"TOKENMART_DATABASE_URL": url}
    adopt(environment)
    chosen = {"TOKENMART_DATABASE_URL": url, "TOKENMART_TARGET": "postgres"}
    assert environment == chosen | URL_PARTS[url]


def test_a_target_that_is_chosen_stands_beside_a_url() -> None:
    environment = {"TOKENMART_DATABASE_URL": "postgresql://h/d", "TOKENMART_TARGET": "production"}
    adopt(environment)
    assert environment["TOKENMART_TARGET"] == "production"


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mysql://me:secret@h/d", "is not like postgresql://user:password@host:5432/database"),
        ("postgresql://me:se%zzcret@h/d", "must be percent-encoded"),
        ("host=h password=secret", "is not like postgresql://"),
        ("postgresql://me:p@secret@h/d", "(@ is %40, / is %2F, % is %25)"),
        ("postgresql://me:p/secret@h/d", "must be percent-encoded"),
        ("postgresql://me:p/1@secret@h:5432/d", "must be percent-encoded"),
        ("postgresql://me:p?secret=/x@h/d", "must be percent-encoded"),
        ("postgresql://me:secret", "is not like postgresql://user:password@host"),
        ("postgresql://h/d?password=p&secret", "must be percent-encoded"),
        ("postgresql://h/d?colour=secret", "must be percent-encoded"),
        ("postgresql://h/d?krbsrvname=secret", "has the unknown setting krbsrvname: leave it out"),
    ],
)
def test_a_url_that_is_none_is_refused_without_being_repeated(url: str, sentence: str) -> None:
    with pytest.raises(UserError) as refusal:
        adopt({"TOKENMART_DATABASE_URL": url})
    assert sentence in str(refusal.value)
    assert "secret" not in str(refusal.value)


def test_a_driver_that_is_not_installed_is_named(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "psycopg2.py").write_text(
        "raise ModuleNotFoundError(\"No module named 'psycopg2'\", name='psycopg2')"
    )
    path = f"{tmp_path}:{client.environment.get('PYTHONPATH', '')}"
    client.changes = {"PYTHONPATH": path}
    advice = "install it with `pip install 'tokenmart[postgres]'`"
    assert advice in client.refusal("summary")
    client.changes["TOKENMART_DATABASE_URL"] = "postgresql://h/d"
    assert advice in client.refusal("summary")


@pytest.mark.drawn(3, of="documents that are run as they are written")
def test_the_demo_runs_on_postgres_as_its_page_says_and_lands_again(
    client: Client, folder: Path
) -> None:
    page = (ROOT / "docs" / "postgres.md").read_text()
    export, demo = re.findall(r"```console\n(.*?)\n(.*?)\n```", page, flags=re.DOTALL)[0]
    variable, url = export.removeprefix("export ").split("=", 1)
    host, database = client.environment["PGHOST"], client.database
    adopt({variable: url})
    client.changes = {variable: f"postgresql://postgres@/{database}?host={host}"}
    command = demo.removeprefix(".venv/bin/tokenmart ").split()
    result = client.tokenmart(*command)
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    assert result.stdout.startswith("Total cost  $")
    assert f"postgresql://postgres@/{database}?host={host}" in result.stdout

    questions = (ROOT / "docs" / "questions.md").read_text(encoding="utf-8")
    for query in re.findall(r"```sql\n(.*?)```", questions, flags=re.DOTALL):
        assert client.rows(query) or query.startswith("-- nothing without"), query

    staged = "select count(*) from analytics_staging.stg_provider__usage_events"
    before = client.rows(staged)
    sample = str(ROOT / "build" / "sample")
    assert client.tokenmart("land", sample).returncode == 0
    assert client.tokenmart("land", sample, "--append").returncode == 0
    assert client.rows(staged) == before

    write_events(folder, "1,7,m,2024-05-01")
    assert "holds real data, but" in client.refusal("land", str(folder))
