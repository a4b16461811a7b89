"""The names by which the catalog knows a model, and the long requests that cost more.

The catalog matches names by clauses, some of which are no more than a prefix. A prefix is a
name of the model here and nothing else: what merely begins like a model may be another one.
Dates of snapshots are cut off in SQL (macros/usage/undated_model.sql).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from tokenmart.errors import UserError
from tokenmart.prices.catalog import catalog

if TYPE_CHECKING:
    from genai_prices.types import MatchLogic

EDITION = r"([-@]20\d\d-?[01]\d-?[0-3]\d|-(0[1-9]|1[0-2])-20\d\d|-00[1-9]|@default)$"
"""What marks one edition of a model, at the end of its name."""

VERSION = r"-v\d+(:\d+)?$"
"""How Bedrock ends the ids of models, of which the catalog's clauses have the beginning."""

PUBLISHED = {
    ("anthropic", "claude-3-5-sonnet-latest"): "claude-3-5-sonnet",
    ("google", "gemini-1.5-flash-latest"): "gemini-1.5-flash",
    ("google", "gemini-1.5-pro-latest"): "gemini-1.5-pro",
    ("google", "gemini-1.5-flash-8b"): "gemini-flash-1.5-8b",
    ("google", "gemini-2.5-flash-image-preview"): "gemini-2.5-flash-image",
    ("google", "gemini-2.5-flash-lite-preview-06-17"): "gemini-2.5-flash-lite",
    ("google", "gemini-2.5-flash-lite-preview-09-2025"): "gemini-2.5-flash-lite",
    ("google", "gemini-2.5-flash-preview-04-17"): "gemini-2.5-flash-preview",
    ("google", "gemini-2.5-flash-preview-05-20"): "gemini-2.5-flash-preview",
    ("google", "gemini-2.5-pro-exp-03-25"): "gemini-2.5-pro",
    ("google", "gemini-2.5-pro-preview-03-25"): "gemini-2.5-pro",
    ("google", "gemini-2.5-pro-preview-05-06"): "gemini-2.5-pro",
    ("google", "gemini-2.5-pro-preview-06-05"): "gemini-2.5-pro",
    ("openai", "ft:gpt-3.5-turbo-0125"): "ft:gpt-3.5-turbo-",
    ("openai", "ft:gpt-3.5-turbo-0613"): "ft:gpt-3.5-turbo-",
    ("openai", "ft:gpt-3.5-turbo-1106"): "ft:gpt-3.5-turbo-",
}
"""Published names that only a prefix of the catalog matches, or nothing."""


def read_names(providers: Iterable[str]) -> list[tuple[str, str, str, bool]]:
    """Provider, name, model, and whether the name without its provider means this one."""
    from genai_prices.data_snapshot import get_snapshot

    names: dict[tuple[str, str], str] = {}
    known = {provider.id: provider for provider in catalog()}
    for provider_id in providers:
        provider = known[provider_id]
        for model in provider.models:
            names[provider_id, model.id.lower()] = model.id
        for model in provider.models:
            version = re.search(VERSION, model.id)
            for name in _names(model.match):
                for whole in {name, name + version[0]} if version else {name}:
                    if provider.find_model(whole) is model:
                        names.setdefault((provider_id, whole.lower()), model.id)
    names |= {key: model for key, model in PUBLISHED.items() if key[0] in set(providers)}
    listed = []
    for (provider_id, name), model_id in sorted(names.items()):
        try:
            home = get_snapshot().find_provider(name, None, None).id
        except LookupError:
            home = None
        listed.append((provider_id, name, model_id, home == provider_id))
    return listed


def _names(clause: "MatchLogic") -> Iterator[str]:
    from genai_prices import types

    match clause:
        case types.ClauseOr():
            for each in clause.or_:
                yield from _names(each)
        case types.ClauseAnd():
            yield from _names(clause.and_[0])
        case types.ClauseEquals():
            yield clause.equals
        case types.ClauseStartsWith():
            yield _whole(clause.starts_with)
        case types.ClauseContains():
            yield _whole(clause.contains)
        case types.ClauseEndsWith():
            yield _whole(clause.ends_with)


def _whole(part: str) -> str:
    """A part of a name that stands for it: without a separator or the beginning of a date."""
    return re.sub(r"[-@.]+$", "", re.sub(r"[-@.]20\d\d[-.]?(ft)?-?$", "", part))


def context_steps(
    above: Mapping[tuple[str, str], int], names: Iterable[tuple[str, str, str, bool]]
) -> list[tuple[str, int, str]]:
    """Name, tokens and band of every model whose longer requests cost more, without repetitions.

    What is above which number of tokens is given by provider and model.
    """
    steps: dict[str, tuple[str, int]] = {}
    # of names that differ in a dot or a date the model's own is listed
    for provider, name, model_id, _ in sorted(names, key=lambda each: each[1] != each[2]):
        tokens = above.get((provider, model_id))
        if tokens is None:
            continue
        other, found = steps.setdefault(normal(name), (name, tokens))
        if found != tokens:
            raise UserError(
                f"{name} has the step {tokens} at {provider} and {found} elsewhere ({other}); "
                "a row of usage does not tell which of the two it means."
            )
    return [(name, tokens, band(tokens)) for name, tokens in sorted(steps.values())]


def band(tokens: int) -> str:
    """What the requests above a step are called."""
    return f"over_{tokens // 1000}k" if tokens % 1000 == 0 else f"over_{tokens}"


def normal(name: str) -> str:
    """A name as macros/usage/undated_model.sql compares it."""
    dashed = name.strip().lower().replace(".", "-")
    if dashed.startswith("ft:"):
        dashed = ":".join(dashed.split(":")[:2])
    return re.sub(EDITION, "", dashed)
