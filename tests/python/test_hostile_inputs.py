"""Hostile input ends with exit status 2 and a sentence, and leaves the warehouse as it was.

A case is a line: its id, what is damaged, the command, and what the sentence must say.
"""

import gzip
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from postgres import PostgresWarehouse, Server
from tokenmart_process import run_tokenmart
from warehouses import ROOT, Warehouse

from tokenmart.dbt import run_dbt
from tokenmart.errors import UserError
from tokenmart.land import land
from tokenmart.project import Project

PROFILE = "tokenmart: {{target: dev, outputs: {{dev: {{type: duckdb, schema: analytics, {}}}}}}}"
EVENT = "id,key_id,model,timestamp"
ROW = "1,7,m,2024-05-01"
TRACE = "TIMESTAMP,ContextTokens,GeneratedTokens\n2024-05-01,1,2\n"
LITELLM = '{"gpt-4o": {"litellm_provider": "openai", "input_cost_per_token": 1e-6}}'
LAND = "land delivery"
LONG = "x" * 300
HALF = gzip.compress(EVENT.encode() * 100)[:-8]
ENDLESS = "[" * 2_000
BYTES = bytes(range(256))
OTHERS = ("DBT_", "PG", "TOKENMART_DATABASE", "TOKENMART_DUCKDB", "TOKENMART_TARGET")


class Place:
    """A project in a folder of its own, a folder to land, and a warehouse that holds rows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.warehouse = folder / "warehouse.duckdb"
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith(OTHERS)
        } | {"COLUMNS": "200", "HOME": str(folder), "TOKENMART_TEST_FILE_BYTES": "1000000000"}
        for name, content in {
            "dbt_project.yml": "name: tokenmart\nprofile: tokenmart\n",
            "profiles.yml": PROFILE.format("path: warehouse.duckdb"),
            "delivery/usage_events.csv": f"{EVENT}\n{ROW}\n",
        }.items():
            file(name, content)(self)

    def tokenmart(self, command: str) -> subprocess.CompletedProcess[str]:
        return run_tokenmart(shlex.split(command), self.folder, self.environment, plainly=False)

    def state(self) -> Any:
        """What must not change; of a file that this user may not read, its size and time."""
        if not self.warehouse.is_file():
            return None
        if not os.access(self.warehouse, os.R_OK):
            return self.warehouse.stat().st_size, self.warehouse.stat().st_mtime_ns
        return self.warehouse.read_bytes()


class PostgresPlace(Place):
    """The same, with a database on a server."""

    def __init__(self, folder: Path, database: PostgresWarehouse) -> None:
        super().__init__(folder)
        self.database = database
        self.environment |= database.server.environment(database.database)
        self.environment["TOKENMART_TARGET"] = "postgres"
        # the socket belongs to the user that the server runs as
        del self.environment["TOKENMART_TEST_FILE_BYTES"]
        shutil.copy(ROOT / "profiles.yml.example", folder / "profiles.yml")

    def state(self) -> Any:
        return self.database.rows(
            "select table_schema, table_name from information_schema.tables"
            " where table_schema like 'raw%'"
        ), self.database.rows("table raw_provider.usage_events")


Damage = Callable[[Any], Any]


def nothing(_: Place) -> None:
    """The command is wrong enough."""


def file(name: str, content: str | bytes) -> Damage:
    def write(place: Place) -> None:
        path = place.folder / name
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    return write


def events(content: str | bytes, ending: str = "csv") -> Damage:
    """The file to be landed."""
    return all_of(
        without("delivery/usage_events.csv"), delivered(f"usage_events.{ending}", content)
    )


def delivered(name: str, content: str | bytes = f"{EVENT}\n") -> Damage:
    return file(f"delivery/{name}", content)


def values(names: str, *given: str) -> Damage:
    """An event that has these values, too."""
    return events(f"{EVENT},{names}\n{ROW},{','.join(given)}\n")


def parquet(**changed: str) -> Damage:
    """A Parquet file whose columns are these SQL expressions."""
    columns = {"id": "1", "key_id": "7", "model": "'m'", "timestamp": "now()"} | changed
    listed = ", ".join(f"{sql} as {name}" for name, sql in columns.items())

    def write(place: Place) -> None:
        without("delivery/usage_events.csv")(place)
        path = place.folder / "delivery" / "usage_events.parquet"
        duckdb.execute(f"copy (select {listed} from range(9000)) to '{path}' (format parquet)")

    return write


def cut(name: str, start: float, end: float) -> Damage:
    """A file of which a part is lost, its bytes from one share of them to another."""

    def write(place: Place) -> None:
        path = place.folder / name
        content = path.read_bytes()
        path.write_bytes(content[: int(len(content) * start)] + content[int(len(content) * end) :])

    return write


def flipped(name: str, at: float) -> Damage:
    """A file with other bytes at a share of it, and so on to its end."""

    def write(place: Place) -> None:
        content = bytearray((place.folder / name).read_bytes())
        step = max(len(content) // 500, 4096)
        for start in range(int(len(content) * at), len(content), step):
            content[start : start + 64] = bytes(255 - byte for byte in content[start : start + 64])
        (place.folder / name).write_bytes(content)

    return write


def damaged(*names: str) -> Damage:
    """A database that opens, and in which the blocks of these tables are not as they were."""

    def write(place: Place) -> None:
        listed = " union ".join(
            f"select block_id from pragma_storage_info('{name}') where block_id >= 0"
            for name in names
        )
        with duckdb.connect(str(place.warehouse), read_only=True) as connection:
            blocks = connection.execute(listed).fetchall()
        content = bytearray(place.warehouse.read_bytes())
        for (block,) in blocks:
            # three headers come first
            start = 3 * 4096 + block * 262_144 + 2048
            content[start : start + 64] = bytes(255 - byte for byte in content[start : start + 64])
        assert blocks
        place.warehouse.write_bytes(content)

    return write


def without(name: str) -> Damage:
    return lambda place: (place.folder / name).unlink()


def folder(name: str) -> Damage:
    def make(place: Place) -> None:
        (place.folder / name).unlink(missing_ok=True)
        (place.folder / name).mkdir()

    return make


def fifo(name: str) -> Damage:
    def make(place: Place) -> None:
        (place.folder / name).unlink(missing_ok=True)
        os.mkfifo(place.folder / name)

    return make


def link(name: str, to: str) -> Damage:
    def make(place: Place) -> None:
        (place.folder / name).unlink(missing_ok=True)
        (place.folder / name).symlink_to(to)

    return make


def mode(name: str, mode: int) -> Damage:
    return lambda place: (place.folder / name).chmod(mode)


def env(**variables: str) -> Damage:
    return lambda place: place.environment.update(variables)


def project(text: str) -> Damage:
    return file("dbt_project.yml", f"profile: tokenmart\n{text}")


def profile(settings: str) -> Damage:
    return file("profiles.yml", PROFILE.format(settings))


def profiles(text: str) -> Damage:
    return file("profiles.yml", text)


def manifest(text: str | bytes) -> Damage:
    return file("target/manifest.json", text)


def seeds(**changed: str | bytes) -> Damage:
    """The price seeds, some with other content."""

    def write(place: Place) -> None:
        shutil.copytree(ROOT / "seeds", place.folder / "seeds")
        for name, content in changed.items():
            file(f"seeds/{name}.csv", content)(place)

    return write


def sql(statement: str) -> Damage:
    def run(place: Place) -> None:
        with duckdb.connect(str(place.warehouse)) as connection:
            connection.execute(statement)

    return run


def locked(place: Place) -> None:
    hold = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print(flush=True); input()"
    holder = subprocess.Popen(
        [sys.executable, "-c", hold, place.warehouse],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    place.holder = holder  # type: ignore[attr-defined]


def all_of(*damages: Damage) -> Damage:
    return lambda place: [damage(place) for damage in damages]


Case = tuple[str, Damage, str, str]

ARGUMENTS: list[Case] = [
    ("no command", nothing, "''", "The value after tokenmart is empty"),
    ("unknown command", nothing, "lnad", "No such command 'lnad'"),
    ("unknown option", nothing, "land delivery --colour", "No such option: --colour"),
    ("land nothing", nothing, "land", "Missing argument 'PATH...'"),
    ("land an empty name", nothing, "land ''", "The value after land is empty"),
    ("land one too many", nothing, "land delivery more", "There is no file or folder more"),
    ("land nowhere", nothing, "land nowhere", "There is no file or folder nowhere"),
    ("land another file", nothing, "land profiles.yml", "its name must end in .csv, .parquet"),
    ("land a device", nothing, "land /dev/null", "There is no file or folder /dev/null"),
    ("land a pipe", fifo("pipe"), "land pipe", "There is no file or folder pipe"),
    ("land a dangling link", link("to", "nowhere"), "land to", "There is no file or folder to"),
    ("land a link to itself", link("to", "to"), "land to", "There is no file or folder to"),
    ("land as nothing", nothing, "land delivery --as csv", "There is no format csv; those that"),
    (
        "land as another",
        delivered("a.json", b'{"object": "page"}'),
        "land delivery/a.json --as openai-costs",
        "a.json is not of the format openai-costs: its page has no list `data`",
    ),
    ("land a long name", nothing, f"land {LONG}", "File name too long"),
    ("land another alphabet", nothing, "land 使用量", "There is no file or folder 使用量"),
    ("land no UTF-8", nothing, "land 'a\udcffb'", "There is no file or folder a"),
    ("land an empty folder", folder("empty"), "land empty", "There is no data file in empty"),
    ("land a closed folder", mode("delivery", 0), LAND, "path 'delivery' is not readable"),
    ("a switch with a value", nothing, "land delivery --append=yes", "does not take a value"),
    ("no project", nothing, "land delivery --project-dir no", "There is no dbt_project.yml in"),
    ("empty project", nothing, "summary --project-dir=", "value after --project-dir= is empty"),
    ("sample nowhere", nothing, "sample", "Missing option '--out'"),
    ("sample over an export", nothing, "sample --out delivery", "exists already and is not"),
    ("sample over a file", nothing, "sample --out profiles.yml", "is not a folder: name another"),
    ("sample in a file", nothing, "sample --out profiles.yml/x", "profiles.yml/x: Not a directory"),
    ("sample over a link", link("to", "no"), "sample --out to", "to: File exists"),
    ("sample of no day", nothing, "sample --out o --days 0", "at least one day, not 0"),
    ("sample of a word", nothing, "sample --out o --days x", "Invalid value for '--days'"),
    ("sample of no row", nothing, "sample --out o --rows-per-day 0", "at least one row a day"),
    ("sample to no day", nothing, "sample --out o --end 2026-02-31", "Invalid value for '--end'"),
    ("sample of a format", nothing, "sample --out o --format xls", "Invalid value for '--format'"),
    ("trace nothing", nothing, "trace --out o", "Missing argument"),
    ("trace nowhere", nothing, "trace no.csv --out o", "There is no file no.csv"),
    ("trace a folder", nothing, "trace delivery --out o", "There is no file delivery"),
    ("trace a long name", nothing, f"trace {LONG} --out o", "File name too long"),
    ("trace into files", file("t.csv", TRACE), "trace t.csv --out delivery", "not an empty folder"),
    ("trace in a file", file("t.csv", TRACE), "trace t.csv --out t.csv/x", "Not a directory"),
    ("trace of no model", nothing, "trace t.csv --out o --model ''", "after --model is empty"),
    ("trace of a format", nothing, "trace t.csv --out o --format x", "Invalid value for '--form"),
    ("trace of text", nothing, "trace dbt_project.yml --out o", "its name must end in .csv"),
    ("audit a word", nothing, "audit all", "unexpected extra argument"),
    ("audit two projects", nothing, "audit --project-dir . --project-dir no", "no dbt_project.yml"),
    ("summary a word", nothing, "summary all", "unexpected extra argument"),
    ("validate facts", nothing, "validate --only facts", "'sources', 'validated', 'marts'"),
    ("validate never", nothing, "validate --fail-on never", "'error', 'warning'"),
    ("report to a file", nothing, "validate --json x.json", "unexpected extra argument"),
    ("build nowhere", nothing, "build --target nowhere", "has no target nowhere; it has dev"),
    ("build for no profile", nothing, "build --profile none", "has no profile named none"),
    ("build elsewhere", nothing, "build --profiles-dir no", "There is no profiles.yml in"),
    ("demo a word", nothing, "demo all", "unexpected extra argument"),
    ("demo nowhere", nothing, "demo --project-dir no", "There is no dbt_project.yml in"),
    ("prices of a word", nothing, "prices guess", "No such command 'guess'"),
    ("prices without seeds", nothing, "prices check", "seeds does not exist: the price list is"),
    (
        "refresh no provider",
        seeds(),
        "prices refresh --provider no",
        "genai-prices has no provider no",
    ),
    ("compare nothing", seeds(), "prices compare", "Missing argument"),
    ("compare nowhere", seeds(), "prices compare no.json", "no.json cannot be read: No such file"),
    ("compare a folder", seeds(), "prices compare seeds", "seeds cannot be read: Is a directory"),
    ("compare no day", seeds(), "prices compare a --on 2026-02-31", "Invalid value for '--on'"),
    ("add nothing", seeds(), "prices add --catalog a --source b", "Missing argument"),
]

ENVIRONMENT: list[Case] = [
    ("no profile", env(DBT_PROFILE="none"), "summary", "has no profile named none"),
    ("no target", env(DBT_TARGET="none"), "summary", "has no target none; it has dev"),
    ("no profiles", env(DBT_PROFILES_DIR="/no"), "summary", "There is no profiles.yml in /no"),
    ("empty target path", env(DBT_TARGET_PATH=""), "audit", "run `tokenmart build` first"),
    ("target path", env(DBT_TARGET_PATH="/dev/null"), "audit", "run `tokenmart build` first"),
    ("url of MySQL", env(TOKENMART_DATABASE_URL="mysql://h/d"), "audit", "is not like postgresql"),
    ("url of spaces", env(TOKENMART_DATABASE_URL="  "), LAND, "is not like postgresql"),
    (
        "no way out",
        without("profiles.yml"),
        "build",
        "Copy profiles.yml.example of tokenmart's repository there, or name its folder with "
        "DBT_PROFILES_DIR. For a DuckDB file three lines are enough: tokenmart: target: dev "
        "outputs: {dev: {type: duckdb, path: tokenmart.duckdb, schema: analytics}}",
    ),
]

PROJECT: list[Case] = [
    ("empty", file("dbt_project.yml", ""), "summary", "dbt_project.yml names no profile"),
    ("bytes", file("dbt_project.yml", BYTES), "summary", "dbt_project.yml is not UTF-8 text"),
    ("list", file("dbt_project.yml", "[1]"), "prices check", "lines like `name: value`"),
    ("number", file("dbt_project.yml", "7"), LAND, "lines like `name: value`"),
    ("endless", file("dbt_project.yml", ENDLESS), "summary", "is not valid YAML"),
    ("no day", file("dbt_project.yml", "a: 2026-02-31"), "summary", "is not valid YAML"),
    ("UTF-16", file("dbt_project.yml", "a: 1".encode("utf-16")), "summary", "not UTF-8 text"),
    ("NUL", file("dbt_project.yml", "a\0: 1"), "summary", "is not valid YAML"),
    ("code", file("dbt_project.yml", "!!python/object:os.x {}"), "summary", "not valid YAML"),
    ("folder", folder("dbt_project.yml"), "summary", "There is no dbt_project.yml in"),
    ("closed", mode("dbt_project.yml", 0), "summary", "dbt_project.yml cannot be read: Permission"),
    ("device", link("dbt_project.yml", "/proc/self/mem"), "audit", "cannot be read: Input/output"),
    ("no profile", file("dbt_project.yml", "name: x"), "build", "names no profile"),
    ("profile list", file("dbt_project.yml", "profile: [a]"), "build", "names no profile"),
    ("vars misspelt", project("vars: {as_off: 2026-01-01}"), "build", "Is it as_of?"),
    ("vars list", project("vars: [1]"), LAND, "vars in dbt_project.yml must consist"),
    ("vars word", project("vars: all"), LAND, "vars in dbt_project.yml must consist"),
    (
        "schema list",
        project("vars: {provider_schema: [a]}"),
        LAND,
        "provider_schema in dbt_project.yml must be the name of a schema, such as raw_provider",
    ),
    ("schema 7", project("vars: {voice_schema: 7}"), LAND, "such as raw_voice"),
    ("schema NUL", project('vars: {agents_schema: "\\0"}'), LAND, "such as raw_agents"),
    ("seeds word", project("seed-paths: seeds"), "prices check", "must be a list, such as [seeds]"),
    ("seeds 7", project("seed-paths: 7"), "prices check", "must be a list, such as [seeds]"),
    ("seeds mapping", project("seed-paths: [{}]"), "prices check", "must be a list"),
]

PROFILES: list[Case] = [
    ("empty", profiles(""), "summary", "profiles.yml has no profile named tokenmart"),
    ("bytes", file("profiles.yml", BYTES), "summary", "profiles.yml is not UTF-8 text"),
    ("list", profiles("[1]"), "summary", "profiles.yml must consist of lines like `name: value`"),
    ("broken", profiles("tokenmart: ["), "build", "this is not valid YAML"),
    ("folder", folder("profiles.yml"), "summary", "There is no profiles.yml in"),
    (
        "closed",
        mode("profiles.yml", 0),
        "summary",
        "profiles.yml cannot be read: Perm",
    ),
    (
        "profile list",
        profiles("tokenmart: [a]"),
        "summary",
        "The profile tokenmart in",
    ),
    ("profile null", profiles("tokenmart:"), "summary", "has no target default; it has none"),
    ("outputs list", profiles("tokenmart: {outputs: [dev]}"), "audit", "outputs of the profile"),
    ("target list", profiles("tokenmart: {target: [dev]}"), "audit", "has no target ['dev']"),
    (
        "target word",
        profiles("tokenmart: {outputs: {default: x}}"),
        "audit",
        "target default must consist",
    ),
    ("no type", profiles("tokenmart: {outputs: {default: {}}}"), "audit", "is of type None; tok"),
    ("other type", profile("type: oracle"), LAND, "is of type oracle; tokenmart's"),
    ("no path", profile("threads: 1"), "build", "The dbt target has no path: name the DuckDB file"),
    ("path null", profile("path: "), "summary", "The dbt target has no path"),
    ("path list", profile("path: [a]"), "summary", "The dbt target has no path"),
    ("path empty", profile("path: ''"), LAND, "The dbt target has no path"),
    ("path NUL", profile('path: "a\\0b"'), LAND, "The dbt target has no path"),
    ("path of an unknown user", profile("path: ~nobodyhere/x"), LAND, "is of an unknown user"),
    ("path too long", profile(f"path: {LONG}"), LAND, "File name too long"),
    ("path nowhere", profile("path: no/x.duckdb"), LAND, "There is no folder"),
    ("path a folder", profile("path: delivery"), LAND, "is a folder, not a DuckDB"),
    ("path a full disk", profile("path: /dev/full"), LAND, "make room on the disk"),
    ("no variable", profile("path: \"{{ env_var('NO') }}\""), "audit", "variable NO, which is not"),
    ("jinja", profile('path: "{{ a b }}"'), "summary", "path cannot be rendered"),
    ("jinja sum", profile("path: \"{{ 1 + 'a' }}\""), "summary", "path cannot be rendered"),
    ("jinja call", profile('path: "{{ env_var() }}"'), "summary", "path cannot be rendered"),
]

MANIFEST: list[Case] = [
    ("none", sql("select 1"), "summary", "manifest.json does not exist: run `tokenmart build`"),
    ("empty", manifest(""), "summary", "manifest.json is damaged: run `tokenmart build` again"),
    ("bytes", manifest(BYTES), "audit", "manifest.json is not UTF-8 text"),
    ("list", manifest("[1]"), "summary", "manifest.json is damaged"),
    ("null", manifest("null"), "audit", "manifest.json is damaged"),
    ("endless", manifest(ENDLESS), "validate", "manifest.json is damaged"),
    ("no keys", manifest("{}"), "audit", "manifest.json is damaged"),
    ("lists", manifest('{"nodes": []}'), "summary", "manifest.json is damaged"),
    ("a list in it", manifest('{"nodes": {"a": []}}'), "summary", "manifest.json is damaged"),
    ("half a node", manifest('{"nodes": {"a": {"name": 1}}}'), "validate", "is damaged"),
    ("folder", all_of(manifest(""), folder("target/manifest.json")), "audit", "does not exist"),
    ("closed", all_of(manifest(""), mode("target/manifest.json", 0)), "audit", "Permission denied"),
    (
        "of another project",
        manifest('{"nodes": {}, "disabled": {}, "sources": {}, "child_map": {}}'),
        "audit",
        "manifest.json lists no model of tokenmart",
    ),
]

FILES: list[Case] = [
    ("empty", events(""), LAND, "usage_events.csv has no header"),
    ("BOM", events(b"\xef\xbb\xbf"), LAND, "usage_events.csv has no header"),
    ("blank", events("\n\n"), LAND, "usage_events.csv has no header"),
    ("NUL", events(b"\0" * 99), LAND, "lacks the required columns id, key_id, model"),
    ("UTF-16", events(EVENT.encode("utf-16")), LAND, "line 1 is not UTF-8 text"),
    ("Latin 1", events(f"{EVENT}\n1,7,".encode() + b"\xe9"), LAND, "text that is not UTF-8"),
    (
        "Latin 1 later",
        events(f"{EVENT}\n".encode() + f"{ROW}\n".encode() * 9999 + b"1,7,\xe9,2024-05-01\n"),
        LAND,
        "line 10001 has text that is not UTF-8",
    ),
    ("bytes", events(BYTES), LAND, "usage_events.csv lacks the required columns"),
    ("HTML", events("<html>\n<p>Sign in</p>\n"), LAND, "It is an HTML page"),
    ("no header", events(f"{ROW}\n"), LAND, "Its first line must name the columns"),
    ("header twice", events(f"id,{EVENT}\n"), LAND, "has the column id twice"),
    ("blank names", events(",,,\n"), LAND, "lacks the required columns id"),
    (
        "huge name",
        events(LONG * 1000),
        LAND,
        "has a header that is not CSV: field larger",
    ),
    ("short row", events(f"{EVENT}\n1,7\n"), LAND, "line 2 has 2 values under a header"),
    ("long row", events(f"{EVENT}\n{ROW},5\n"), LAND, "line 2 has 5 values under"),
    ("open quote", events(f'{EVENT}\n1,7,"m,2\n'), LAND, "does not end at its closing"),
    ("open header", events('id,"key_id\n1,7\n'), LAND, "has a header that is not CSV"),
    ("two ends", events(f"{EVENT}\n{ROW}\r\n{ROW}\n"), LAND, "lines that end in two"),
    ("huge row", events(f"{EVENT}\n1,7,{LONG * 7000},2\n"), LAND, "a row of more than"),
    (
        "semicolons",
        events(f"{EVENT};cost_estimate\n{ROW};1,5\n".replace(",", ";")),
        LAND,
        "Its columns are separated by semicolons: save it with commas, and with a point",
    ),
    ("tabs", events(EVENT.replace(",", "\t")), LAND, "are separated by tabs"),
    ("bars", events(EVENT.replace(",", "|")), LAND, "are separated by bars"),
    ("compressed", events(gzip.compress(EVENT.encode())), LAND, "line 1 is not UTF-8 text"),
    (
        "integer hex",
        events(f"{EVENT}\n0x10,7,m,2024-05-01\n"),
        LAND,
        "is not an integer",
    ),
    ("1e400", values("cost_estimate", "1e400"), LAND, "is out of range for decimal(10"),
    ("NaN", values("cost_estimate", "NaN"), LAND, "'NaN' is not a decimal number"),
    (
        "infinity",
        values("cost_estimate", "-inf"),
        LAND,
        "'-inf' is not a decimal number",
    ),
    (
        "no day",
        events(f"{EVENT}\n1,7,m,2026-02-31\n"),
        LAND,
        "is out of range for times",
    ),
    ("10000", events(f"{EVENT}\n1,7,m,10000-01-01\n"), LAND, "is not a timestamp"),
    ("BC", events(f"{EVENT}\n1,7,m,0044-03-15 (BC)\n"), LAND, "is not a timestamp"),
    (
        "61 seconds",
        events(f"{EVENT}\n1,7,m,2024-05-01 10:00:61\n"),
        LAND,
        "out of range",
    ),
    (
        "zone",
        events(f"{EVENT}\n1,7,m,2024-05-01 10:00:00+99\n"),
        LAND,
        "not a timestamp",
    ),
    (
        "100,000 columns",
        events(",".join(map("c{}".format, range(100_000))) + "\n"),
        LAND,
        "lacks the required columns id, key_id, model, timestamp.",
    ),
    (
        "other columns",
        events(",".join(["id", *map("c{}".format, range(999))])),
        LAND,
        "that are not known: c0, c1, c2, c3, c4, c5, c6, c7, c8, c9 and 989 more.",
    ),
    ("JSON array", events('[{"id": 1}]', "jsonl"), LAND, "write one object a line"),
    ("JSON pages", events('{\n"id": 1\n}', "jsonl"), LAND, "line 1 is not valid JSON"),
    ("JSON endless", events(f'{{"id": {ENDLESS}', "jsonl"), LAND, "is not valid JSON"),
    ("JSON UTF-16", events("{}".encode("utf-16"), "jsonl"), LAND, "UTF-16 encoding"),
    ("JSON BOM", events("\ufeff{}", "jsonl"), LAND, "byte order mark (BOM)"),
    ("JSON cut", events('{"id": 1, "ke', "jsonl"), LAND, "line 1 is not valid JSON"),
    ("JSON digits", events(f'{{"id": {"9" * 5000}}}', "jsonl"), LAND, "lacks the required columns"),
    ("JSON HTML", events("<html>", "ndjson"), LAND, "line 1 is not valid JSON"),
    ("Parquet empty", events("", "parquet"), LAND, "it is not a Parquet file, or is cut"),
    ("Parquet HTML", events("<html>" * 9, "parquet"), LAND, "not a Parquet file, or is cut"),
    (
        "Parquet half",
        all_of(parquet(), cut("delivery/usage_events.parquet", 0.5, 1)),
        LAND,
        "usage_events.parquet cannot be read as Parquet",
    ),
    (
        "Parquet middle",
        all_of(parquet(), cut("delivery/usage_events.parquet", 0.1, 0.2)),
        LAND,
        "usage_events.parquet cannot be read as Parquet",
    ),
    ("Parquet list", parquet(id="[1]"), LAND, "column id: '[1]' is not an integer"),
    ("Parquet map", parquet(timestamp="map {1: 2}"), LAND, "is not a timestamp"),
    (
        "Parquet bytes",
        parquet(model=r"'\xff'::blob"),
        LAND,
        "column model has text that is not UTF-8",
    ),
    ("gzip", delivered("usage_events.csv.gz"), LAND, "are both for the table usage_events"),
    ("half", delivered("a.csv.gz", HALF), LAND, "a.csv.gz cannot be unpacked: it is damaged or"),
    ("no gzip", delivered("a.csv.gz", b"a,b"), LAND, "or rename it without .gz"),
    ("semicolons", file("a.csv", "a;b\n1;2\n"), "land a.csv", "are separated by semicolons"),
    ("tabs", file("a.csv", "a\tb\n1\t2\n"), "land a.csv", "are separated by tabs"),
    ("a page for signing in", file("a.json", "<html>"), "land a.json", "it is an HTML page"),
    ("a zip", file("a.zip", "PK"), "land a.zip", "it is compressed; unpack it first"),
    (
        "secrets",
        delivered("provider_keys.csv.gz"),
        LAND,
        "has secret columns, which are never written to a temporary file: unpack it",
    ),
    ("(1)", delivered("usage_events (1).csv"), LAND, "are both for the table usage_events"),
    ("half a page", delivered("page.json", b'{"object": "pa'), LAND, "ends in the middle; get it"),
    (
        "no JSON",
        delivered("page.json", b"no"),
        LAND,
        "page.json cannot be read: it is not JSON",
    ),
    ("UTF-16", delivered("page.json", "{}".encode("utf-16")), LAND, "it is UTF-16 text: save it"),
    ("deep", delivered("page.json", b"[" * 100_000), LAND, "page.json cannot be read: it is"),
    ("copy", delivered("Usage_Events copy.csv"), LAND, "must be one file with its name"),
    ("month", delivered("usage_events_2024-05.csv"), LAND, "must be one file"),
    ("Excel", delivered("provider_keys.xlsx"), LAND, "it is a spreadsheet"),
    ("partial", delivered("provider_keys.csv.part"), LAND, "it is not complete"),
    ("JSON", delivered("provider_keys.json"), LAND, "it is one JSON document"),
    ("two files", delivered("usage_events.jsonl"), LAND, "are both for the table usage"),
    ("folder", folder("delivery/usage_events.csv"), LAND, "it is not a file"),
    ("pipe", fifo("delivery/usage_events.csv"), LAND, "it is not a file"),
    ("device", link("delivery/usage_events.csv", "/dev/zero"), LAND, "it is not a file"),
    ("dangling", link("delivery/usage_events.csv", "no"), LAND, "it is not a file"),
    ("closed", mode("delivery/usage_events.csv", 0), LAND, "cannot be read: Permission"),
    ("trace empty", file("t.csv", ""), "trace t.csv --out o", "t.csv has no header"),
    (
        "trace words",
        file("t.csv", TRACE + "a,1,2"),
        "trace t.csv --out o",
        "'a' is not a timestamp",
    ),
    ("trace others", nothing, "trace delivery/usage_events.csv --out o", "lacks the required col"),
    ("trace closed", mode("delivery", 0), "trace delivery/a.csv --out o", "Permission denied"),
]

PRICES: list[Case] = [
    ("list", all_of(seeds(), file("a", "[1]")), "prices compare a", "not a price file of"),
    (
        "bytes",
        all_of(seeds(), file("a", BYTES)),
        "prices compare a",
        "not a price file of",
    ),
    (
        "endless",
        all_of(seeds(), file("a", ENDLESS)),
        "prices compare a",
        "not a price file of",
    ),
    (
        "no model",
        all_of(seeds(), file("a", LITELLM)),
        "prices add x --catalog a --source b",
        "of x",
    ),
    (
        "decisions of bytes",
        all_of(seeds(), file("a", LITELLM), file("d", BYTES)),
        "prices compare a --decided d",
        "d is not CSV",
    ),
    (
        "decisions of others",
        all_of(seeds(), file("a", LITELLM), file("d", "a,b\n1,2\n")),
        "prices compare a --decided d",
        "d needs the columns above_input_tokens",
    ),
    (
        "no decisions",
        all_of(seeds(), file("a", LITELLM)),
        "prices compare a --decided d",
        "d cannot be read: No such file",
    ),
    ("list bytes", seeds(model_prices=BYTES), "prices refresh", "model_prices.csv is not CSV"),
    ("list HTML", seeds(model_prices="<html>\n<p>"), "prices refresh", "comes from the catalog ''"),
    (
        "list word",
        all_of(seeds(model_prices="a,b\n1,2\n"), file("a", LITELLM)),
        "prices compare a",
        "model_prices.csv:1: the column a is not known",
    ),
    (
        "names word",
        all_of(seeds(model_names="a,b\n1,2\n"), file("a", LITELLM)),
        "prices compare a",
        "model_names.csv:1: the column a is not known",
    ),
    (
        "list closed",
        all_of(seeds(), mode("seeds/model_prices.csv", 0)),
        "prices check",
        "model_prices.csv cannot be read: Permission denied",
    ),
]

DATABASE: list[Case] = [
    ("locked", locked, LAND, "is in use by another process"),
    ("locked summary", locked, "summary", "Close the other program"),
    ("locked build", locked, "build", "is in use by another process"),
    (
        "text",
        file("warehouse.duckdb", "hello" * 999),
        LAND,
        "opened as a DuckDB database",
    ),
    ("text build", file("warehouse.duckdb", "hello" * 999), "build", "opened as a DuckDB database"),
    ("header", flipped("warehouse.duckdb", 0), LAND, "restore a backup"),
    ("cut", cut("warehouse.duckdb", 0.4, 1), LAND, "cannot be"),
    (
        "read-only",
        mode("warehouse.duckdb", 0o444),
        LAND,
        "Permission denied; grant access",
    ),
    ("closed", mode("warehouse.duckdb", 0), "summary", "Permission denied; grant access to it"),
    ("folder", folder("warehouse.duckdb"), LAND, "is a folder, not a DuckDB"),
    ("folder, read", folder("warehouse.duckdb"), "summary", "is a folder, not a DuckDB"),
    ("none", without("warehouse.duckdb"), "summary", "land some data and run `tokenmart build`"),
    (
        "read-only folder",
        all_of(without("warehouse.duckdb"), mode(".", 0o555)),
        LAND,
        "Permission denied; grant access to it, or name another file",
    ),
    (
        "full disk",
        all_of(
            env(TOKENMART_TEST_FILE_BYTES="900000"),
            events(f"{EVENT}\n" + "".join(f"{i},7,{i * 7919},2024-05-01\n" for i in range(90_000))),
        ),
        LAND,
        "File too large; raise the limit",
    ),
    ("sample", env(TOKENMART_TEST_FILE_BYTES="400"), "sample --out o --days 1", "File too large"),
    (
        "trace",
        all_of(env(TOKENMART_TEST_FILE_BYTES="400"), file("t.csv", TRACE)),
        "trace t.csv --out o",
        "File too large",
    ),
    (
        "table of others",
        sql("create table raw_provider.theirs (a int)"),
        LAND,
        "did not create: raw_provider.theirs",
    ),
    (
        "view of others",
        sql(
            "drop table raw_provider.usage_events;create view raw_provider.usage_events as select 1"
        ),
        "land delivery --force",
        "Landing would overwrite the view raw_provider.usage_events",
    ),
    (
        "columns of others",
        sql("alter table raw_provider.usage_events drop column model"),
        "land delivery --append",
        "whose columns are not those of the source table",
    ),
    (
        "sample beside real",
        delivered("_sample.json", "{}"),
        LAND,
        "The folder holds sample data, but raw_provider.usage_events holds real data",
    ),
]

SMALL = {
    f"{kind}: {case[0]}": case[1:]
    for kind, cases in {
        "arguments": ARGUMENTS,
        "environment": ENVIRONMENT,
        "project": PROJECT,
        "profiles": PROFILES,
        "manifest": MANIFEST,
        "files": FILES,
        "prices": PRICES,
        "database": DATABASE,
    }.items()
    for case in cases
}


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse file in which an event has landed."""
    place = Place(tmp_path_factory.mktemp("landed"))
    events(f"{EVENT}\n5,7,before,2024-05-01\n")(place)
    land(Project(place.folder), place.folder / "delivery")
    return place.warehouse


@pytest.fixture
def place(landed: Path, tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path / "place")
    shutil.copy(landed, place.warehouse)
    yield place
    if holder := getattr(place, "holder", None):
        holder.communicate(b"\n")
    # pytest removes it
    for name in (".", "delivery"):
        (place.folder / name).chmod(0o755)


def refuses(place: Place, damage: Damage, command: str, sentence: str) -> None:
    """The command says the sentence and changes nothing."""
    damage(place)
    before = place.state()
    result = place.tokenmart(command)
    said = " ".join(re.sub("[─│╭╮╰╯]", " ", result.stdout + result.stderr).split())
    assert "Traceback" not in said
    assert sentence in said
    assert result.returncode == 2, said
    assert len(said) < 2000
    after = place.state()
    if before != after:
        assert _rows(after, place) == _rows(before, place)


def _rows(file: Any, place: Place) -> Any:
    if not isinstance(file, bytes):
        return file
    copy = place.folder / "copy.duckdb"
    copy.write_bytes(file)
    with duckdb.connect(str(copy)) as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() order by all"
        ).fetchall()
        return {
            each: connection.execute(f"from {each[0]}.{each[1]} order by all").fetchall()
            for each in tables
        }


@pytest.mark.parametrize("name", SMALL)
def test_hostile_input_is_refused_in_a_sentence(place: Place, name: str) -> None:
    refuses(place, *SMALL[name])


BUILT: dict[str, tuple[Damage, str, str]] = {
    "audit of no table": (
        sql("drop table analytics.excluded_usage_events"),
        "audit",
        "analytics.excluded_usage_events does not exist in the database warehouse",
    ),
    "summary of no table": (
        sql("drop table analytics.audit_usage_conservation"),
        "summary",
        "does not exist in the database warehouse, or is hidden from this user: run `tokenmart",
    ),
    "validate of no source": (
        sql("drop table raw_provider.usage_events"),
        "validate --only sources",
        "The source table raw_provider.usage_events does not exist",
    ),
    "audit of other columns": (
        sql("alter table analytics.fct_voice_usage_daily rename total_tokens to tokens"),
        "audit",
        "could not run a query: Binder Error: Referenced column",
    ),
    "validate of other columns": (
        sql("create or replace view analytics.fct_cost_daily as select 1 as a"),
        "validate --only marts",
        "fct_cost_daily",
    ),
    "summary of nothing": (
        all_of(without("warehouse.duckdb"), sql("create schema analytics")),
        "summary",
        "does not exist in the database warehouse",
    ),
    "audit of an older form": (
        sql("drop schema analytics cascade"),
        "audit",
        "does not exist in the database warehouse",
    ),
    "validate into a file": (
        file("target/quality", ""),
        "validate --only sources",
        "target/quality",
    ),
    "summary into a full disk": (
        env(TOKENMART_TEST_FILE_BYTES="99"),
        "summary",
        "The output cannot be written: File too large",
    ),
    **{
        f"{command}, damaged from {at:.0%} on": (
            flipped("warehouse.duckdb", at),
            command,
            "restore a backup",
        )
        for command, at in (
            ("summary", 0.1),
            ("audit", 0.5),
            ("validate --only marts", 0.9),
        )
    },
    **{
        f"{command}, damaged in a table": (
            damaged("analytics.fct_provider_usage_daily", "analytics_ledger.ledger_usage_events"),
            command,
            "The database warehouse.duckdb cannot be read: IO Error: Corrupt database file",
        )
        for command in ("summary", "audit")
    },
    "validate, damaged in a table": (
        damaged("analytics.fct_provider_usage_daily", "analytics.fct_agent_usage_daily"),
        "validate --only marts",
        "the check could not be run",
    ),
    "land beside damage": (
        all_of(flipped("warehouse.duckdb", 0.05), delivered("_sample.json", "{}")),
        "land delivery",
        "",
    ),
}


@pytest.mark.parametrize("name", BUILT)
def test_a_built_warehouse_that_something_happened_to_is_refused_in_a_sentence(
    sample_build: Warehouse, tmp_path: Path, name: str
) -> None:
    place = Place(tmp_path / "place")
    shutil.copy(sample_build.path, place.warehouse)
    (place.folder / "target").mkdir()
    shutil.copy(sample_build.folder / "target" / "manifest.json", place.folder / "target")
    refuses(place, *BUILT[name])


ON_POSTGRES: dict[str, tuple[Damage, str, str]] = {
    "no server": (env(PGPORT="1"), "land delivery", "Start it, or correct PGHOST and PGPORT"),
    "no host": (env(PGHOST="/no"), "summary", "Start it, or correct PGHOST and PGPORT"),
    "port of a word": (env(PGPORT="many"), "audit", "invalid port number"),
    "port out of range": (env(PGPORT="99999"), "audit", "invalid port number"),
    "no user": (env(PGUSER="nobody"), "validate", "has no user nobody: correct PGUSER"),
    "no database": (env(PGDATABASE="no"), "land delivery", "createdb no"),
    "options": (env(PGOPTIONS="-c nonsense=1"), "summary", "nonsense"),
    "ssl": (env(PGSSLMODE="maybe"), "summary", "maybe"),
    "encoding of a word": (env(PGOPTIONS="-c search_path"), "land delivery", "search_path"),
    "url of a port": (
        env(TOKENMART_DATABASE_URL="postgresql://h:x/d"),
        "audit",
        "is not like postgresql://",
    ),
    "url of nothing": (env(TOKENMART_DATABASE_URL="postgresql://"), "audit", "is not like"),
    "time-out of a word": (env(PGCONNECT_TIMEOUT="soon"), "summary", "soon"),
    "stranger lands": (env(PGUSER="stranger"), "land delivery", "The user stranger may not write"),
    "stranger builds": (env(PGUSER="stranger"), "build", "The user stranger may not create"),
    "read-only": (
        env(PGOPTIONS="-c default_transaction_read_only=on"),
        "land delivery",
        "It is a replica, or set to be read only",
    ),
    "read-only build": (env(PGOPTIONS="-c default_transaction_read_only=on"), "build", "read only"),
    "no manifest": (nothing, "summary", "manifest.json does not exist: run `tokenmart build`"),
    "role": (
        file(
            "profiles.yml",
            "tokenmart: {outputs: {default: {type: postgres, role: none_such,"
            " dbname: \"{{ env_var('PGDATABASE') }}\", host: \"{{ env_var('PGHOST') }}\","
            " user: postgres}}}",
        ),
        "audit",
        "The user postgres cannot take the role none_such",
    ),
    "NUL": (
        events(f"{EVENT}\n1,7,a\0b,2024-05-01\n"),
        "land delivery",
        "which Postgres cannot store",
    ),
    "no day": (
        events(f"{EVENT}\n1,7,m,2026-02-31\n"),
        "land delivery",
        "out of range for timestamp",
    ),
    "number": (values("cost_estimate", "1e400"), "land delivery", "out of range for decimal(10"),
    "short row": (events(f"{EVENT}\n1,7\n"), "land delivery", "line 2 has 2 values under a header"),
    "cut": (
        all_of(parquet(), cut("delivery/usage_events.parquet", 0.5, 1)),
        "land delivery",
        "cannot",
    ),
    "sample beside real": (delivered("_sample.json", "{}"), "land delivery", "holds real data"),
}


@pytest.fixture(scope="module")
def database(
    postgres_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> PostgresWarehouse:
    """A database in which an event has landed, and a role that may do nothing in it."""
    folder = tmp_path_factory.mktemp("hostile")
    database = PostgresWarehouse(folder / "database", postgres_server)
    database.execute("create role stranger login")
    place = PostgresPlace(folder / "place", database)
    result = place.tokenmart("land delivery")
    assert result.returncode == 0, result.stderr
    return database


@pytest.mark.parametrize("name", ON_POSTGRES)
def test_hostile_input_is_refused_on_postgres_too(
    database: PostgresWarehouse, tmp_path: Path, name: str
) -> None:
    refuses(PostgresPlace(tmp_path / "place", database), *ON_POSTGRES[name])


def test_what_dbt_does_not_foresee_is_told_with_the_file_and_without_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    message = "Encountered an error:\n'utf-8' codec can't decode byte 0xff\nTraceback (most recent"
    message += " call last):\n  File ..."
    event = {"info": {"msg": message, "level": "error", "name": "MainEncounteredError"}, "data": {}}
    printed = [json.dumps(event), "{not JSON", '{"JSON": "of others"}', "7"]
    python = tmp_path / "python"
    said_by_dbt = chr(10).join(printed)
    python.write_text(f"#!{sys.executable}\nprint({said_by_dbt!r})\nraise SystemExit(2)\n")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    with pytest.raises(UserError, match="`dbt build` failed; see dbt's messages above"):
        run_dbt(tmp_path, "build")
    said = capsys.readouterr().err
    assert "codec can't decode byte 0xff" in said
    assert "Traceback" not in said
    assert "{not JSON" in said
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "contract_prices.csv").write_bytes(b"\xff\xfe")
    with pytest.raises(UserError, match=r"seeds/contract_prices\.csv is not UTF-8 text"):
        run_dbt(tmp_path, "build")
