"""Checks a FOCUS export with outsiders' validators: make focus, or python .ci/focus.py.

focus-validator of the FinOps Foundation knows FOCUS 1.2 and needs Python 3.12: FOCUS_PYTHON names
one, if it is not on the PATH. focus-data-toolkit knows 1.4. Both live in an environment of their
own, build/focus/venv, because they need older libraries than tokenmart; FOCUS_ENV names another.
Where there is no Python 3.12, nothing is checked, and the exit status is 1.

focus-validator exits with 0 whatever it finds, so its failures are counted in its XML.
"""

import csv
import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "build" / "focus"
BIN = Path(sys.executable).parent

PACKAGES = ("focus-validator==2.2.1", "focus-data-toolkit==0.14.1", "pyarrow<20")
RULES = "1.2.0.1"
APPLICABLE = (
    "ACCOUNT_NAMING_SUPPORTED",
    "MULTIPLE_PRICING_CATEGORIES_SUPPORTED",
    "MULTIPLE_SUB_ACCOUNT_TYPES_SUPPORTED",
    "NEGOTIATED_PRICING_SUPPORTED",
    "SUB_ACCOUNT_SUPPORTED",
    "TAGGING_SUPPORTED",
    "UNIT_PRICING_SUPPORTED",
    "USAGE_MEASUREMENT_SUPPORTED",
)
"""What providers of models support. PUBLIC_PRICE_LIST_SUPPORTED would, in these rules, ask for the
columns of virtual currencies, too."""
KNOWN = {
    "InvoiceId-C-005-C": "asks for an invoice on every row, also of charges without one",
}
"""Rules that fail, and why they may."""
OF_1_2 = ("ProviderName", "PublisherName")
"""Columns that 1.4 no longer has."""


def main() -> int:
    """0 if both validators find nothing but what is known."""
    environment = _environment()
    if environment is None:
        print(
            "focus: not checked. focus-validator needs Python 3.12, which is not here: install "
            "it, or name one with FOCUS_PYTHON=/path/to/python3.12."
        )
        return 1
    months = _export()
    wrong = [*_problems_of_1_2(environment, months[-1]), *_problems_of_1_4(environment, months[-1])]
    for problem in wrong:
        print(f"focus: {problem}")
    print(f"focus: {len(wrong)} problems" if wrong else "focus: passed, by FOCUS 1.2 and 1.4")
    return bool(wrong)


def _environment() -> Path | None:
    if named := os.environ.get("FOCUS_ENV"):
        return Path(named)
    environment = FOLDER / "venv"
    ready = environment / "ready"
    if ready.is_file() and ready.read_text() == str(PACKAGES):
        return environment
    python = os.environ.get("FOCUS_PYTHON") or "python3.12"
    if not _is_recent(python):
        return None
    _run([python, "-m", "venv", "--clear", environment])
    _run([environment / "bin" / "pip", "install", "--quiet", *PACKAGES])
    ready.write_text(str(PACKAGES))
    return environment


def _is_recent(python: str) -> bool:
    """Whether it runs; a version manager may leave a name behind that runs nothing."""
    question = "import sys; sys.exit(sys.version_info < (3, 12))"
    try:
        return subprocess.run([python, "-c", question], capture_output=True).returncode == 0
    except OSError:
        return False


def _export() -> list[Path]:
    """Two months of sample data, built and exported."""
    database = {"TOKENMART_DUCKDB_PATH": str(FOLDER / "warehouse.duckdb")}
    tokenmart = BIN / "tokenmart"
    sample = FOLDER / "sample"
    shutil.rmtree(sample, ignore_errors=True)
    (FOLDER / "warehouse.duckdb").unlink(missing_ok=True)
    days = ("--days", "40", "--end", "2026-10-31", "--rows-per-day", "100")
    _run([tokenmart, "sample", "--out", sample, *days], database)
    _run([tokenmart, "land", sample], database)
    _run([tokenmart, "build", "--exclude-resource-type", "test", "unit_test"], database)
    for month in ("2026-09", "2026-10"):
        _run([tokenmart, "focus", "export", "--month", month, "--out", FOLDER], database)
    return sorted(FOLDER.glob("focus_*.csv"))


def _problems_of_1_2(environment: Path, data: Path) -> list[str]:
    report = FOLDER / "focus_validator.xml"
    report.unlink(missing_ok=True)
    (folder,) = environment.glob("lib/python3.*/site-packages")
    # it looks for its rules in the current folder
    _run(
        [
            *(environment / "bin" / "focus-validator", "--data-file", data, "--block-download"),
            *("--validate-version", RULES, "--applicability-criteria", ",".join(APPLICABLE)),
            *("--output-type", "unittest", "--output-destination", report),
        ],
        cwd=folder,
    )
    cases = [*ElementTree.parse(report).getroot().iter("testcase")]
    failed = {
        case.attrib["name"].split(" ")[0]
        for case in cases
        if case.find("failure") is not None or case.find("error") is not None
    }
    passed = len(cases) - len(failed) - sum(case.find("skipped") is not None for case in cases)
    print(f"focus: {len(cases)} rules of FOCUS {RULES}: {passed} passed, {len(failed)} failed")
    for rule in sorted(failed & KNOWN.keys()):
        print(f"focus: {rule} fails, as is known: it {KNOWN[rule]}")
    return [
        *(f"rule {rule} fails, see {report}" for rule in sorted(failed - KNOWN.keys())),
        *(f"rule {rule} is said to fail, and passes" for rule in sorted(KNOWN.keys() - failed)),
        *([] if passed > 100 else [f"only {passed} rules passed: was the file read?"]),
    ]


def _problems_of_1_4(environment: Path, data: Path) -> list[str]:
    of_1_4 = FOLDER / "focus_1_4.csv"
    with data.open(encoding="utf-8", newline="") as source:
        rows = csv.DictReader(source)
        names = [name for name in rows.fieldnames or () if name not in OF_1_2]
        with of_1_4.open("w", encoding="utf-8", newline="") as target:
            writer = csv.DictWriter(target, names, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
    checked = subprocess.run(
        [
            *(environment / "bin" / "focus-toolkit", "validate", of_1_4),
            *("--dataset", "cost-and-usage", "--supports", "SupportsUnitPricing"),
            *("--supports", "SupportsMultiplePricingCategories"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    print(checked.stdout, end="")
    return [] if checked.returncode == 0 else [f"FOCUS 1.4: {checked.stdout}{checked.stderr}"]


def _run(
    command: list[str | Path], environment: dict[str, str] | None = None, cwd: Path = ROOT
) -> None:
    subprocess.run(command, cwd=cwd, env=os.environ | (environment or {}), check=True)


if __name__ == "__main__":
    sys.exit(main())
