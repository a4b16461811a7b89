"""dbt for the tests: the project is parsed once, and each command runs in a fork of what did it.

A build of a few rows is mostly dbt's own start. Parsing sees few of the variables and no database,
so one parse serves all others. A fork also leaves out what no test looks at: events that are not
shown, and the files of statements, unless a test asks for what is compiled.
`TOKENMART_TEST_DBT=plain` runs dbt as a user does; test_dbt_process.py compares the two.
"""

import atexit
import fcntl
import hashlib
import json
import marshal
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

from lean_dbt import make_lean
from standby import Run, Standby, run_plainly

ROOT = Path(os.environ.get("TOKENMART_TEST_PROJECT", Path(__file__).parents[2]))
"""The project; .ci/oracle.py names another one."""

if "TOKENMART_TEST_KEPT" not in os.environ:
    os.environ["TOKENMART_TEST_KEPT"] = tempfile.mkdtemp(prefix="tokenmart_kept_")
    atexit.register(shutil.rmtree, os.environ["TOKENMART_TEST_KEPT"])
KEPT = Path(os.environ["TOKENMART_TEST_KEPT"])
"""What the processes of one run of the tests keep for each other; the first one makes it."""


@contextmanager
def kept_by_the_first(name: str) -> Iterator[tuple[Path, bool]]:
    """A folder that one process fills, and whether it is this one; the others wait for it."""
    folder = KEPT / name
    folder.mkdir(exist_ok=True)
    done = folder / "done"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder, not done.exists()
        done.touch()


IS_PLAIN = os.environ.get("TOKENMART_TEST_DBT") == "plain"
ANY_DATABASE = "parsed_for_any_database"
"""The name of the database while the project is parsed; a run puts its own in the place of it."""

UNSEEN = {
    *("allow_copied_installation", "as_of", "earliest_usage_date", "forecast_minimum_days"),
    *("anomaly_days", "anomaly_deviations", "anomaly_minimum_days", "anomaly_minimum_usd"),
    *("input_beside_cache", "level_resource_types"),
    *("max_future_hours", "max_period_days", "max_quantity", "max_window_hours"),
    *("observed_through", "provisional_days"),
    *("reconciliation_tolerance_share", "reconciliation_tolerance_usd"),
    *("reporting_timezone", "requests_beside_windows", "shared_cost_method", "source_instance"),
    *("source_overlap_days",),
    *("voice_default_model", "voice_retry_seconds"),
}
"""The variables that parsing does not see; test_dbt_process.py parses with other values of them."""

AS_IT_IS = ("duckdb", "{}")
_RUN_ON_WHAT_WAS_PARSED = ("build", "compile", "ls", "run", "seed", "test")


def run_dbt(
    arguments: list[str], folder: Path, environment: dict[str, str], *, plainly: bool = IS_PLAIN
) -> CompletedProcess[str]:
    """Run dbt in a folder, whatever comes of it."""
    if plainly:
        return run_plainly("dbt", arguments, folder, environment)
    can_be_kept = folder == ROOT and "--project-dir" not in arguments
    if can_be_kept and not {*_RUN_ON_WHAT_WAS_PARSED}.isdisjoint(arguments):
        given = (
            json.loads(arguments[arguments.index("--vars") + 1]) if "--vars" in arguments else {}
        )
        seen = {name: value for name, value in given.items() if name not in UNSEEN}
        target = environment.get("TOKENMART_TARGET", "duckdb")
        return _parsed(target, json.dumps(seen, sort_keys=True)).run(arguments, folder, environment)
    return _imported().run(arguments, folder, environment)


@cache
def _first() -> Standby:
    """The project as it is; what parses anything else knows how dbt reads files and templates."""
    return Standby(parse_project, *AS_IT_IS)


@cache
def _imported() -> Standby:
    return Standby(import_dbt, after=_first())


@cache
def _parsed(target: str, variables: str) -> Standby:
    if (target, variables) == AS_IT_IS:
        return _first()
    return Standby(parse_project, target, variables, after=_first())


def import_dbt() -> Run:
    """dbt, which parses what has changed since the last run in the same target folder."""
    for module in (
        "dbt.cli.main",
        "dbt.task.build",
        "dbt.adapters.duckdb",
        "dbt.adapters.postgres",
    ):
        import_module(module)
    make_lean()
    return lambda arguments, _: _invoke(arguments)


def parse_project(target: str, variables: str) -> Run:
    """dbt with the project parsed for a target and the variables that parsing sees."""
    from dbt.cli.main import dbtRunner

    import_dbt()
    about = hashlib.sha256(f"{target} {variables}".encode()).hexdigest()
    os.chdir(ROOT)
    # the first process to come parses, and the others read what it made of it
    with kept_by_the_first(about) as (folder, _):
        shutil.copy(ROOT / "profiles.yml.example", folder / "profiles.yml")
        os.environ |= {
            "TOKENMART_TARGET": target,
            "TOKENMART_DUCKDB_PATH": str(folder / f"{ANY_DATABASE}.duckdb"),
            "PGDATABASE": ANY_DATABASE,
            "DBT_PROFILES_DIR": str(folder),
            "DBT_TARGET_PATH": str(folder),
            "DBT_LOG_LEVEL_FILE": "none",
        }
        # the static parser has threads, which would be missing in a fork
        with _compiled_before():
            options = ("--quiet", "--no-static-parser")
            parsed = dbtRunner().invoke([*options, "parse", "--vars", variables])
        if not parsed.success:
            # each run says why
            return import_dbt()
        manifest: Any = parsed.result
        text = (folder / "manifest.json").read_text(encoding="utf-8")

    def run(arguments: list[str], environment: dict[str, str]) -> int:
        # that of a DuckLake is called by its alias in the profile
        database = (
            environment["PGDATABASE"]
            if target == "postgres"
            else Path(environment["TOKENMART_DUCKDB_PATH"]).stem
        )
        _rename_database(manifest, database)
        _leave_out_what_no_test_looks_at(arguments, text.replace(ANY_DATABASE, database))
        # the other core has a worker of its own
        threads = [] if "ls" in arguments else ["--threads", "1"]
        return _invoke([*arguments, *threads], manifest)

    return run


def _rename_database(manifest: Any, database: str) -> None:
    for node in (*manifest.nodes.values(), *manifest.sources.values()):
        node.database = node.database.replace(ANY_DATABASE, database)
        if node.relation_name:
            node.relation_name = node.relation_name.replace(ANY_DATABASE, database)
    manifest.build_flat_graph()


def _leave_out_what_no_test_looks_at(arguments: list[str], manifest: str) -> None:
    import dbt.task.runnable
    from dbt.contracts.graph.nodes import ParsedNode
    from dbt_common.events.base_types import DebugLevel
    from dbt_common.events.event_manager import EventManager

    def write_manifest(_: Any, target_path: str) -> None:
        Path(target_path, "manifest.json").write_text(manifest, encoding="utf-8")

    dbt.task.runnable.write_manifest = write_manifest
    write_node = ParsedNode.write_node

    def write_compiled(self: Any, project: str, path: str, code: str) -> str:
        # one thing that is written is target/run
        is_kept = os.environ.get("TOKENMART_TEST_COMPILED") and path != self.build_path
        return str(write_node(self, project, path, code)) if is_kept else ""

    ParsedNode.write_node = write_compiled
    if not any(argument.startswith(("--log-level", "--debug")) for argument in arguments):
        fire = EventManager.fire_event

        def fire_if_shown(self: EventManager, event: Any, *rest: Any, **options: Any) -> None:
            if not isinstance(event, DebugLevel):
                fire(self, event, *rest, **options)

        EventManager.fire_event = fire_if_shown
        DebugLevel.__init__ = lambda *_, **__: None


def _invoke(arguments: list[str], manifest: Any = None) -> int:
    """Run dbt in this process, which ends after it, and give its exit status."""
    import gc

    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import cli

    # what is not freed is freed by the end of the process, which is near
    gc.disable()
    with _compiled_before():
        try:
            cli.main(arguments, "dbt", obj={"manifest": manifest} if manifest else None)
        except SystemExit as ended:
            return int(ended.code or 0)
        finally:
            # a process that ends at once does nothing at its exit
            DuckDBConnectionManager.close_all_connections()
    return 0


@contextmanager
def _compiled_before() -> Iterator[None]:
    """Give jinja the code that it made of the same templates, and keep what it makes."""
    from jinja2 import Environment

    templates = KEPT / "templates"
    code: dict[Any, Any] = marshal.loads(templates.read_bytes()) if templates.exists() else {}
    known = len(code)
    compile_again = Environment.compile

    def compile(self: Environment, source: str, *names: str | None, **options: bool) -> Any:
        about = (type(self).__qualname__, *sorted(self.extensions), source, *names)
        if options or about not in code:
            code[about] = compile_again(self, source, *names, **options)
        return code[about]

    Environment.compile = compile
    yield
    if len(code) > known:
        written = templates.with_suffix(f".{os.getpid()}")
        written.write_bytes(marshal.dumps(code))
        written.replace(templates)
