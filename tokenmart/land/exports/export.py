"""What a reader says of the export that it reads, and the SQL that readers share.

A reader is a module of this folder with one :class:`Export`. It turns *records*, one for each row
of a table or each piece of a JSON document, into rows of the source tables by SQL of DuckDB. What
it need not care for is done to the rows of every reader alike: ids made from their identity, the
key that they belong to, the same row delivered twice.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from tokenmart.land.match import plain


@dataclass(frozen=True)
class Rows:
    """A file of rows: CSV, Parquet, or JSON lines of which each member is a column.

    The SQL finds each column, as text and under the name that is given here, in ``records``, next
    to ``unit``, the number of the file, ``delivered_as``, its name, and ``position``, the number of
    the row. An optional column that a file lacks is null. Letter case does not count in a file's
    own names.
    """

    columns: tuple[str, ...]
    """What a file must have; by these it is recognized."""

    optional: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    """Columns that the format is known to have and that say nothing about usage or money. A name
    that ends in ``*`` is all that begin so."""

    spellings: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    """What else a file may call a column. Of several that it has, the first one is read."""

    def called(self, name: str, names: Collection[str]) -> str | None:
        """What a file with columns of these plain names calls a column; none if it lacks it."""
        spellings = map(plain, (name, *self.spellings.get(name, ())))
        return next((spelling for spelling in spellings if spelling in names), None)

    def knows(self, name: str) -> bool:
        """Whether the format is known to have a column of this plain name."""
        read = (*self.columns, *self.optional)
        others = (*self.unread, *(other for each in self.spellings.values() for other in each))
        return any(fnmatchcase(name, plain(known)) for known in (*read, *others))


@dataclass(frozen=True)
class Documents:
    """A file of JSON documents: one, or one a line."""

    lacks: Callable[[Any], str | None]
    """What a parsed document lacks to be of this format, in words; none if it is of it."""

    records: str
    """SQL over ``documents``, which has ``unit``, the number of the document, ``file``, the number
    of its file, and ``document``. It selects ``unit``, ``record``, a JSON object, and what else the
    rows need."""

    members: tuple[str, ...]
    """The members that a record is known to have. Others are named in a warning."""

    has_more: str | None = None
    """SQL over ``documents`` that is true for a page after which others follow."""

    is_every_document: bool = True
    """False if a file is of this format as soon as one of its first documents is. Lines that are
    not JSON are then left out with a warning, because a log may end in the middle of one."""


@dataclass(frozen=True)
class Export:
    """A format in which people hold usage or bills."""

    name: str
    """What ``--as`` calls it."""

    title: str
    upstream: str
    """Where the format is documented, and as of which revision it was read."""

    records: Rows | Documents
    usage: str | None = None
    """SQL over ``records`` that selects ``unit``, ``provider``, ``identity`` and columns of
    ``usage_events``, except for ids. ``identity`` is a text that says which usage a row reports,
    whatever its figures. Of the units that have an identity the ``best`` one counts, or the last
    of them, with all its rows of that identity."""

    best: tuple[str, ...] = ()
    """SQL over columns of ``usage_events``, as texts or typed, that both engines understand: the
    version of a row that has more of the first counts, then of the next. So it does against what
    was landed before. Of equal ones the later one counts, and all are equal without any."""

    is_of_provider: bool = True
    """False if an identity is the same usage whatever its provider, which a reader makes of what a
    later version of the row may say otherwise."""

    is_grouped: bool = False
    """True if the same usage can be had by several groupings, and a unit has one for its windows:
    two of them are refused."""

    bill: str | None = None
    """SQL over ``records`` that selects ``unit`` and columns of ``provider_costs``. The amounts and
    quantities of lines that are alike in all else are added up within a unit. Of documents the
    last one that has a day of a provider counts, and takes the place of what was landed of that
    day; of files of rows, which may be parts of a bill, the last one that has a line. A column
    ``clipped_seconds`` says how much a document's day lacks at its start: the one that lacks the
    least counts, and it takes the place of nothing if it lacks something.

    With a column ``identity``, a text that says which line it is, whatever its figures, each line
    is kept, and those that have one identity are numbered. A column ``file`` beside it is the
    number of the file, where several make one unit: identities that are in two are warned of."""

    has_line_ids: bool = False
    """True if the bill selects a ``line_id`` that its lines have in every export."""

    left_out: str | None = None
    """SQL over ``records`` that selects ``reason``, in words, and ``rows``, how many are neither
    usage nor a bill because of it. A note says so."""

    @property
    def tables(self) -> tuple[str, ...]:
        """The source tables that it fills."""
        of_usage = ("provider_keys", "usage_events") if self.usage else ()
        return of_usage + (("provider_costs",) if self.bill else ())


GROWS = (
    "coalesce(cast(tokens_in as bigint), 0) + coalesce(cast(tokens_out as bigint), 0)",
    "coalesce(cast(quantity as decimal(38, 9)), 0)",
    "coalesce(cast(num_model_requests as bigint), 0)",
)
"""The order of versions of usage that only grows: a smaller one is earlier, or a part."""


def identity(*parts: str) -> str:
    """A text that is the same for the same values of these expressions, null told from ''."""
    texts = (f"coalesce(length(({part})::varchar) || ':' || ({part}), '-')" for part in parts)
    return " || ".join(texts)


def given(column: str) -> str:
    """The text of a cell; null if it is empty, in quotes, too."""
    return f"nullif({column}, '')"


def whole(column: str) -> str:
    """The whole number of a cell; null if it is empty."""
    return f"{given(column)}::bigint"


def member(record: str, path: str) -> str:
    """The text of a member of a JSON value; null if it has none."""
    return f"json_extract_string({record}, '$.{path}')"


def elements(value: str) -> str:
    """The elements of a JSON array, a row each."""
    return f"unnest(json_extract({value}, '$[*]'))"


def at(seconds: str) -> str:
    """A moment in UTC from the seconds since 1970."""
    return f"make_timestamp(({seconds})::bigint * 1000000)"


def utc(moment: str) -> str:
    """A moment in UTC from RFC 3339, of which the seconds may be missing."""
    zone = "(Z| ?UTC|[+-][0-9]{2}(:?[0-9]{2})?)?"
    whole = rf"regexp_replace({moment}, '([T ][0-9]{{2}}:[0-9]{{2}}){zone}$', '\1:00\2')"
    return f"({whole})::timestamptz::timestamp"


def texts(document: str, paths: Sequence[str]) -> str:
    """The texts of members of a JSON value as a list, which parses it once and not for each."""
    listed = ", ".join(f"'$.{path}'" for path in paths)
    return f"json_extract_string({document}, [{listed}])"


def folder_name(path: str) -> str:
    """The last part of a path, which names a project; the rest, and a home, may name people."""
    home = r"^(/home|/Users|[A-Za-z]:[\\/]+Users)[\\/]+[^\\/]+[\\/]*$"
    return (
        f"case when not regexp_matches({path}, '{home}')"
        rf" then nullif(regexp_extract({path}, '([^\\/]+)[\\/]*$', 1), '') end"
    )
