"""Warehouses, sources and rows for the tests."""

import os
import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import cpu_report
import duckdb
import hypothesis
import pytest
from dbt_process import kept_by_the_first, run_dbt
from draw import drawn, seed
from postgres import PostgresWarehouse, Server, can_serve, start
from price_engine import PriceEngine, price_engine
from replay import Engine, built
from warehouses import BIN, ROOT, Warehouse

from tokenmart.land import land
from tokenmart.project import Project
from tokenmart.sample import write_sample
from tokenmart.warehouse.duckdb_file import connect

ORG = "00000000-0000-0000-0000-0000000000aa"
"""An organization that the minimal sources have; the provider key is 1."""

SHARED = (
    "bills",
    "chromium",
    "counted",
    "deployed",
    "engine",
    "engine_of_prices",
    "loaded",
    "replayed",
    "spent",
    "splitter",
    "spread",
)
"""Fixtures that take a build or a browser, and that several tests share."""

EITHER = ("either_warehouse", "loaded", "spent")
"""Fixtures that build on either engine."""

SLOW = ("checkout", "deployed", "installed", "sample_build", "sound_duckdb", "sound_postgres")
"""Fixtures that take many seconds; `make check` leaves out the tests that ask for one."""


def pytest_configure(config: pytest.Config) -> None:
    """Draw once for all processes, and tell at the end what it cost."""
    seed()
    # an example may take long on a busy machine, and is no worse for it
    hypothesis.settings.register_profile("untimed", deadline=None)
    hypothesis.settings.load_profile("untimed")
    config.pluginmanager.register(cpu_report)


# before xdist reads the groups
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Draw cases, and have tests that share such a fixture run in one process."""
    _draw_cases(config, items)
    for item in items:
        assert isinstance(item, pytest.Function)
        if not {*SLOW}.isdisjoint(item.fixturenames):
            item.add_marker(pytest.mark.slow)
        for name in {*SHARED}.intersection(item.fixturenames):
            of = item.callspec.params.get(name, "") if hasattr(item, "callspec") else ""
            item.add_marker(pytest.mark.xdist_group(f"{name}_{of}"))


def _draw_cases(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is not drawn.

    Of a test that has @pytest.mark.drawn(number) so many cases are drawn; with of="…" so many of
    all tests that have these words. Of what is built on either engine, one engine.
    """
    cases = defaultdict(list)
    others = set()
    for item in items:
        if mark := item.get_closest_marker("drawn"):
            about = mark.kwargs.get("of", item.nodeid.split("[")[0])
            cases[about, mark.args[0]].append(item)
        elif _is_of_the_other_engine(item):
            others.add(item)
    if config.option.keyword or any("::" in name for name in config.args):
        # a person asks for them by name
        return
    left_out = others | {
        item
        for (about, number), of_test in cases.items()
        for item in {*of_test} - {*drawn(about, of_test, number)}
    }
    config.hook.pytest_deselected(items=[*left_out])
    items[:] = [item for item in items if item not in left_out]


def _is_of_the_other_engine(item: pytest.Item) -> bool:
    """Whether what it builds is drawn to be built on the other one."""
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    for name in {*EITHER}.intersection(parameters):
        about = name if name in SHARED else item.nodeid.split("[")[0]
        return parameters[name] not in drawn(about, ["duckdb", "postgres"], 1)
    return False


def uuid(number: int) -> str:
    """A key for the tables that are keyed by one."""
    return f"00000000-0000-0000-0000-{number:012d}"


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """A warehouse without any table."""
    return Warehouse(tmp_path)


@pytest.fixture
def sources(warehouse: Warehouse) -> Warehouse:
    """A warehouse with all source tables, empty but for one provider key and one organization."""
    warehouse.create_sources()
    warehouse.insert("provider_keys", {"id": 1, "provider": "openai"})
    warehouse.insert("organizations", {"id": ORG, "name": "Acme"})
    return warehouse


@pytest.fixture
def provider(sources: Warehouse) -> Warehouse:
    """The same, of which builds look at the provider alone."""
    sources.variables = {"sources_enabled": ["provider"]}
    return sources


@pytest.fixture(scope="session")
def sample_build() -> Warehouse:
    """Two weeks of sample data, landed and built once for all processes; no test changes it."""
    with kept_by_the_first("sample") as (folder, is_first):
        warehouse = Warehouse(folder / "warehouse")
        warehouse.keeps_compiled = True
        if is_first:
            data = folder / "data"
            end = date(2026, 10, 31)
            write_sample(data, days=14, seed=7, rows_per_day=400, end=end, format="parquet")
            with pytest.MonkeyPatch.context() as patch:
                for name, value in warehouse.environment.items():
                    patch.setenv(name, value)
                land(Project(ROOT), data)
            warehouse.build(unit_tests=True)
        return warehouse


@pytest.fixture(scope="session")
def serve_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[int], Server]]:
    """A running Postgres of any version that is on this machine."""
    running: dict[int, Server] = {}

    def serve(version: int) -> Server:
        if not can_serve(version):
            pytest.skip(f"no Postgres {version} here; TOKENMART_TEST_POSTGRES_BIN names its folder")
        if version not in running:
            running[version] = start(version, tmp_path_factory.mktemp(f"postgres_{version}"))
        return running[version]

    yield serve
    for server in running.values():
        server.stop()


@pytest.fixture(scope="session")
def postgres_server(serve_postgres: Callable[[int], Server]) -> Server:
    """A running Postgres, of the version that every machine has."""
    return serve_postgres(18)


@pytest.fixture
def postgres_warehouse(postgres_server: Server, tmp_path: Path) -> Iterator[PostgresWarehouse]:
    """A warehouse in a Postgres database of its own, without any table."""
    warehouse = PostgresWarehouse(tmp_path / "postgres", postgres_server)
    yield warehouse
    postgres_server.drop_database(warehouse.database)


@pytest.fixture(params=["duckdb", "postgres"])
def either_warehouse(request: pytest.FixtureRequest) -> Warehouse:
    """A warehouse without any table, on each engine in turn."""
    name = "warehouse" if request.param == "duckdb" else "postgres_warehouse"
    warehouse: Warehouse = request.getfixturevalue(name)
    return warehouse


@pytest.fixture
def copy_of_sample(sample_build: Warehouse, tmp_path: Path) -> Warehouse:
    """The built sample, to be changed at will."""
    copy = Warehouse(tmp_path / "copy")
    shutil.copy(sample_build.path, copy.path)
    shutil.copytree(sample_build.folder / "target", copy.folder / "target")
    return copy


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the repository's files, with this environment as its .venv."""
    return copy_of_repository(tmp_path / "checkout")


def copy_of_repository(folder: Path) -> Path:
    """The same in a folder, which it makes."""
    files = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    for name in files:
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(BIN.parent)
    shutil.copy(folder / "profiles.yml.example", folder / "profiles.yml")
    return folder


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A parsed checkout that builds voice sessions alone, with some of them in its folder delivery.

    Programs that run there look at its warehouse, tokenmart.duckdb, and at nothing else.
    """
    folder = copy_of_repository(tmp_path_factory.mktemp("deployed") / "checkout")
    settings = folder / "dbt_project.yml"
    text = re.sub(r"sources_enabled: .*", "sources_enabled: [voice]", settings.read_text("utf-8"))
    settings.write_text(text, encoding="utf-8")
    end = date(2026, 10, 31)
    write_sample(folder / "delivery", days=2, seed=7, rows_per_day=50, end=end, format="parquet")
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith(("DAGSTER_", "DBT_", "TOKENMART_")) and "_TEST_" not in name:
                patch.delenv(name)
        parsed = run_dbt(["--quiet", "parse"], folder, dict(os.environ))
        assert parsed.returncode == 0, parsed.stdout
        yield folder


@pytest.fixture
def event() -> Callable[..., dict[str, Any]]:
    """A valid usage event; keywords change it."""

    def make(id: int, **changes: Any) -> dict[str, Any]:
        row = {
            "id": id,
            "key_id": 1,
            "model": "gpt-4-1",
            "tokens_in": 100,
            "tokens_out": 10,
            "cost_estimate": "0.500000",
            "timestamp": f"2025-01-01 10:00:{(id or 0) % 60:02}",
        }
        return row | changes

    return make


@pytest.fixture
def record() -> Callable[..., dict[str, Any]]:
    """A valid usage record; keywords change it."""

    def make(number: int, **changes: Any) -> dict[str, Any]:
        row = {
            "id": uuid(number),
            "org_id": ORG,
            "resource_type": "llm_tokens",
            "quantity": 100,
            "cost_usd": "1.0000",
            "period_start": "2025-01-01",
            "period_end": "2025-01-02",
            "metadata": {"model": "claude-sonnet-4-5", "input_tokens": 60, "output_tokens": 40},
            "token_source": "company",
            "created_at": "2025-01-02",
        }
        return row | changes

    return make


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project without models, to land into."""
    (tmp_path / "dbt_project.yml").write_text("profile: tokenmart\nvars: {voice_schema: speech}\n")
    (tmp_path / "profiles.yml").write_text(
        "tokenmart: {target: dev, outputs: {dev: {type: duckdb, path: warehouse.duckdb}}}\n"
    )
    return Project(tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder, to be landed."""
    path = tmp_path / "delivery"
    path.mkdir()
    return path


@pytest.fixture(scope="module")
def session() -> Iterator[duckdb.DuckDBPyConnection]:
    """A session in memory, in UTC like every other."""
    with connect(Path(":memory:")) as connection:
        yield connection


@pytest.fixture(scope="session", params=["duckdb", "postgres"])
def replayed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """The project built on empty sources, in which its runs can be played again."""
    folder = tmp_path_factory.mktemp("replayed")
    if request.param == "postgres":
        warehouse = PostgresWarehouse(folder, request.getfixturevalue("postgres_server"))
        warehouse.create_sources(constraints=False)
    else:
        warehouse = Warehouse(folder)
        warehouse.create_sources()
    with built(warehouse) as engine:
        yield engine


@pytest.fixture(scope="session", params=["duckdb", "postgres"])
def engine_of_prices(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PriceEngine]:
    """The project built on empty sources, in which usage can be priced."""
    folder = tmp_path_factory.mktemp(f"prices_{request.param}")
    if request.param == "postgres":
        warehouse: Warehouse = PostgresWarehouse(folder, request.getfixturevalue("postgres_server"))
    else:
        warehouse = Warehouse(folder)
    with price_engine(warehouse) as engine:
        yield engine
