"""Engines differ in macros/engines/ alone; a macro there refuses an engine that it lacks."""

import re
from pathlib import Path

import jinja2
import pytest
from warehouses import ROOT

ENGINES = ROOT / "macros/engines"
SUPPORTED = ("duckdb", "postgres")
DISPATCH = re.compile(r"adapter\.dispatch\(\s*'(\w+)'")
REFUSAL = "%}{{ tokenmart.refuse_adapter() }}{% endmacro %}"
VERSION = re.compile(r"\{%-? macro (default|[a-z]+)__(\w+)\(")


def test_macros_are_dispatched_in_the_folder_of_engines_alone() -> None:
    elsewhere = [
        path.name
        for folder in ("macros", "models", "tests")
        for path in (ROOT / folder).rglob("*.sql")
        if ENGINES not in path.parents and DISPATCH.search(path.read_text())
    ]
    assert not elsewhere


def test_a_dispatched_macro_has_its_name_and_a_version_for_each_engine_and_refuses_others() -> None:
    for path in dispatching():
        text = path.read_text()
        assert DISPATCH.findall(text) == [path.stem], path
        assert sorted(VERSION.findall(text)) == [
            (engine, path.stem) for engine in sorted(("default", *SUPPORTED))
        ], path
        start = text.index("{% macro default__")
        assert text[text.index("%}", start) :].startswith(REFUSAL), path


def test_an_engine_is_named_nowhere_else() -> None:
    """But for dbt's own macros that tokenmart overrides, which have to be called so."""
    asks = re.compile(r"\b(target\.type|adapter\.type\(\)|(?:default|duckdb|postgres)__\w+\()")
    allowed = (ENGINES, ROOT / "macros/overrides")
    for folder in ("macros", "models", "tests"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".sql", ".yml") and not set(allowed) & set(path.parents):
                assert not asks.search(path.read_text()), path


def test_another_adapter_is_refused_in_a_sentence() -> None:
    class Adapter:
        def type(self) -> str:
            return "spark"

    class Exceptions:
        def raise_compiler_error(self, message: str) -> None:
            raise ValueError(message)

    macros = jinja2.Template((ENGINES / "refuse_adapter.sql").read_text())
    with pytest.raises(ValueError, match=r"^tokenmart does not support the adapter spark\. Choose"):
        macros.make_module({"adapter": Adapter(), "exceptions": Exceptions()}).refuse_adapter()


def dispatching() -> list[Path]:
    """Each file of the folder but that of the refusal itself."""
    found = [path for path in ENGINES.glob("*.sql") if path.stem != "refuse_adapter"]
    assert found
    return found
