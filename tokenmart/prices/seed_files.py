"""The seeds about prices, as they are written: one column list, one order, one form of a number."""

import csv
import io
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

from tokenmart.prices import Price
from tokenmart.prices.catalog import PROVIDERS, catalog_version, read_prices
from tokenmart.prices.names import context_steps, read_names

PRICE_COLUMNS = (
    "provider",
    "model_id",
    "processing",
    "token_class",
    "above_input_tokens",
    "effective_from",
    "effective_to",
    "usd_per_million",
    "peak_usd_per_million",
    "currency",
    "covers_others",
    "price_source",
    "price_rule",
    "catalog",
)


def seed_files(providers: Iterable[str] = ()) -> dict[str, str]:
    """Name and text of every seed that the catalogue makes."""
    chosen = tuple(sorted({*PROVIDERS, *providers}))
    prices, names = read_prices(chosen), read_names(chosen)
    priced = {(price.provider, price.model_id) for price in prices}
    version = catalog_version()
    return {
        "model_prices.csv": _csv(PRICE_COLUMNS, (_price_row(price, version) for price in prices)),
        "model_names.csv": _csv(
            ("provider", "name", "model_id", "is_home"),
            (
                (provider, name, model_id, _bool(is_home))
                for provider, name, model_id, is_home in names
                if (provider, model_id) in priced
            ),
        ),
        "context_steps.csv": _csv(
            ("model_id", "above_input_tokens", "context_band"), context_steps(prices, names)
        ),
    }


def listed_providers(path: Path) -> set[str]:
    """Whose prices a price list has."""
    return {row.get("provider") or "" for _, row in _rows(path)} - {""}


def catalogs(path: Path) -> list[tuple[int, str]]:
    """Of each line of a price list, which catalogue it says that it is from."""
    return [(line, row.get("catalog") or "") for line, row in _rows(path)]


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        return [(reader.line_num, row) for row in reader]


def _price_row(price: Price, version: str) -> tuple[object, ...]:
    return (
        price.provider,
        price.model_id,
        price.processing,
        price.token_class,
        price.above_input_tokens,
        price.effective_from,
        price.effective_to,
        _plain(price.usd_per_million),
        None if price.peak_usd_per_million is None else _plain(price.peak_usd_per_million),
        "USD",
        _bool(price.covers_others),
        price.price_source,
        price.price_rule,
        version,
    )


def _csv(columns: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


def _plain(number: Decimal) -> str:
    """Without an exponent and without zeros at the end."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _bool(value: bool) -> str:
    return "true" if value else "false"
