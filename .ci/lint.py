"""Lints the SQL: python .ci/lint.py, or with --changed what has changed alone.

The time goes where macros write long SQL: a third of the files takes four fifths of it. These are
linted when they have changed, and in the long tier.
"""

import os
import sys
from pathlib import Path

from changes import ROOT, changed_files
from draw import EVERYTHING
from sqlfluff.core import FluffConfig, Linter
from sqlfluff.core.errors import SQLFluffSkipFile
from sqlfluff.core.linter import RenderedFile

# some SQL is nested deeper than Python lets a parser go; each process of the linter reads this
sys.setrecursionlimit(10_000)

FOLDERS = ("models", "tests/conservation", "tests/counting")
LONG = 5000
"""Characters of a file as it is sent to the database."""


class OfShortFiles(Linter):
    """A linter that passes over what is long and has not changed."""

    passed_over = 0
    changed = frozenset(str(path) for path in changed_files())

    def render_file(self, fname: str, root_config: FluffConfig) -> RenderedFile:
        rendered = super().render_file(fname, root_config)
        longest = max((len(each.templated_str) for each in rendered.templated_variants), default=0)
        if longest > LONG and fname not in self.changed:
            self.passed_over += 1
            raise SQLFluffSkipFile(f"{fname} is linted when it changes")
        return rendered


def main() -> int:
    """0 if nothing is wrong."""
    os.chdir(ROOT)
    os.environ["TOKENMART_DUCKDB_PATH"] = "build/lint.duckdb"
    Path("build").mkdir(exist_ok=True)
    paths: tuple[str, ...] = FOLDERS
    if "--changed" in sys.argv:
        paths = tuple(
            str(path)
            for path in changed_files()
            if path.suffix == ".sql" and str(path).startswith(FOLDERS)
        )
    if not paths:
        return 0
    config = FluffConfig.from_root()
    linter = Linter(config) if EVERYTHING else OfShortFiles(config)
    result = linter.lint_paths(paths, processes=2)
    violations = result.as_records()
    for file in violations:
        for each in file["violations"]:
            place = f"{file['filepath']}:{each['start_line_no']}:{each['start_line_pos']}"
            print(f"{place}: {each['code']} {each['description']}")
    over = f", {linter.passed_over} long ones passed over" if not EVERYTHING else ""
    print(f"sqlfluff: {len(violations)} files linted{over}")
    return int(any(file["violations"] for file in violations))


if __name__ == "__main__":
    sys.exit(main())
