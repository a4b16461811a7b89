"""dbt in a process of its own, begun where importing, parsing and compiling are done already.

A build of a few rows is mostly these three. Each process is forked from one that has imported dbt
and has done nothing else. What was parsed for one warehouse is kept for the next, which dbt takes
if project, variables and connection are the same, as it does between two runs of a user. And the
code that jinja makes of a template is kept, which is the same for the same text.
"""

import atexit
import gc
import hashlib
import json
import marshal
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

_FORKS = get_context("forkserver")
_FORKS.set_forkserver_preload(
    ["dbt.cli.main", "dbt.task.build", "dbt.adapters.duckdb", "dbt.adapters.postgres"]
)
_PARSED = "partial_parse.msgpack"
_READ = ("TOKENMART_", "PG")
"""How the variables of the environment begin that a profile reads."""


@cache
def _folder() -> Path:
    """What is kept from one process for the next; forked ones must not make it for themselves."""
    folder = Path(tempfile.mkdtemp(prefix="tokenmart_dbt_"))
    atexit.register(shutil.rmtree, folder)
    return folder


def run_dbt(
    arguments: list[str], folder: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run dbt in a folder, whatever comes of it."""
    with tempfile.TemporaryDirectory() as said:
        output, errors = Path(said, "output"), Path(said, "errors")
        process = _FORKS.Process(
            target=_run,
            args=(arguments, folder, environment, output, errors, _folder() / "templates"),
        )
        with _parsed_before(arguments, folder, environment):
            process.start()
            process.join()
        assert process.exitcode is not None
        return subprocess.CompletedProcess(
            ["dbt", *arguments],
            process.exitcode,
            output.read_text(encoding="utf-8"),
            errors.read_text(encoding="utf-8"),
        )


def _run(
    arguments: list[str],
    folder: Path,
    environment: dict[str, str],
    output: Path,
    errors: Path,
    templates: Path,
) -> None:
    for path, stream in ((output, sys.stdout), (errors, sys.stderr)):
        with path.open("w") as file:
            os.dup2(file.fileno(), stream.fileno())
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import cli

    # what is not freed is freed by the end of the process, which is near
    gc.disable()
    try:
        with _compiled_before(templates):
            cli(arguments)
    finally:
        # a process that was forked by multiprocessing does nothing at its exit
        DuckDBConnectionManager.close_all_connections()


def one_path(path: Path) -> Path:
    """Another path to a database, the same for each: what was parsed for one path serves no other.

    It leads to the database of the last call.
    """
    link = _folder() / "warehouse"
    link.unlink(missing_ok=True)
    link.symlink_to(path.parent, target_is_directory=True)
    return link / path.name


@contextmanager
def _parsed_before(
    arguments: list[str], folder: Path, environment: dict[str, str]
) -> Iterator[None]:
    """Give dbt what was parsed under the same circumstances, and keep what it parses."""
    alike = {name: value for name, value in environment.items() if name.startswith(_READ)}
    about = [str(folder), sorted(alike.items()), arguments[arguments.index("--vars") :]]
    kept = _folder() / hashlib.sha256(json.dumps(about).encode()).hexdigest()
    own = Path(environment["DBT_TARGET_PATH"], _PARSED)
    if kept.exists():
        own.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(kept, own)
    yield
    if own.exists():
        shutil.copy(own, kept)


@contextmanager
def _compiled_before(templates: Path) -> Iterator[None]:
    """Give jinja the code that it made of the same templates, and keep what it makes."""
    from jinja2 import Environment

    code: dict[Any, Any] = marshal.loads(templates.read_bytes()) if templates.exists() else {}
    known = len(code)
    compile_anew = Environment.compile

    def compile(self: Environment, source: str, *names: str | None, **options: bool) -> Any:
        about = (type(self).__qualname__, *sorted(self.extensions), source, *names)
        if options or about not in code:
            code[about] = compile_anew(self, source, *names, **options)
        return code[about]

    Environment.compile = compile  # type: ignore[method-assign]
    try:
        yield
    finally:
        if len(code) > known:
            written = templates.with_suffix(f".{os.getpid()}")
            written.write_bytes(marshal.dumps(code))
            written.replace(templates)
