"""The catalog of the package ``genai-prices`` as a price list with days.

The package gives standard prices with first days, and *variants*: what batch, flex or priority
change of them. Many variants begin on the day in October 2026 on which its makers read the
provider's page, though they were sold long before; the days before are derived
(docs/decisions/pricing.md).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from tokenmart.errors import UserError
from tokenmart.prices import Price, merged

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, Provider

PROVIDERS = ("anthropic", "deepseek", "google", "groq", "mistral", "openai", "x-ai")
"""Whose prices are listed unless others are asked for: those that serve models of their own."""

CLASS_OF = {
    "input_mtok": "uncached_text_input",
    "cache_read_mtok": "cached_text_input",
    "input_audio_mtok": "uncached_audio_input",
    "cache_audio_read_mtok": "cached_audio_input",
    "input_image_mtok": "uncached_image_input",
    "cache_image_read_mtok": "cached_image_input",
    "cache_write_mtok": "cache_write_input",
    "cache_write_1h_mtok": "cache_write_1h_input",
    "output_mtok": "text_output",
    "output_audio_mtok": "audio_output",
    "output_image_mtok": "image_output",
    "audio_hours": "audio_seconds",
}
"""Price keys of the catalog; others (searches, characters, video) are nothing that is counted."""

PER_MILLION = {"audio_hours": Decimal(1_000_000) / 3600}
"""What makes a price per million out of one that is not."""

GENERAL = {"input_mtok", "output_mtok", "cache_read_mtok", "cache_write_mtok"} | {
    "input_audio_mtok",
    "input_image_mtok",
}
"""Keys that the catalog also applies to narrower tokens without a price of their own."""

CACHED = {
    "cache_read_mtok": "input_mtok",
    "cache_audio_read_mtok": "input_audio_mtok",
    "cache_image_read_mtok": "input_image_mtok",
}
"""The keys of cached input, with those of the same input uncached."""

CONTEXT = {
    "batch": {"processing": "batch"},
    "flex": {"service_tier": "flex"},
    "priority": {"service_tier": "priority"},
}
"""By what the catalog selects the variant of a processing."""

HALF_IN_BATCH = {"anthropic", "google", "mistral", "openai"}
"""Providers whose batches cost half of the standard price for every model, as they publish."""

NO_CACHE_DISCOUNT_IN_BATCH = {"openai"}
"""Providers whose batches bill cached input like other input, unless they publish a price."""

RATIO = "ratio to standard"
HALF = "half of standard"
AS_STANDARD = "as standard"
NOT_DISCOUNTED = "batch without cache discount"


@dataclass(frozen=True)
class Amount:
    """A price per million tokens, with the prices of longer requests by the tokens they exceed."""

    base: Decimal
    steps: tuple[tuple[int, Decimal], ...] = ()
    source: str = "listed"
    rule: str = ""
    steps_rule: str = ""

    def says(self, above: int | None) -> tuple[str, str]:
        """The source and the rule of the base price, or of a step."""
        is_derived_step = above is not None and self.steps_rule
        return ("derived", self.steps_rule) if is_derived_step else (self.source, self.rule)


Amounts = Mapping[str, Amount]
"""Amounts by price key."""


def read_prices(providers: tuple[str, ...]) -> list[Price]:
    """The catalog's prices of these providers."""
    known = {provider.id: provider for provider in catalog()}
    for name in providers:
        if name not in known:
            raise UserError(
                f"genai-prices has no provider {name}. It has: {', '.join(sorted(known))}."
            )
    return list(
        merged(
            price
            for name in providers
            for model in known[name].models
            for price in _prices_of(known[name], model)
        )
    )


def catalog() -> "list[Provider]":
    """The providers of the installed package."""
    try:
        from genai_prices.data_snapshot import get_snapshot
    except ImportError as error:
        raise UserError(
            "Prices come from the package genai-prices, which is not installed: "
            "pip install 'tokenmart[prices]'."
        ) from error
    return get_snapshot().providers


def catalog_version() -> str:
    """The package and its version, as the price list records it."""
    from genai_prices import __version__

    return f"genai-prices {__version__}"


def _prices_of(provider: "Provider", model: "ModelInfo") -> Iterator[Price]:
    days = sorted(_first_days(model), key=lambda day: day or date.min)
    ends = [day - timedelta(days=1) for day in days[1:] if day] + [None]
    peaks = _peaks(model)
    for start, end in zip(days, ends, strict=True):
        standard = _standard(model, start)
        by_processing = {"standard": standard, **_processed(provider, model, standard, start)}
        for processing, amounts in by_processing.items():
            for key, amount in amounts.items():
                steps: list[tuple[int | None, Decimal]] = [(None, amount.base), *amount.steps]
                for above, usd in steps:
                    source, rule = amount.says(above)
                    yield Price(
                        provider=provider.id,
                        model_id=model.id,
                        token_class=CLASS_OF[key],
                        processing=processing,
                        above_input_tokens=above,
                        effective_from=start,
                        effective_to=end,
                        usd_per_million=_fitting(usd, model),
                        peak_usd_per_million=peaks.get(key) if processing == "standard" else None,
                        covers_others=key in GENERAL and not _is_text_of_audio(model, amounts),
                        price_source=source,
                        price_rule=rule,
                    )


def _is_text_of_audio(model: "ModelInfo", amounts: Amounts) -> bool:
    """An audio model with one price: it is that of text, and audio costs many times as much."""
    return "audio" in model.id and not any("audio" in key for key in amounts)


def _processed(
    provider: "Provider", model: "ModelInfo", standard: Amounts, day: date | None
) -> dict[str, Amounts]:
    """What batch, flex and priority cost on a day on which standard costs this."""
    processed: dict[str, Amounts] = {}
    for processing, context in CONTEXT.items():
        variants = [each for each in model.price_variants or () if each.when == context]
        days = [getattr(each.constraint, "start_date", None) for each in variants]
        if variants and (None in days or (day and day >= min(filter(None, days)))):
            processed[processing] = {
                key: _with_steps(standard.get(key), amount)
                for key, amount in _variant(model, processing, day).items()
            }
        elif variants:
            first = min(filter(None, days))
            then, standard_then = _variant(model, processing, first), _standard(model, first)
            processed[processing] = {
                key: _scaled(
                    standard.get(key),
                    standard_then.get(key),
                    _with_steps(standard_then.get(key), amount),
                )
                for key, amount in then.items()
                if key in standard or key not in standard_then
            }
        elif processing == "batch" and provider.id in HALF_IN_BATCH:
            processed[processing] = _halved(provider, model, standard)
        if processing == "batch" and provider.id in NO_CACHE_DISCOUNT_IN_BATCH:
            given = {key for each in variants for key in CLASS_OF if getattr(each.prices, key)}
            if given or not variants:
                processed[processing] = _without_cache_discount(processed[processing], given)
    return processed


def _variant(model: "ModelInfo", processing: str, day: date | None) -> Amounts:
    return _amounts(_untimed(model).get_prices(_noon(day), CONTEXT[processing]))


def _with_steps(standard: Amount | None, variant: Amount) -> Amount:
    """Long requests of a variant without a price for them, where those of standard cost more."""
    if variant.steps or standard is None or not standard.steps or not standard.base:
        return variant
    steps = tuple(
        (above, _rounded(usd * variant.base / standard.base)) for above, usd in standard.steps
    )
    return replace(variant, steps=steps, steps_rule=RATIO)


def _without_cache_discount(amounts: Amounts, given: set[str]) -> Amounts:
    """Cached input of a batch at the price of other input, unless a price for it is given."""
    return {
        key: replace(
            amounts.get(CACHED[key], amounts["input_mtok"]), source="derived", rule=NOT_DISCOUNTED
        )
        if key in CACHED and key not in given
        else amount
        for key, amount in amounts.items()
    }


def _halved(provider: "Provider", model: "ModelInfo", standard: Amounts) -> Amounts:
    """A batch of a model for which the catalog lists none, most often a retired one."""

    def half(amount: Amount) -> Amount:
        steps = tuple((above, _rounded(usd / 2)) for above, usd in amount.steps)
        return Amount(_rounded(amount.base / 2), steps, "derived", HALF)

    # Google: context caching costs in a batch what it costs elsewhere
    as_standard = CACHED if provider.id == "google" and not model.id.startswith("claude") else {}
    return {
        key: replace(amount, source="derived", rule=AS_STANDARD)
        if key in as_standard
        else half(amount)
        for key, amount in standard.items()
    }


def _scaled(standard: Amount | None, standard_then: Amount | None, variant: Amount) -> Amount:
    """A variant's price before its first day: its ratio to the standard price, that of the day."""
    if standard is None or standard_then is None or not standard_then.base:
        return replace(variant, source="derived", rule=RATIO)
    ratio = variant.base / standard_then.base
    steps_then, variant_steps = dict(standard_then.steps), dict(variant.steps)
    steps: tuple[tuple[int, Decimal], ...] = ()
    if variant.steps or not standard_then.steps:
        steps = tuple(
            (above, _rounded(usd * variant_steps[above] / steps_then[above]))
            if above in variant_steps and above in steps_then
            else (above, _rounded(usd * ratio))
            for above, usd in standard.steps
        )
    return Amount(_rounded(standard.base * ratio), steps, "derived", RATIO)


def _standard(model: "ModelInfo", day: date | None) -> Amounts:
    return _amounts(_untimed(model).get_prices(_noon(day)))


def _amounts(prices: "ModelPrice") -> Amounts:
    from genai_prices.types import TieredPrices

    amounts: dict[str, Amount] = {}
    for key in CLASS_OF:
        value = getattr(prices, key)
        if key in PER_MILLION and value is not None:
            amounts[key] = Amount(value * PER_MILLION[key])
        elif isinstance(value, TieredPrices):
            steps = tuple((tier.start, tier.price) for tier in value.tiers)
            amounts[key] = Amount(value.base, steps)
        elif value is not None:
            amounts[key] = Amount(value)
    return amounts


def _untimed(model: "ModelInfo") -> "ModelInfo":
    """The model without the prices that hold at some hours of the day."""
    from genai_prices.types import TimeOfDateConstraint

    if not isinstance(model.prices, list):
        return model
    prices = [
        each for each in model.prices if not isinstance(each.constraint, TimeOfDateConstraint)
    ]
    return replace(model, prices=prices)


def _peaks(model: "ModelInfo") -> dict[str, Decimal]:
    """The highest prices that hold at some hours only, by price key."""
    from genai_prices.types import TimeOfDateConstraint

    peaks: dict[str, Decimal] = {}
    for each in model.prices if isinstance(model.prices, list) else ():
        if isinstance(each.constraint, TimeOfDateConstraint):
            for key, amount in _amounts(each.prices).items():
                peaks[key] = max(peaks.get(key, Decimal(0)), amount.base)
    return peaks


def _first_days(model: "ModelInfo") -> set[date | None]:
    """The days on which a price of the model begins; none is the beginning of time."""
    standard = model.prices if isinstance(model.prices, list) else []
    constraints = [each.constraint for each in (*standard, *(model.price_variants or ()))]
    return {None, *(getattr(each, "start_date", None) for each in constraints)}


def _noon(day: date | None) -> datetime:
    return datetime.combine(day or date(1970, 1, 1), time(12), UTC)


def _rounded(usd: Decimal) -> Decimal:
    return usd.quantize(Decimal("0.000001"), ROUND_HALF_UP)


def _fitting(usd: Decimal, model: "ModelInfo") -> Decimal:
    """A price as decimal(11, 6) holds it; more than six decimals are rounded."""
    if usd >= 100_000:
        raise UserError(f"The price of {model.id}, {usd}, does not fit into decimal(11, 6).")
    return _rounded(usd)
