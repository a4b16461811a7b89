"""The price list as a file: made from the catalogue, compared with it, refused if it is wrong."""

import csv
import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from refusals import refusal
from typer.testing import CliRunner
from warehouses import ROOT, Warehouse

from tokenmart.cli import app
from tokenmart.errors import UserError
from tokenmart.prices.catalog import PROVIDERS, catalog
from tokenmart.prices.check import COLUMNS, check_folder
from tokenmart.prices.names import normal, read_names

SEEDS = ROOT / "seeds"


@pytest.fixture
def project_of_seeds(tmp_path: Path) -> Path:
    """A project that has nothing but the seeds."""
    shutil.copytree(SEEDS, tmp_path / "seeds")
    (tmp_path / "dbt_project.yml").write_text("name: tokenmart\n", encoding="utf-8")
    return tmp_path


def prices(*arguments: str) -> tuple[int, str]:
    """Exit status and words of ``tokenmart prices``."""
    result = CliRunner().invoke(app, ["prices", *arguments], env={"COLUMNS": "300"})
    if isinstance(result.exception, UserError):
        raise result.exception
    return result.exit_code, result.output


def rows(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [*csv.DictReader(file)]


def test_the_price_list_is_that_of_the_installed_catalogue_and_sound() -> None:
    status, said = prices("refresh", "--check", "--project-dir", str(ROOT))
    assert status == 0, said
    assert check_folder(SEEDS) == []


def test_every_model_of_the_catalogue_that_has_a_token_price_is_listed() -> None:
    listed = {(row["provider"], row["model_id"]) for row in rows("model_prices")}
    for provider in catalog():
        if provider.id not in PROVIDERS:
            continue
        for model in provider.models:
            blocks = (
                [each.prices for each in model.prices]
                if isinstance(model.prices, list)
                else [model.prices]
            )
            has_price = any(block.input_mtok or block.audio_hours for block in blocks)
            assert ((provider.id, model.id) in listed) == has_price, model.id


def test_every_price_of_the_catalogue_fits_without_rounding() -> None:
    for row in rows("model_prices"):
        usd = Decimal(row["usd_per_million"])
        assert 0 <= usd < 100_000
        assert usd == round(usd, 6)
        assert (row["price_source"] == "derived") == bool(row["price_rule"])


def test_no_two_steps_are_of_one_name_without_its_date() -> None:
    names = [normal(row["model_id"]) for row in rows("context_steps")]
    assert len(names) == len({*names})


def test_a_changed_file_is_reported_line_by_line_and_made_again(project_of_seeds: Path) -> None:
    path = project_of_seeds / "seeds" / "model_prices.csv"
    text = path.read_text(encoding="utf-8")
    old = "openai,gpt-4.1,standard,uncached_text_input,,,,2,,"
    assert text.count(old) == 1
    path.write_text(text.replace(old, old.replace(",2,,", ",3,,")), encoding="utf-8")
    status, said = prices("refresh", "--check", "--project-dir", str(project_of_seeds))
    assert status == 1
    assert "- openai,gpt-4.1,standard,uncached_text_input,,,,3,," in said.replace("  -", "  - ")
    assert "Run `tokenmart prices refresh` and review the difference." in said
    assert path.read_text(encoding="utf-8") != text
    status, said = prices("refresh", "--project-dir", str(project_of_seeds))
    assert status == 0
    assert path.read_text(encoding="utf-8") == text


def test_further_providers_are_listed_and_stay(project_of_seeds: Path) -> None:
    path = project_of_seeds / "seeds" / "model_prices.csv"
    before = path.read_text(encoding="utf-8")
    prices("refresh", "--provider", "cohere", "--project-dir", str(project_of_seeds))
    after = path.read_text(encoding="utf-8")
    assert "\ncohere,command-r," in after
    assert {*before.splitlines()} < {*after.splitlines()}
    status, _ = prices("refresh", "--check", "--project-dir", str(project_of_seeds))
    assert status == 0
    with pytest.raises(UserError, match=r"genai-prices has no provider acme\. It has: anthropic, "):
        prices("refresh", "--provider", "acme", "--project-dir", str(project_of_seeds))


def test_a_list_of_another_catalogue_is_not_written_over(project_of_seeds: Path) -> None:
    path = project_of_seeds / "seeds" / "model_prices.csv"
    text = "provider,model_id,usd_per_million,catalog\nacme,llm-1,1,our contract of 2025\n"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match="comes from the catalog 'our contract of 2025'"):
        prices("refresh", "--project-dir", str(project_of_seeds))
    assert path.read_text(encoding="utf-8") == text


def test_lines_of_ones_own_stay_and_take_the_place_of_the_catalogues(
    project_of_seeds: Path,
) -> None:
    folder = project_of_seeds / "seeds"
    path = folder / "model_prices.csv"
    listed = path.read_text(encoding="utf-8")
    own = (
        "OpenAI,o4-mini,,cached_text_input,,,2025-06-09,2.5,,USD,true,listed,,our bill\n"
        "OpenAI,o4-mini,,cached_text_input,,2025-06-10,,0.5,,USD,true,listed,,our bill\n"
        # as mart_unpriced_usage writes it
        "openai,new,standard,text_output,,,,3,,USD,,,,\n"
        "anthropic,claude-opus-4-1,standard,text_output,200000,2025-08-12,,22.5,,USD,,,,\n"
        "acme,llm-1,standard,text_output,,,,1,,USD,,,,\n"
        "acme,llm-1,standard,text_output,100000,,,2,,USD,,,,\n"
    )
    header, *lines = listed.splitlines(keepends=True)
    delivered = [line for line in lines if ",genai-prices " not in line]
    path.write_text(header + own + "".join(lines), encoding="utf-8")
    status, said = prices("refresh", "--project-dir", str(project_of_seeds))
    assert status == 0
    assert f"{6 + len(delivered)} of your own" in said
    taken = "openai,o4-mini,standard,cached_text_input,"
    kept = [line for line in lines if line not in delivered and not line.startswith(taken)]
    assert len(kept) < len(lines) - len(delivered)
    assert path.read_text(encoding="utf-8") == "".join((header, *kept, own, *delivered))
    steps = (folder / "context_steps.csv").read_text(encoding="utf-8")
    assert {"claude-opus-4-1,200000,over_200k", "llm-1,100000,over_100k"} <= {*steps.splitlines()}
    assert prices("refresh", "--check", "--project-dir", str(project_of_seeds))[0] == 0
    assert check_folder(folder) == []
    path.write_text(listed, encoding="utf-8")
    prices("refresh", "--project-dir", str(project_of_seeds))
    assert path.read_text(encoding="utf-8") == listed
    assert (folder / "context_steps.csv").read_text() == (SEEDS / "context_steps.csv").read_text()


def test_check_names_file_and_line(project_of_seeds: Path) -> None:
    path = project_of_seeds / "seeds" / "contract_prices.csv"
    lines = "openai,*,*,*,,,,-5,USD\nopenai,gpt-5,*\n"
    path.write_text(path.read_text(encoding="utf-8") + lines, encoding="utf-8")
    (path.parent / "model_aliases.csv").write_text("provider,nmae,model_id\n", encoding="utf-8")
    status, said = prices("check", "--project-dir", str(project_of_seeds))
    assert status == 1
    assert "contract_prices.csv:2: discount_percent is negative: -5" in said
    assert "contract_prices.csv:3: has 3 values and the header 9 columns" in said
    assert "model_aliases.csv:1: the column nmae is not known" in said
    assert "model_aliases.csv:1: the column name is missing" in said
    assert prices("check", "--project-dir", str(ROOT))[0] == 0


@pytest.fixture
def own_project(tmp_path: Path) -> Path:
    """A copy of the project, whose seeds a user changes."""
    folder = tmp_path / "project"
    for name in ("macros", "models", "seeds", "tests/generic", "tests/conservation"):
        shutil.copytree(ROOT / name, folder / name)
    for name in ("dbt_project.yml", "selectors.yml"):
        shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.mark.drawn(1)
def test_a_build_refuses_unsound_prices_with_their_lines(
    either_warehouse: Warehouse, own_project: Path
) -> None:
    either_warehouse.create_sources()
    either_warehouse.project = own_project
    listed = own_project / "seeds" / "model_prices.csv"
    text = listed.read_text(encoding="utf-8")
    first = text.splitlines()[1]
    listed.write_text(text + first.replace("USD", "EUR") + "\n", encoding="utf-8")
    (own_project / "seeds" / "contract_prices.csv").write_text(
        ",".join(COLUMNS["contract_prices"]).replace("currency", "curency")
        + "\nopenai,gpt-5,*,*,2025-02-30,,-3,,USD\n",
        encoding="utf-8",
    )
    result = either_warehouse.dbt("build", "--select", "+int_list_prices")
    said = refusal(result)
    last = len(text.splitlines()) + 1
    assert "The price seeds have errors, so no cost is computed:" in said
    assert f"- seeds/model_prices.csv, line {last}: currency is not USD: EUR" in said
    assert f"- seeds/model_prices.csv, line {last}: repeats line 2" in said
    assert "- seeds/contract_prices.csv, line 1: the column curency is not known" in said
    assert "- seeds/contract_prices.csv, line 1: the column currency is missing" in said
    assert "line 2: effective_from is not a day such as 2026-01-31: 2025-02-30" in said
    assert "`tokenmart prices check` shows the same without a build." in said


def test_a_list_of_ones_own_takes_the_place_of_the_catalogues(
    warehouse: Warehouse, own_project: Path
) -> None:
    warehouse.create_sources()
    warehouse.project = own_project
    warehouse.build("--select", "+int_list_prices")
    (own_project / "seeds" / "model_prices.csv").write_text(
        "currency,usd_per_million,effective_to,effective_from,processing,token_class,"
        "model_id,provider\n"
        "USD,1.5,,2025-01-01,standard,text_output,LLM-1,Acme\n",
        encoding="utf-8",
    )
    warehouse.build("--select", "+int_list_prices")
    assert warehouse.rows(
        "select provider, model_id, token_class, usd_per_million, effective_from::text, "
        "effective_to::text, covers_others, price_source "
        "from analytics_intermediate.int_list_prices"
    ) == [
        (
            *("acme", "llm-1", "text_output", Decimal("1.5"), "2025-01-01"),
            "9999-12-31",
            False,
            "listed",
        )
    ]


def test_the_names_of_bedrock_have_their_version() -> None:
    models = {name: model for _, name, model, _ in read_names(["aws"])}
    of_region = "regional.anthropic.claude-sonnet-4-5-20250929-v1:0"
    for prefix in ("", "us.", "eu.", "apac."):
        name = f"{prefix}anthropic.claude-sonnet-4-5-20250929"
        assert models[name] == models[f"{name}-v1:0"] == of_region
    assert models["global.anthropic.claude-sonnet-4-5-20250929-v1:0"] != of_region
    assert not [name for name in models if name.count(":") > 1]
