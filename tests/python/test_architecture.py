"""The folder tree is the architecture: what may read what, and how large a thing may be."""

import re
from collections import defaultdict
from pathlib import Path

import pytest
from warehouses import ROOT

LONGEST_MODEL = 150
MODELS = {path.stem: path for path in (ROOT / "models").rglob("*.sql")}
LAYERS = ("staging", "ledger", "intermediate", "marts")
MAY_READ = {
    "ledger": {"staging", "ledger"},
    "intermediate": {"ledger", "intermediate"},
    "marts": {"ledger", "intermediate", "marts"},
}
ALLOCATION = 8
READS_LATER = {("int_usage_models", "int_bill_lines")}
"""The bill's lines name models, which are looked up in the price list with those of the usage."""


def _layer(model: str) -> str:
    return MODELS[model].relative_to(ROOT / "models").parts[0]


def _step(model: str) -> int:
    """The step of a row's way that a folder of intermediate models stands for; 0 outside of it."""
    number = re.match(r"(\d)_", MODELS[model].parent.name)
    return int(number[1]) if number else 0


def _parents(model: str) -> set[str]:
    text = MODELS[model].read_text(encoding="utf-8")
    return set(re.findall(r"ref\('(\w+)'\)", text)) & set(MODELS)


def test_no_model_is_longer_than_a_reader_bears() -> None:
    long = {
        name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in MODELS.items()
    }
    assert {name: lines for name, lines in long.items() if lines > LONGEST_MODEL} == {}


def test_a_layer_reads_the_layers_before_it() -> None:
    for model in MODELS:
        for parent in _parents(model):
            # owners as they were on the day of use are dimensions, which others read too
            if not parent.endswith("_history"):
                # what costs are allocated by stands behind the facts
                may_read = LAYERS if _step(model) == ALLOCATION else MAY_READ.get(_layer(model), {})
                assert _layer(parent) in may_read, (model, parent)


def test_a_step_reads_the_steps_before_it() -> None:
    steps = {_step(model) for model in MODELS if _layer(model) == "intermediate"}
    assert steps == set(range(1, len(steps) + 1))
    for model in MODELS:
        for parent in _parents(model):
            if _step(model) and (model, parent) not in READS_LATER:
                assert _step(parent) <= _step(model), (model, parent)


def test_no_macro_holds_the_rule_of_a_single_model() -> None:
    """What one model alone says is said in the model; a macro is what several share."""
    macros: dict[str, Path] = {}
    for path in (ROOT / "macros").rglob("*.sql"):
        for name in re.findall(r"{%-? *macro (\w+)\(", path.read_text(encoding="utf-8")):
            macros[name] = path
    callers: dict[str, set[str]] = defaultdict(set)
    for folder in ("macros", "models", "tests", "seeds"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".sql", ".yml") and path.is_file():
                for name in re.findall(r"tokenmart\.(\w+)", path.read_text(encoding="utf-8")):
                    callers[name].add(path.relative_to(ROOT).as_posix())
    alone = {
        name: callers[name]
        for name, path in macros.items()
        # a dispatched macro has its reason; another gives its own in its comment
        if path.parent.name != "engines"
        and "Not in its one caller" not in path.read_text(encoding="utf-8")
        and len(callers[name]) == 1
        and next(iter(callers[name])).startswith("models/")
        and next(iter(callers[name])).endswith(".sql")
    }
    assert alone == {}


@pytest.mark.parametrize("layer", LAYERS)
def test_the_name_of_a_model_says_its_layer(layer: str) -> None:
    prefixes = {
        "staging": r"stg_(provider|agents|voice|billing)__",
        "ledger": "ledger_",
        "intermediate": "int_",
        "marts": "(dim|fct|mart|audit|excluded|quarantine)_",
    }
    for model in MODELS:
        if _layer(model) == layer:
            assert re.match(prefixes[layer], model), model


def test_no_sum_is_made_of_a_variable_that_may_be_no_number() -> None:
    """The project is parsed before assert_values looks, so a sum would end in dbt's own words."""
    sums = re.compile(r"-\(*var\(|var\('\w+'\)\s*[-+*/]\s*\w|[+*/]\s*var\(")
    found = [
        (path.name, line.strip())
        for folder in ("models", "macros")
        for path in (ROOT / folder).rglob("*.sql")
        for line in path.read_text(encoding="utf-8").splitlines()
        if sums.search(line)
    ]
    assert not found
