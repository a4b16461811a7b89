"""The price list next to another catalog's, for whoever keeps the list.

The other is the JSON file of the package ``litellm``: prices of today in dollars per token, whose
names say the processing and the length of the request. What differs is decided in a file, once.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from tokenmart.errors import UserError, reason
from tokenmart.prices.names import normal
from tokenmart.prices.seed_files import PRICE_COLUMNS, Line, plain, read_lines

PROVIDERS = {
    "anthropic": "anthropic",
    "deepseek": "deepseek",
    "gemini": "google",
    "groq": "groq",
    "mistral": "mistral",
    "openai": "openai",
    "xai": "x-ai",
}
"""The providers by litellm's names, and by those of the price list."""

FIELDS = {
    "input_cost_per_token": "uncached_text_input",
    "cache_read_input_token_cost": "cached_text_input",
    "input_cost_per_audio_token": "uncached_audio_input",
    "cache_read_input_audio_token_cost": "cached_audio_input",
    "input_cost_per_image_token": "uncached_image_input",
    "cache_read_input_image_token_cost": "cached_image_input",
    "cache_creation_input_token_cost": "cache_write_input",
    "cache_creation_input_token_cost_above_1hr": "cache_write_1h_input",
    "output_cost_per_token": "text_output",
    "output_cost_per_audio_token": "audio_output",
    "output_cost_per_image_token": "image_output",
    "input_cost_per_second": "audio_seconds",
}
SUFFIXES = {"": "standard", "_batches": "batch", "_flex": "flex", "_priority": "priority"}
STEPS = {f"_above_{thousands}k_tokens": thousands * 1000 for thousands in (128, 200, 256, 272)}

MILLION = Decimal(1_000_000)
ROUNDING = Decimal("0.0005")
"""A share of a price; what differs by less was rounded by one of the two."""

COVERING = ("uncached_text_input", "cached_text_input", "cache_write_input", "text_output")
"""The classes whose price holds for narrower ones without a price of their own."""


@dataclass(frozen=True, order=True)
class Place:
    """What a price is of."""

    provider: str
    model_id: str
    processing: str
    token_class: str
    above_input_tokens: int

    def __str__(self) -> str:
        above = f" above {self.above_input_tokens}" if self.above_input_tokens else ""
        return f"{self.provider} {self.model_id} {self.processing} {self.token_class}{above}"


@dataclass(frozen=True)
class Difference:
    """A price that both have, and not the same, in US dollars per million."""

    place: Place
    ours: Decimal
    theirs: Decimal

    def __str__(self) -> str:
        return f"{self.place}: {self.ours:f}, litellm {self.theirs:f}"


def theirs(path: Path) -> dict[Place, Decimal]:
    """The prices of litellm's file, in US dollars per million."""
    try:
        models: dict[str, dict[str, Any]] = json.loads(
            path.read_text(encoding="utf-8"), parse_float=Decimal, parse_int=Decimal
        )
        return {
            Place(provider, model_id, processing, token_class, step): value * MILLION
            for name, model in models.items()
            if (provider := PROVIDERS.get(str(model.get("litellm_provider"))))
            for model_id in [name.rpartition("/")[2]]
            # the same model in a region, in a size or through a reseller
            if name in (model_id, f"{model['litellm_provider']}/{model_id}")
            for field, (token_class, processing, step) in _fields().items()
            if isinstance(value := model.get(field), Decimal)
        }
    except OSError as error:
        raise UserError(f"{path} cannot be read: {reason(error)}.") from error
    except (ValueError, AttributeError, RecursionError) as error:
        raise UserError(f"{path} is not a price file of litellm's: {error}") from error


def _fields() -> Mapping[str, tuple[str, str, int]]:
    return {
        f"{field}{above}{suffix}": (token_class, processing, step)
        for field, token_class in FIELDS.items()
        for suffix, processing in SUFFIXES.items()
        for above, step in {"": 0, **STEPS}.items()
    }


def ours(lines: Iterable[Line], day: date) -> dict[Place, list[Decimal]]:
    """The prices of the list on a day; two where one depends on the hour."""
    prices: dict[Place, list[Decimal]] = {}
    for line in lines:
        if not (
            (line.get("effective_from") or "")
            <= day.isoformat()
            <= (line.get("effective_to") or "9999-12-31")
        ):
            continue
        place = Place(
            line["provider"],
            line["model_id"],
            line.get("processing") or "standard",
            line["token_class"],
            int(line.get("above_input_tokens") or 0),
        )
        amounts = (line["usd_per_million"], line.get("peak_usd_per_million"))
        prices[place] = [Decimal(amount) for amount in amounts if amount]
    return prices


def differences(
    ours: Mapping[Place, list[Decimal]], theirs: Mapping[Place, Decimal]
) -> Iterator[Difference]:
    """Where both have a price, and not the same but for what a catalog rounds."""
    for place in sorted(ours.keys() & theirs.keys()):
        other = theirs[place]
        if all(abs(price - other) > other * ROUNDING for price in ours[place]):
            yield Difference(place, ours[place][0], other.normalize())


def missing(
    ours: Mapping[Place, list[Decimal]], theirs: Mapping[Place, Decimal], names: Iterable[str]
) -> list[tuple[str, str]]:
    """Provider and model of what the other has a price for, and the list has under no name."""
    known = {normal(name) for name in (*names, *(place.model_id for place in ours))}
    return sorted(
        {
            (place.provider, place.model_id)
            for place, price in theirs.items()
            if price and normal(place.model_id) not in known
        }
    )


def lines_of(model_id: str, theirs: Mapping[Place, Decimal], catalog: str) -> list[Line]:
    """The lines of the price list for a model of the other's."""
    return [
        dict.fromkeys(PRICE_COLUMNS, "")
        | {
            "provider": place.provider,
            "model_id": place.model_id,
            "processing": place.processing,
            "token_class": place.token_class,
            "above_input_tokens": str(place.above_input_tokens or ""),
            "usd_per_million": plain(round(price, 6)),
            "currency": "USD",
            "covers_others": "true" if place.token_class in COVERING else "false",
            "price_source": "listed",
            "catalog": catalog,
        }
        for place, price in sorted(theirs.items(), key=lambda item: item[0])
        if place.model_id == model_id
    ]


@dataclass(frozen=True)
class Decision:
    """Why some differences stay: the patterns of their place, and the source of what is right."""

    patterns: tuple[str, ...]
    ours: str
    theirs: str
    line: int

    def is_for(self, difference: Difference) -> bool:
        place = difference.place
        values = (
            place.provider,
            place.model_id,
            place.processing,
            place.token_class,
            str(place.above_input_tokens or ""),
        )
        return (
            all(map(fnmatchcase, values, self.patterns))
            and self.ours in ("*", f"{difference.ours:f}")
            and self.theirs in ("*", f"{difference.theirs:f}")
        )


COLUMNS = ("provider", "model_id", "processing", "token_class", "above_input_tokens")


def decisions(path: Path) -> list[Decision]:
    """The decided differences: * stands for any; a value that changes opens its line again."""
    wanted = {*COLUMNS, "ours", "theirs", "why", "source"}
    found = []
    for number, line in enumerate(read_lines(path), start=2):
        if line.keys() != wanted:
            raise UserError(f"{path} needs the columns {', '.join(sorted(wanted))}.")
        if not (line["why"] and line["source"]):
            raise UserError(f"{path}:{number}: why and source must be given.")
        patterns = tuple(line[name] or "" for name in COLUMNS)
        found.append(Decision(patterns, line["ours"] or "", line["theirs"] or "", number))
    return found
