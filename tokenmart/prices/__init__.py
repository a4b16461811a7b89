"""The price list: what a token of a class cost on a day, and where that is known from."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby

TOKEN_CLASSES = (
    "uncached_text_input",
    "cached_text_input",
    "uncached_audio_input",
    "cached_audio_input",
    "uncached_image_input",
    "cached_image_input",
    "cache_write_input",
    "cache_write_1h_input",
    "text_output",
    "audio_output",
    "image_output",
)
CLASSES = (*TOKEN_CLASSES, "audio_seconds")
PROCESSINGS = ("standard", "batch", "flex", "priority")


@dataclass(frozen=True)
class Price:
    """A row of ``seeds/model_prices.csv``; the columns are described in the YAML next to it."""

    provider: str
    model_id: str
    token_class: str
    processing: str
    above_input_tokens: int | None
    effective_from: date | None
    effective_to: date | None
    usd_per_million: Decimal
    peak_usd_per_million: Decimal | None
    covers_others: bool
    price_source: str
    price_rule: str

    @property
    def sort_key(self) -> tuple[str, str, int, int, int, date]:
        return (
            self.provider,
            self.model_id,
            PROCESSINGS.index(self.processing),
            CLASSES.index(self.token_class),
            self.above_input_tokens or 0,
            self.effective_from or date.min,
        )


def merged(prices: Iterable[Price]) -> Iterator[Price]:
    """The prices in their order; neighbouring periods that say the same are one."""

    def same(price: Price) -> Price:
        return replace(price, effective_from=None, effective_to=None)

    ordered = sorted(prices, key=lambda price: price.sort_key)
    for _, alike in groupby(ordered, key=same):
        first, *others = alike
        for price in others:
            end = first.effective_to
            if end is not None and price.effective_from == end + timedelta(days=1):
                first = replace(first, effective_to=price.effective_to)
            else:
                yield first
                first = price
        yield first
