"""The price list beside litellm's: what differs is decided, and what is missing is one command."""

import json
import re
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest
from test_price_files import SEEDS, prices, project_of_seeds
from warehouses import ROOT

from tokenmart.errors import UserError
from tokenmart.prices.check import check_folder

__all__ = ["project_of_seeds"]

DECISIONS = ROOT / ".ci" / "price_decisions.csv"
READ_ON = "2026-11-29"
"""The day on which the version in constraints.txt was looked at."""

NAME = "litellm/model_prices_and_context_window_backup.json"


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """litellm's prices, of the version that constraints.txt names."""
    folder = tmp_path_factory.mktemp("litellm")
    pin = re.search(r"^litellm==\S+", (ROOT / "constraints.txt").read_text("utf-8"), re.M)
    assert pin is not None
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder, pin.group()],
        check=True,
    )
    (wheel,) = folder.glob("*.whl")
    with ZipFile(wheel) as archive:
        return Path(archive.extract(NAME, folder))


def test_every_difference_from_the_other_catalogue_is_decided(catalog: Path) -> None:
    status, said = prices(
        *("compare", str(catalog), "--decided", str(DECISIONS), "--project-dir", str(ROOT)),
        # prices change on days to come, and the file does not
        *("--on", READ_ON),
    )
    assert status == 0, said
    assert int(re.findall(r"Prices compared: ([\d,]+)", said)[0].replace(",", "")) > 1000
    assert "decides nothing any more" not in said


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A small file in litellm's form."""
    models = {
        "sample_spec": {"input_cost_per_token": 0.0},
        # as in the list, a price that differs, and one that was rounded
        "gpt-4.1": {
            "litellm_provider": "openai",
            "input_cost_per_token": 2e-06,
            "output_cost_per_token": 7e-06,
            "output_cost_per_token_batches": 4e-06,
        },
        "groq/whisper-large-v3": {
            "litellm_provider": "groq",
            "input_cost_per_second": 3.083e-05,
        },
        # a model in a region, and one that the list has under its own name
        "us-east/gpt-4.1": {"litellm_provider": "openai", "input_cost_per_token": 9e-06},
        "gpt-4.1-2025-04-14": {"litellm_provider": "openai", "input_cost_per_token": 2e-06},
        "gemini/gemini-9-xenon": {
            "litellm_provider": "gemini",
            "input_cost_per_token": 1.5e-06,
            "input_cost_per_token_above_200k_tokens": 3e-06,
            "cache_read_input_token_cost": 7.5e-08,
            "output_cost_per_token_flex": 3.75e-06,
        },
    }
    path = tmp_path / "prices.json"
    path.write_text(json.dumps(models), encoding="utf-8")
    return path


def test_what_differs_is_told_until_it_is_decided(other: Path, tmp_path: Path) -> None:
    status, said = prices("compare", str(other), "--project-dir", str(ROOT))
    assert status == 1
    assert "openai gpt-4.1 standard text_output: 8, litellm 7\n" in said
    assert "Prices compared: 4; differences: 1, undecided: 1; models" in said
    assert "not listed: 1 (gemini-9-xenon)." in said

    decided = tmp_path / "decided.csv"
    header = "provider,model_id,processing,token_class,above_input_tokens,ours,theirs,why,source\n"
    decided.write_text(f"{header}openai,gpt-4*,*,text_output,,8,7,theirs is old,a page\n")
    status, said = prices("compare", str(other), "--decided", str(decided))
    assert (status, "undecided: 0" in said) == (0, True)
    # another value is another difference
    decided.write_text(f"{header}openai,gpt-4*,*,text_output,,8,6,theirs is old,a page\n")
    status, said = prices("compare", str(other), "--decided", str(decided))
    assert (status, f"{decided}:2: decides nothing anymore." in said) == (1, True)
    decided.write_text(f"{header}openai,gpt-4*,*,text_output,,8,6,theirs is old,\n")
    with pytest.raises(UserError, match=r"decided\.csv:2: why and source must be given"):
        prices("compare", str(other), "--decided", str(decided))


def test_a_model_that_is_missing_is_added_by_its_name(other: Path, project_of_seeds: Path) -> None:
    def add(*models: str) -> tuple[int, str]:
        options = ["--catalog", str(other), "--source", "litellm 9", "--project-dir"]
        return prices("add", *models, *options, str(project_of_seeds))

    status, said = add("gemini-9-xenon")
    assert (status, "4 lines added" in said) == (0, True)
    folder = project_of_seeds / "seeds"
    lines = (folder / "model_prices.csv").read_text(encoding="utf-8").splitlines()[-4:]
    assert lines == [
        "google,gemini-9-xenon,flex,text_output,,,,3.75,,USD,true,listed,,litellm 9",
        "google,gemini-9-xenon,standard,cached_text_input,,,,0.075,,USD,true,listed,,litellm 9",
        "google,gemini-9-xenon,standard,uncached_text_input,,,,1.5,,USD,true,listed,,litellm 9",
        "google,gemini-9-xenon,standard,uncached_text_input,200000,,,3,,USD,true,listed,,litellm 9",
    ]
    assert "gemini-9-xenon,200000,over_200k" in (folder / "context_steps.csv").read_text("utf-8")
    assert check_folder(folder) == []
    with pytest.raises(UserError, match="has prices of gemini-9-xenon already"):
        add("gemini-9-xenon")
    with pytest.raises(UserError, match="has no price of gemini-10"):
        add("gemini-10")
    assert (SEEDS / "model_prices.csv").read_text("utf-8").count("xenon") == 0


@pytest.mark.parametrize("text", ["[1, 2]", "{", '{"a": 1}'])
def test_another_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "other.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=r"other\.json is not a price file of litellm's"):
        prices("compare", str(path), "--project-dir", str(ROOT))
