"""What is public is under contract, and a break of a released contract does not go unnoticed."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from warehouses import ROOT, Warehouse

TIMES = " × "  # noqa: RUF001
PROJECT = ("macros", "models", "seeds", "tests/conservation", "tests/generic", "dbt_project.yml")


def _models(warehouse: Warehouse) -> dict[str, dict[str, Any]]:
    """The models that dbt knew in the last run, by table."""
    manifest = json.loads((warehouse.folder / "target" / "manifest.json").read_text())
    return {
        node["alias"]: node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
    }


def _grain(warehouse: Warehouse, model: dict[str, Any]) -> list[str]:
    """The columns that tell the rows of a model apart, as its YAML says."""
    if "grain" in model["config"]["meta"]:
        meta = model["config"]["meta"]
        return [*meta["grain"], *meta.get("grain_if_filled", [])]
    manifest = json.loads((warehouse.folder / "target" / "manifest.json").read_text())
    (columns,) = (
        test["test_metadata"]["kwargs"].get("columns", [test["column_name"]])
        for test in manifest["nodes"].values()
        if test.get("attached_node") == model["unique_id"]
        and test["test_metadata"]["name"] in ("unique", "unique_grain")
    )
    return columns


@pytest.fixture(scope="module")
def public(sample_build: Warehouse) -> dict[str, dict[str, Any]]:
    """The models that others may rely on, by table, with their grain and what is never null."""
    found = {}
    for table, model in _models(sample_build).items():
        if model["schema"] == "analytics":
            found[table] = model | {
                "grain": _grain(sample_build, model),
                "never_null": [
                    column["name"]
                    for column in model["columns"].values()
                    if {"type": "not_null"}.items() <= (column["constraints"] or [{}])[0].items()
                ],
            }
    return found


def test_what_is_public_is_under_contract_and_nothing_else_is_public(
    sample_build: Warehouse, public: dict[str, dict[str, Any]]
) -> None:
    assert len(public) > 20
    for table, model in _models(sample_build).items():
        folder = Path(model["path"]).parts[0]
        assert model["group"], table
        assert model["contract"]["enforced"] == (folder == "marts"), table
        assert (model["access"] == "public") == (folder in ("marts", "staging")), table
        assert (table in public) == (folder == "marts"), table
    # DuckDB keeps what a contract says, so that the data tests need not look for nulls
    enforced = set(
        sample_build.rows(
            """
            select table_name, column_name from information_schema.columns
            where table_schema = 'analytics' and is_nullable = 'NO'
            """
        )
    )
    assert enforced == {
        (table, column)
        for table, model in public.items()
        # a view shows what the tables behind it hold
        if model["config"]["materialized"] != "view"
        for column in model["never_null"]
    }


def _names(columns: list[str], between: str) -> str:
    return between.join(f"`{column}`" for column in columns)


def test_the_page_of_grains_says_what_the_contracts_say(public: dict[str, dict[str, Any]]) -> None:
    lines = []
    for table, model in sorted(
        public.items(), key=lambda item: (Path(item[1]["path"]).parts[1], item[0])
    ):
        key = [name for name in ("usage_key", "cost_key") if name in model["columns"]][-1:]
        cells = (
            f"`{table}`",
            _names(model["grain"], TIMES),
            _names(key, "") if "grain" in model["config"]["meta"] else "",
            _names(model["never_null"], ", "),
        )
        lines.append(f"| {' | '.join(cells)} |".replace("  ", " "))
    page = (ROOT / "docs" / "grains.md").read_text(encoding="utf-8")
    listed = [line for line in page.splitlines() if line.startswith("| `")]
    expected = "\n".join(lines)
    assert listed == lines, f"The table of docs/grains.md should be:\n{expected}"


def test_the_grains_tell_the_rows_of_the_sample_apart(
    sample_build: Warehouse, public: dict[str, dict[str, Any]]
) -> None:
    for table, model in public.items():
        columns = ", ".join(model["grain"])
        # the sample has no record of nothing, one month, and no further dimension and budget
        has_rows = table not in (
            *("excluded_usage_records", "mart_cost_by_attribution_monthly"),
            *("mart_budget_daily", "mart_budget_status"),
            *("mart_cost_mover_models", "mart_cost_movers"),
        )
        assert sample_build.rows(
            f"select count(*) > 0, count(*) = count(distinct ({columns})) from analytics.{table}"
        ) == [(has_rows, True)], table


def test_a_key_is_the_hash_of_the_grain(public: dict[str, dict[str, Any]]) -> None:
    keyed = [model for model in public.values() if "grain" in model["config"]["meta"]]
    assert len(keyed) == 5
    # a bill is shared out by the key, before the fact
    priced = ROOT / "models" / "intermediate" / "6_pricing" / "int_provider_usage_priced.sql"
    for model in keyed:
        if model["name"] == "mart_focus_cost_and_usage":
            # the standard's names are others than those in the code
            continue
        is_priced = model["name"] == "fct_provider_usage_daily"
        code = priced.read_text(encoding="utf-8") if is_priced else model["raw_code"]
        # the last one, behind the hash that a bill without usage has in the place of a usage's
        *_, hashed = re.findall(r"grain_key\(\[(.*?\])\)", code, flags=re.DOTALL)
        assert re.findall(r"'(?:daily\.)?(\w+)'", hashed) == model["grain"], model["name"]


def test_the_list_of_models_agrees_with_the_grains(public: dict[str, dict[str, Any]]) -> None:
    page = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.*?`) \| (.*?) \|$", page.split("\n## ")[0], flags=re.MULTILINE)
    grains = {table: text for names, text in rows for table in re.findall(r"`(\w+)`", names)}
    assert set(public) <= set(grains)
    for table, model in public.items():
        columns = grains[table].split(TIMES)
        if set(columns) <= set(model["columns"]):
            assert set(columns) == set(model["grain"]) - {"source_instance"}, table


def copy_project(folder: Path) -> None:
    """What dbt needs of the project."""
    for name in PROJECT:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name)
        else:
            shutil.copy(ROOT / name, folder / name)


class Checkout:
    """A copy of the dbt project, in which contracts can be broken."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        copy_project(folder)
        shutil.copytree(ROOT / ".ci", folder / ".ci")
        shutil.copy(ROOT / "profiles.yml.example", folder / "profiles.yml.example")

    def model(self, name: str, suffix: str = ".yml") -> Path:
        (path,) = self.folder.glob(f"models/**/{name}{suffix}")
        return path

    def edit(self, model: str, old: str, new: str) -> None:
        """Replace the first occurrence of a piece of a model's YAML."""
        text = self.model(model).read_text(encoding="utf-8")
        assert old in text, (model, old)
        self.model(model).write_text(text.replace(old, new, 1), encoding="utf-8")

    def release(self, version: str) -> None:
        settings = self.folder / "dbt_project.yml"
        text = settings.read_text(encoding="utf-8")
        settings.write_text(re.sub('^version: ".*"', f'version: "{version}"', text, flags=re.M))
        status, said = self.check("--release")
        assert status == 0, said
        assert f"models of {version} are in contracts.json" in said

    def check(self, *options: str) -> tuple[int, str]:
        result = subprocess.run(
            [sys.executable, ".ci/contracts.py", *options],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        return result.returncode, result.stdout + result.stderr


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "checkout")


NOT_NULL = ", constraints: [{type: not_null}]"
ENABLED = "      enabled:"

VERSIONS = """\
    latest_version: 1
    versions:
      - v: 1
        defined_in: {model}
        config: {{alias: {model}}}
        deprecation_date: {date}
        columns: [{{include: all}}]
      - v: 2
        columns: [{{include: all, exclude: [recorded_cost_usd]}}]
"""
ONE_VERSION = "    latest_version: 2\n    versions: [{v: 2}]\n"

# model: what stands in its YAML, what is put in its place, and what is said of it
BREAKS = {
    "dim_organization": (
        "name: org_slug,",
        "name: slug,",
        "Columns were removed: \n    - org_slug",
    ),
    "dim_employee": (
        "email, data_type: varchar",
        "email, data_type: bigint",
        "email (varchar -> bigint)",
    ),
    "dim_model": (
        "('first_usage_date') }}\"" + NOT_NULL,
        "('first_usage_date') }}\"",
        "not_null' constraint on column first_usage_date",
    ),
    "dim_date": (
        "    columns:\n",
        "    config: {contract: {enforced: false}}\n    columns:\n",
        "no longer configured to enforce its contract",
    ),
    "dim_provider_key": (
        "\"{{ 'provider' in var('sources_enabled') }}\"",
        "false",
        "Contracted model 'model.tokenmart.dim_provider_key' was disabled",
    ),
    "audit_agents_usage": (
        ENABLED,
        "      materialized: view\n" + ENABLED,
        "table -> view",
    ),
    "mart_cost_by_model_daily": (
        'name: cost_usd, data_type: "decimal(38,12)"',
        'name: cost_usd, data_type: "decimal(18,2)"',
        "Column cost_usd was decimal(38,12) and is decimal(18,2)",
    ),
    "mart_cost_by_employee_monthly": (
        "usage_month, org_id, employee_id]",
        "usage_month, org_id]",
        "no longer told apart by employee_id, org_id, source_instance, usage_month",
    ),
    "fct_agent_usage_daily": (
        "resource_type, model_id,\n",
        "resource_type,\n",
        "no longer told apart by agent_config_id, employee_id, model_id, org_id, resource_type",
    ),
    "fct_provider_usage_daily": (
        ", data_tests: [unique]",
        "",
        "Its rows are no longer told apart by usage_key",
    ),
    "fct_voice_usage_daily": (
        ENABLED,
        "      alias: fct_voice\n" + ENABLED,
        "Its table analytics.fct_voice_usage_daily is now analytics.fct_voice",
    ),
    "mart_voice_daily": (
        ENABLED,
        "      access: protected\n" + ENABLED,
        "Other projects may no longer ref it: access is protected",
    ),
}


@pytest.mark.drawn(1, of="breaks of contracts")
def test_a_break_of_a_released_contract_names_model_and_column(checkout: Checkout) -> None:
    for model, (old, new, _) in BREAKS.items():
        checkout.edit(model, old, new)
    for suffix in (".sql", ".yml"):
        checkout.model("dim_agent_config", suffix).unlink()
    status, said = checkout.check()
    assert status == 1
    # one paragraph a break
    paragraphs = said.split("\n\n")
    for model, (_, _, reason) in BREAKS.items():
        assert any(model in text and reason in text for text in paragraphs), (model, said)
    assert "Contracted model 'model.tokenmart.dim_agent_config' was deleted or renamed" in said
    assert said.count("Breaking change to") == len(BREAKS) + 1

    (checkout.folder / ".ci" / "contracts.json").unlink()
    status, said = checkout.check()
    assert (status, said) == (
        1,
        "contracts: contracts.json is missing; `make release` writes it.\n",
    )


def _split(checkout: Checkout, model: str, date: str) -> str:
    """Give a model two versions, the first with a deprecation date."""
    first = checkout.model(model, ".sql")
    shutil.copy(first, first.with_stem(f"{model}_v2"))
    versions = VERSIONS.format(model=model, date=date)
    checkout.edit(model, "    data_tests:\n", versions + "    data_tests:\n")
    return versions


@pytest.mark.drawn(1, of="breaks of contracts")
def test_what_is_added_or_versioned_or_past_its_date_is_no_break(checkout: Checkout) -> None:
    past = _split(checkout, "mart_cost_by_project_monthly", "2026-06-30")
    checkout.release("1.0.0")
    checkout.edit("mart_cost_by_project_monthly", past, ONE_VERSION)
    checkout.model("mart_cost_by_project_monthly", ".sql").unlink()
    checkout.edit(
        "dim_date",
        "    columns:\n",
        "    columns:\n      - {name: week, data_type: date, constraints: [{type: not_null}]}\n",
    )
    _split(checkout, "mart_voice_daily", "2999-06-30")
    assert checkout.check() == (0, "contracts: 48 models keep what 1.0.0 promised.\n")

    checkout.release("1.1.0")
    checkout.edit("mart_voice_daily", "latest_version: 1", "latest_version: 2")
    checkout.edit("mart_voice_daily", "include: all", "include: all, exclude: [user_count]")
    status, said = checkout.check()
    assert status == 1
    assert "ref('mart_voice_daily') gave the table mart_voice_daily and now gives" in said
    assert "Breaking change to contract Error in model mart_voice_daily" in said
    assert "Columns were removed: \n      - user_count" in said


@pytest.mark.drawn(1, of="breaks of contracts")
def test_a_staging_model_of_another_type_fails_with_model_column_and_types(
    checkout: Checkout, copy_of_sample: Warehouse
) -> None:
    model = checkout.model("dim_organization", ".sql")
    text = model.read_text(encoding="utf-8")
    model.write_text(text.replace("    plan,", "    1 as plan,"), encoding="utf-8")
    result = copy_of_sample.dbt(
        "run", "--project-dir", str(checkout.folder), "--select", "dim_organization"
    )
    assert result.returncode == 1
    said = " ".join(result.stdout.split())
    assert "in model dim_organization" in said
    assert "| plan | INTEGER | VARCHAR | data type mismatch |" in said
    # what was built before stands
    assert copy_of_sample.value("select count(*) from analytics.dim_organization") == 5


@pytest.mark.drawn(3, of="projects that install the package")
def test_a_project_that_installs_this_one_may_use_marts_and_replace_staging_only(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    copy_project(tmp_path / "tokenmart")
    folder = tmp_path / "installing"
    models = folder / "models"
    models.mkdir(parents=True)
    (folder / "dbt_project.yml").write_text("{name: installing, profile: tokenmart}\n")
    (folder / "packages.yml").write_text("packages: [{local: ../tokenmart}]\n")
    (models / "mine.sql").write_text("select * from {{ ref('mart_cost_by_model_daily') }}\n")
    (models / "stg_voice__voice_usage_metrics.sql").write_text(
        "select * from {{ ref('tokenmart', 'stg_voice__voice_usage_metrics') }}\n"
    )
    installed = warehouse.dbt("deps", "--project-dir", str(folder))
    assert installed.returncode == 0, installed.stdout
    accepted = warehouse.dbt("parse", "--project-dir", str(folder))
    assert accepted.returncode == 0, accepted.stdout
    manifest = json.loads((warehouse.folder / "target" / "manifest.json").read_text())
    reads = manifest["nodes"]["model.tokenmart.ledger_voice_usage_metrics"]["depends_on"]["nodes"]
    assert reads == ["model.installing.stg_voice__voice_usage_metrics"]

    (models / "ledger.sql").write_text("select * from {{ ref('ledger_usage_events') }}\n")
    refused = warehouse.dbt("parse", "--project-dir", str(folder))
    assert refused.returncode == 2
    assert "ledger_usage_events, which is not allowed" in refused.stdout
