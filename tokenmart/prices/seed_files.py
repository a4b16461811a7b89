"""The seeds about prices, as they are written: one column list, one order, one form of a number."""

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

from tokenmart.errors import UserError, first_line, reason
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


Line = dict[str, str]


def seed_files(providers: Iterable[str] = (), own: Sequence[Line] = ()) -> dict[str, str]:
    """Name and text of every seed that the catalog makes.

    A user's own lines of the price list stay, at its end, and take the place of the catalog's.
    """
    chosen = tuple(sorted({*PROVIDERS, *providers}))
    taken = {_own_key(line) for line in own}
    listed, names = read_prices(chosen), read_names(chosen)
    prices = [price for price in listed if _key(price) not in taken]
    priced = {(price.provider, price.model_id) for price in listed}
    steps = {key[:2]: int(key[-1]) for key in (*map(_key, prices), *taken) if key[-1].isdigit()}
    own_names = [(provider, model, model, False) for provider, model, *_ in sorted(taken)]
    version = catalog_version()
    return {
        "model_prices.csv": _csv(
            PRICE_COLUMNS,
            [
                *(_price_row(price, version) for price in prices),
                *(tuple(line.get(name) for name in PRICE_COLUMNS) for line in own),
            ],
        ),
        "model_names.csv": _csv(
            ("provider", "name", "model_id", "is_home"),
            (
                (provider, name, model_id, _bool(is_home))
                for provider, name, model_id, is_home in names
                if (provider, model_id) in priced
            ),
        ),
        "context_steps.csv": _csv(
            ("model_id", "above_input_tokens", "context_band"),
            context_steps(steps, [*names, *own_names]),
        ),
    }


def price_lines(path: Path) -> tuple[list[Line], list[Line]]:
    """The lines of a price list that are of genai-prices, and the others."""
    made: list[Line] = []
    own: list[Line] = []
    if path.is_file():
        for line in read_lines(path):
            is_made = (line.get("catalog") or "").startswith("genai-prices")
            (made if is_made else own).append(line)
    return made, own


def read_lines(path: Path) -> list[Line]:
    """The lines of a CSV file by the names in its first one."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [*csv.DictReader(file, strict=True)]
    except OSError as error:
        raise UserError(f"{path} cannot be read: {reason(error)}.") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise UserError(f"{path} is not CSV: {first_line(error)}.") from error


Key = tuple[str, str, str, str, str]
"""Provider, model, processing, class and step: what a price is of."""


def _key(price: Price) -> Key:
    step = str(price.above_input_tokens or "")
    return price.provider, price.model_id, price.processing, price.token_class, step


def _own_key(line: Line) -> Key:
    columns = ("provider", "model_id", "processing", "token_class", "above_input_tokens")
    given = [(line.get(name) or "").strip().lower() for name in columns]
    provider, model_id, processing, token_class, step = given
    return provider, model_id, processing or "standard", token_class, step


def _price_row(price: Price, version: str) -> tuple[object, ...]:
    return (
        price.provider,
        price.model_id,
        price.processing,
        price.token_class,
        price.above_input_tokens,
        price.effective_from,
        price.effective_to,
        plain(price.usd_per_million),
        None if price.peak_usd_per_million is None else plain(price.peak_usd_per_million),
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


def plain(number: Decimal) -> str:
    """Without an exponent and without zeros at the end."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _bool(value: bool) -> str:
    return "true" if value else "false"
