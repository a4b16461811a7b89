"""Pages of the same usage by two groupings: both would count, so they are refused.

A page does not say by what it is grouped. Whoever groups by a dimension has it in some of the rows
of a window; whoever does not has it in none. Two such pages have no row in common, but for one that
names nothing: a total on one page, and on the other the usage without a project. A total is more.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import combinations
from typing import Any

from tokenmart.errors import UserError

_IN_TAGS = (
    *("context_window", "inference_geo", "speed"),
    *("source", "size", "context_level", "vector_store_id"),
)
_IN_COLUMNS = ("project_id", "openai_user_id", "openai_api_key_id", "service_tier", "batch")
DIMENSIONS = (*_IN_COLUMNS, "tags", "request_id")
"""The columns of usage that say by what it is grouped, next to the model."""

_NAMES = ("model", *_IN_COLUMNS, *_IN_TAGS, "what is not known")

_NO_MODEL = """lower(model) in (
    'unknown', 'completions', 'embeddings', 'moderations', 'images', 'audio_speeches',
    'audio_transcriptions', 'vector_stores', 'code_interpreter_sessions', 'file_search_calls',
    'web_search_calls'
)"""
"""What readers write where a page is not grouped by model."""

_ENDPOINT = """coalesce(quantity_unit, '') || case
    when lower(model) like '%embedding%' then ' embeddings'
    when lower(model) like '%moderation%' then ' moderations'
    when lower(model) = 'file_search_calls' then ' file search'
    else ''
end"""
"""Endpoints are grouped each in its own way. They differ in their units or models."""

Way = tuple[bool, ...]


@dataclass
class Report:
    """What a page, or the warehouse, has of one endpoint and window."""

    ways: dict[str, Way] = field(default_factory=dict)
    """By model, what its rows are grouped by."""

    rows: dict[str, dict[Any, Decimal]] = field(default_factory=dict)
    """By model, how much each row reports."""

    def add(
        self, model: str, way: Sequence[bool], ids: Sequence[Any], sizes: Sequence[Any]
    ) -> None:
        self.ways[model] = tuple(way)
        self.rows[model] = dict(zip(ids, sizes, strict=True))

    def of(self, model: str) -> "Report":
        return Report({model: self.ways[model]}, {model: self.rows[model]})

    @property
    def way(self) -> Way:
        """What is used by any of its rows."""
        return tuple(map(any, zip(*self.ways.values(), strict=True)))

    @property
    def sizes(self) -> dict[Any, Decimal]:
        return {row: size for rows in self.rows.values() for row, size in rows.items()}


def windows(rows: str, same: str, row: str, condition: str) -> str:
    """SQL of both engines for the reports in ``rows``: the two columns ``same``, window, endpoint,
    model, what they are grouped by, and the rows by their id ``row`` with their sizes."""
    uses = (
        f"not {_NO_MODEL}",
        *(f"{name} is not null" for name in _IN_COLUMNS),
        *(f"(tags ->> '{name}') is not null" for name in _IN_TAGS),
        # rows that only such a number tells apart
        "coalesce(request_id, '') like '#%'",
    )
    way = ", ".join(f"bool_or({used})" for used in uses)
    size = (
        "coalesce(cast(tokens_in as decimal(38, 9)), 0)"
        " + coalesce(cast(tokens_out as decimal(38, 9)), 0)"
        " + coalesce(cast(quantity as decimal(38, 9)), 0)"
    )
    return f"""
        select
            {same},
            cast(window_start as timestamp) as window_start,
            cast(window_end as timestamp) as window_end,
            {_ENDPOINT} as endpoint,
            model,
            array[{way}] as way,
            array_agg({row} order by {row}) as ids,
            array_agg({size} order by {row}) as sizes
        from {rows} as rows
        where window_start is not null and {condition}
        group by 1, 2, 3, 4, 5, 6
    """


def reports(rows: Iterable[Sequence[Any]]) -> dict[tuple[Any, ...], Report]:
    """The rows of ``windows`` by all but the model."""
    found: dict[tuple[Any, ...], Report] = {}
    for *window, model, way, ids, sizes in rows:
        found.setdefault(tuple(window), Report()).add(model, way, ids, sizes)
    return found


def refuse_two_groupings(name: str, start: Any, pages: Sequence[Report]) -> None:
    """Refuse reports of one window and endpoint of which two are grouped differently."""
    for pair in combinations(pages, 2):
        for one, other in _comparable(*pair):
            if _would_count_twice(one, other):
                raise UserError(
                    f"{name}: the usage of {start} is grouped in two ways, "
                    f"by {_named(one, other)} and by {_named(other, one)}, and would count twice. "
                    "Land pages of one grouping, the one by which you want to see it."
                )


def _comparable(one: Report, other: Report) -> Iterator[tuple[Report, Report]]:
    """By model, unless one of them has no models: a page may be of some models only."""
    if one.way[0] != other.way[0]:
        yield one, other
        return
    for model in sorted(one.ways.keys() & other.ways.keys()):
        yield one.of(model), other.of(model)


def _would_count_twice(one: Report, other: Report) -> bool:
    if one.way == other.way:
        return False
    common = one.sizes.keys() & other.sizes.keys()
    if not common:
        return True
    for total, parts in ((one, other), (other, one)):
        if all(finer or not used for used, finer in zip(total.way, parts.way, strict=True)):
            return sum(total.sizes[row] for row in common) > sum(parts.sizes[row] for row in common)
    return False


def _named(one: Report, other: Report) -> str:
    used = [
        name
        for name, is_used, in_other in zip(_NAMES, one.way, other.way, strict=True)
        # of pages by model it goes without saying
        if is_used and not (name == "model" and in_other)
    ]
    return ", ".join(used) or "nothing"
