"""Compares the contracts of the working tree with those of the last release.

Fails on a break that is no model version (CONTRIBUTING.md, "Breaking changes"). dbt finds what is
gone or of another type: columns, types, constraints, contracts, models. What dbt does not compare
is compared here: table names, digits of decimals, grains, access, and what an unpinned ref gives.

`contracts.py --release` writes contracts.json beside this file: what is released from then on.
"""

import json
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dbt.cli.main import dbtRunner
from dbt_common.events.base_types import EventMsg

ROOT = Path(__file__).parents[1]
WORK = ROOT / "build" / "contracts"
RELEASED = Path(__file__).with_suffix(".json")
KEPT_OF_A_MODEL = (
    *("access", "alias", "checksum", "constraints", "contract", "database"),
    *("deprecation_date", "fqn", "latest_version", "name", "original_file_path", "package_name"),
    *("path", "resource_type", "schema", "unique_id", "version"),
)
Node = dict[str, Any]
Manifest = dict[str, Any]


def main() -> int:
    WORK.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "profiles.yml.example", WORK / "profiles.yml")
    current = parse()
    if sys.argv[1:] == ["--release"]:
        release(current)
        return 0
    if not RELEASED.exists():
        sys.exit(f"contracts: {RELEASED.name} is missing; `make release` writes it.")
    released: Manifest = json.loads(RELEASED.read_text(encoding="utf-8"))
    version = released.pop("release")

    breaks = [*breaks_beside_dbt(released, current), *breaks_for_dbt(released, current)]
    for found in breaks:
        print(f"\n{found.strip()}")
    if breaks:
        print(
            f"\ncontracts: broken since {version}. Give the model a new version, and the old one a"
            ' deprecation date: CONTRIBUTING.md, "Breaking changes".'
        )
        return 1
    print(f"contracts: {len(contracted(released))} models keep what {version} promised.")
    return 0


def release(current: Manifest) -> None:
    """Write what the models under contract promise, and nothing else of the manifest."""
    nodes = {node["unique_id"]: node for node in contracted(current).values()}
    kept: dict[str, Any] = {name: type(value)() for name, value in current.items()}
    kept["metadata"] = {
        name: current["metadata"][name]
        for name in ("adapter_type", "dbt_schema_version", "dbt_version", "project_name")
    }
    kept["nodes"] = {name: promise(node, current) for name, node in sorted(nodes.items())}
    kept = {"release": project_version()} | kept
    RELEASED.write_text(f"{json.dumps(kept, indent=1)}\n", encoding="utf-8")
    print(f"contracts: {len(nodes)} models of {kept['release']} are in {RELEASED.name}.")


def project_version() -> str:
    return next(
        line.split('"')[1]
        for line in (ROOT / "dbt_project.yml").read_text(encoding="utf-8").splitlines()
        if line.startswith("version:")
    )


def promise(node: Node, manifest: Manifest) -> Node:
    """What a model promises; words about it may change."""
    columns = {
        name: {
            "name": name,
            "data_type": column["data_type"],
            "constraints": [{"type": each["type"]} for each in column["constraints"]],
        }
        for name, column in node["columns"].items()
    }
    config = {key: node["config"][key] for key in ("contract", "materialized", "on_schema_change")}
    kept = {name: node[name] for name in KEPT_OF_A_MODEL if node[name] is not None}
    return kept | {"columns": columns, "config": config, "keys": sorted(keys(manifest, node))}


def dbt(command: str, *options: str) -> list[EventMsg]:
    """Run dbt in this process, and give its events."""
    events: list[EventMsg] = []
    result = dbtRunner(callbacks=[events.append]).invoke(
        [
            *("--log-level", "none", "--log-level-file", "none"),
            *("--no-use-colors", "--no-version-check"),
            *(command, *options, "--target", "duckdb"),
            *("--project-dir", str(ROOT), "--profiles-dir", str(WORK)),
            *("--target-path", str(WORK / "current")),
        ]
    )
    if result.exception and type(result.exception).__name__ != "ContractBreakingChangeError":
        sys.exit(f"contracts: dbt {command} failed: {result.exception}")
    return events


def parse() -> Manifest:
    dbt("parse")
    manifest: Manifest = json.loads((WORK / "current" / "manifest.json").read_text("utf-8"))
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
            node.get("deprecation_date")
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
        promised[owner["unique_id"]] = {
            **{name: value for name, value in node.items() if name != "keys"},
            "unique_id": owner["unique_id"],
            "version": owner.get("version"),
        }
    state = WORK / "released"
    state.mkdir(exist_ok=True)
    text = json.dumps(released | {"nodes": promised})
    (state / "manifest.json").write_text(text, encoding="utf-8")

    events = dbt("ls", "--select", "state:modified.contract", "--state", str(state))
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
            for columns in sorted({*map(tuple, old["keys"])} - keys(current, new)):
                changes.append(f"Its rows are no longer told apart by {', '.join(columns)}")
        refed = latest.get(old["name"])
        if refed and new and old.get("version") == old.get("latest_version") and refed is not new:
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
