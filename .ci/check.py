"""What a change needs between edits: its lint, the types, its models' unit tests and its pytest.

It looks at the files that changed since the branch left its upstream, or since the last commit but
one; SINCE=… names another commit. Tests that take many seconds are left to `make test`, which is
what must pass before a change lands.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from changes import ROOT, changed_files

BIN = Path(sys.executable).parent
WAREHOUSE = ROOT / "build" / "check" / "warehouse.duckdb"


def main() -> int:
    """0 if nothing is wrong with what has changed."""
    changed = changed_files()
    python = [str(path) for path in changed if path.suffix == ".py"]
    models = [path.stem for path in changed if path.parts[0] == "models" and path.suffix == ".sql"]
    print(f"{len(changed)} changed files: {' '.join(map(str, changed))}", flush=True)
    failed = [
        name
        for name, command in (
            ("ruff", [BIN / "ruff", "check", *python] if python else []),
            ("format", [BIN / "ruff", "format", "--check", *python] if python else []),
            ("sqlfluff", [BIN / "python", ROOT / ".ci" / "lint.py", "--changed"]),
            ("types", [BIN / "mypy"] if python else []),
            ("unit tests", _unit_tests(models) if models else []),
            ("pytest", _pytest([*_tests_of(changed)])),
        )
        if command and not _passes(name, command)
    ]
    print(f"check: {', '.join(failed)} failed" if failed else "check: passed")
    return bool(failed)


def _passes(name: str, command: list[str | Path]) -> bool:
    print(f"== {name}", flush=True)
    database = {"TOKENMART_DUCKDB_PATH": str(WAREHOUSE), "TOKENMART_TARGET": "duckdb"}
    status = subprocess.run(command, cwd=ROOT, env=os.environ | database, check=False).returncode
    # pytest's 5: all tests that name the change are slow ones
    return status in (0, 5) if name == "pytest" else status == 0


def _unit_tests(models: list[str]) -> list[str | Path]:
    """dbt reads the columns of a unit test's inputs from a warehouse, which is built once."""
    if not WAREHOUSE.exists():
        WAREHOUSE.parent.mkdir(parents=True, exist_ok=True)
        sample = str(WAREHOUSE.parent / "sample")
        for command in (
            ["sample", "--out", sample, "--days", "2", "--rows-per-day", "50"],
            ["land", sample],
            ["build"],
        ):
            assert _passes(command[0], [BIN / "tokenmart", *command])
    selected = [f"{model},resource_type:unit_test" for model in models]
    return [BIN / "dbt", "--quiet", "build", "--select", *selected]


def _pytest(tests: list[str]) -> list[str | Path]:
    return [BIN / "pytest", "-n", "0", "-x", "-m", "not slow", *tests] if tests else []


def _tests_of(changed: list[Path]) -> Iterator[str]:
    """Tests that changed, and files of tests that name a model, macro or module that changed."""
    files = {path: path.read_text("utf-8") for path in (ROOT / "tests/python").glob("test_*.py")}
    for path in changed:
        if path.match("tests/python/test_*.py"):
            yield str(path)
    named = {path.stem for path in changed if path.parts[0] in ("models", "macros", "seeds")}
    named |= {
        ".".join(path.with_suffix("").parts)
        for path in changed
        if path.parts[0] == "tokenmart" and path.suffix == ".py"
    }
    for path, text in files.items():
        about = [name for name in named if re.search(rf"\b{re.escape(name)}\b", text)]
        if about and path.relative_to(ROOT) not in changed:
            tests = [
                match[1]
                for match in re.finditer(r"^def (test_\w+)\(.*?(?=^\S|\Z)", text, re.M | re.S)
                if any(re.search(rf"\b{re.escape(name)}\b", match[0]) for name in about)
            ]
            yield from (f"{path.relative_to(ROOT)}::{test}" for test in tests)


if __name__ == "__main__":
    sys.exit(main())
