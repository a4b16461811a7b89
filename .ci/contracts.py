"""Compares the contracts of the working tree with those of the last release.

Fails on a break that is no model version (CONTRIBUTING.md, "Breaking changes"). dbt finds what is
gone or of another type: columns, types, constraints, contracts, models. What dbt does not compare
is compared here: table names, digits of decimals, grains, access, and what an unpinned ref gives.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dbt.cli.main import dbtRunner
from dbt_common.events.base_types import EventMsg

ROOT = Path(__file__).parents[1]
WORK = ROOT / "build" / "contracts"
Node = dict[str, Any]
Manifest = dict[str, Any]


def main() -> int:
    tag = last_release()
    if tag is None:
        print(
            "contracts: no release tag (v*) is reachable, so there is nothing to compare with."
            " In a shallow clone, run `git fetch --unshallow --tags` first."
        )
        return 0
    WORK.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "profiles.yml.example", WORK / "profiles.yml")
    # what an interrupted run has left
    shutil.rmtree(WORK / "tree", ignore_errors=True)
    git("worktree", "prune")
    git("worktree", "add", "--quiet", "--detach", str(WORK / "tree"), tag)
    try:
        released = parse(WORK / "tree", WORK / "released")
    finally:
        git("worktree", "remove", "--force", str(WORK / "tree"))
    current = parse(ROOT, WORK / "current")

    breaks = [*breaks_beside_dbt(released, current), *breaks_for_dbt(released, current)]
    for found in breaks:
        print(f"\n{found.strip()}")
    if breaks:
        print(
            f"\ncontracts: broken since {tag}. Give the model a new version, and the old one a"
            ' deprecation date: CONTRIBUTING.md, "Breaking changes".'
        )
        return 1
    print(f"contracts: {len(contracted(released))} models keep what {tag} promised.")
    return 0


def git(*arguments: str) -> str:
    result = subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if result.returncode:
        sys.exit(f"contracts: git {' '.join(arguments)} failed: {result.stderr.strip()}")
    return result.stdout.strip()


def last_release() -> str | None:
    """The nearest release tag; none in an unpacked archive either."""
    if shutil.which("git") is None:
        return None
    result = subprocess.run(
        ["git", "describe", "--tags", "--abbrev=0", "--match", "v[0-9]*"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return result.stdout.strip() or None


def dbt(command: str, project: Path, target: Path, *options: str) -> list[EventMsg]:
    """Run dbt in this process, and give its events."""
    events: list[EventMsg] = []
    result = dbtRunner(callbacks=[events.append]).invoke(
        [
            *("--log-level", "none", "--log-level-file", "none"),
            *("--no-use-colors", "--no-version-check"),
            *(command, *options, "--target", "duckdb"),
            *("--project-dir", str(project), "--profiles-dir", str(WORK)),
            *("--target-path", str(target)),
        ]
    )
    if result.exception and type(result.exception).__name__ != "ContractBreakingChangeError":
        sys.exit(f"contracts: dbt {command} failed in {project}: {result.exception}")
    return events


def parse(project: Path, target: Path) -> Manifest:
    dbt("parse", project, target)
    manifest: Manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    return manifest


def contracted(manifest: Manifest) -> dict[tuple[str, str], Node]:
    """The models under contract, by schema and table; what is past its date is promised no more."""
    now = datetime.now(UTC)
    return {
        (node["schema"], node["alias"]): node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
        and node["contract"]["enforced"]
        and not (
            node["deprecation_date"]
            and datetime.fromisoformat(node["deprecation_date"]).astimezone(UTC) < now
        )
    }


def breaks_for_dbt(released: Manifest, current: Manifest) -> list[str]:
    """What dbt calls a breaking change.

    dbt knows a model by name and version; those who query know a table. So a released model is
    compared with the one that has its table now: a model may get versions as long as one of them
    keeps the table, and a table may not pass to another version before its date.
    """
    owners = contracted(current)
    promised: dict[str, Node] = {}
    for table, node in contracted(released).items():
        owner = owners.get(table, node)
        promised[owner["unique_id"]] = node | {
            "unique_id": owner["unique_id"],
            "version": owner["version"],
        }
    state = released | {"nodes": promised}
    (WORK / "released" / "manifest.json").write_text(json.dumps(state), encoding="utf-8")

    events = dbt(
        "ls",
        ROOT,
        WORK / "current",
        *("--select", "state:modified.contract", "--state", str(WORK / "released")),
    )
    return [
        event.info.msg.removeprefix("[WARNING]: ").removeprefix("Encountered an error:\n")
        for event in events
        if event.info.name in ("UnversionedBreakingChange", "MainEncounteredError")
    ]


def breaks_beside_dbt(released: Manifest, current: Manifest) -> Iterator[str]:
    """What breaks a reader and is no change of contract to dbt."""
    owners = contracted(current)
    latest = {
        node["name"]: node
        for node in current["nodes"].values()
        if node["resource_type"] == "model" and node["version"] == node["latest_version"]
    }
    for table, old in contracted(released).items():
        changes = []
        new = owners.get(table) or current["nodes"].get(old["unique_id"])
        if new and table != (new["schema"], new["alias"]):
            changes.append(f"Its table {'.'.join(table)} is now {new['schema']}.{new['alias']}")
        if new:
            changes += changes_of_digits(old, new)
            if old["access"] == "public" and new["access"] != "public":
                changes.append(f"Other projects may no longer ref it: access is {new['access']}")
            for columns in sorted(keys(released, old) - keys(current, new)):
                changes.append(f"Its rows are no longer told apart by {', '.join(columns)}")
        refed = latest.get(old["name"])
        if refed and new and old["version"] == old["latest_version"] and refed is not new:
            changes.append(
                f"ref('{old['name']}') gave the table {table[1]} and now gives {refed['alias']}"
            )
        if changes:
            yield f"Breaking change to model {old['name']}\n  - " + "\n  - ".join(changes)


def changes_of_digits(old: Node, new: Node) -> Iterator[str]:
    """To dbt, decimal(28,6) and decimal(18,2) are one type."""
    for name, column in old["columns"].items():
        was, now = (
            (side.get("data_type") or "").lower().replace(" ", "")
            for side in (column, new["columns"].get(name, {}))
        )
        if was != now and was.partition("(")[0] == now.partition("(")[0]:
            yield f"Column {name} was {was} and is {now}"


def keys(manifest: Manifest, model: Node) -> set[tuple[str, ...]]:
    """The sets of columns that tell the rows of a model apart, as its YAML says."""
    found = [model["config"]["meta"].get("grain", [])]
    for node in manifest["nodes"].values():
        if node.get("attached_node") == model["unique_id"]:
            test = node["test_metadata"]
            if test["name"] == "unique_grain":
                found.append(test["kwargs"]["columns"])
            elif test["name"] == "unique":
                found.append([node["column_name"]])
    return {tuple(sorted(columns)) for columns in found if columns}


if __name__ == "__main__":
    sys.exit(main())
