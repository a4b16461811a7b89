"""What is delivered: which file is which source table, and which is an export of what format."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tokenmart.console import note, warn
from tokenmart.errors import UserError
from tokenmart.land.contents import (
    one_a_line,
    refuse_another_kind,
    why_nothing,
    without_envelope,
)
from tokenmart.land.exports import Export, Rows
from tokenmart.land.formats import EXTENSIONS
from tokenmart.land.recognize import ENDINGS, as_lines, is_array, recognize, unpacked
from tokenmart.sample import MARKER
from tokenmart.schema import SECRET_COLUMNS, Table, tables

_NOT_READ = {
    **dict.fromkeys((".bz2", ".gz", ".xz", ".zip", ".zst"), "it is compressed; unpack it first"),
    **dict.fromkeys((".crdownload", ".part", ".tmp"), "it is not complete"),
    **dict.fromkeys((".xls", ".xlsx"), "it is a spreadsheet"),
    ".json": "it is one JSON document",
    ".tsv": "its values are separated by tabs",
}
"""Endings of data files that are not read, and why."""

_OFTEN_DATA = (".bz2", ".xls", ".xlsx", ".xz", ".zip", ".zst", ".tsv")
"""Endings by which a file in a folder may be one that was meant."""

_COPY = re.compile(r"([a-z_]*?[a-z])(?:[ _.-]*(?:\(\d+\)|copy|\d[\d_.t-]*))*")
"""A name, and what a browser or an export puts behind it."""

_DOWNLOADED_AGAIN = re.compile(r" ?\(\d+\)$")
"""What a browser puts behind the name of a file that is there already."""

_BODY = re.compile(r"_(input|output)(_\w+)?\.json(\.gz)?")
"""How Bedrock names long prompts and answers, in a folder `data` beside its log."""

_MOST_NAMED = 10


@dataclass(frozen=True)
class Delivery:
    """The files that are delivered: tables, parents before children, and exports."""

    tables: tuple[tuple[Table, Path], ...]
    exports: tuple[tuple[Export, tuple[Path, ...]], ...]
    is_sample: bool

    @property
    def targets(self) -> list[Table]:
        """The source tables that are written to."""
        named = {name for export, _ in self.exports for name in export.tables}
        named |= {table.name for table, _ in self.tables}
        return [table for name, table in tables().items() if name in named]


def find(
    paths: Sequence[Path],
    scratch: Path,
    as_format: Export | None = None,
    names: dict[str, str] | None = None,
) -> Delivery:
    """Tell source tables by the names of their files, and exports by what is in them.

    Files are unpacked into ``scratch``, and ``names`` then tells by the name of such a file how it
    was delivered. With ``as_format`` every file is an export of that format.
    """
    names = {} if names is None else names
    found: dict[str, Path] = {}
    exports: dict[Export, list[Path]] = {}
    unknown: dict[Path, str] = {}
    nothing: dict[Path, str] = {}
    for path in _data_files(paths, any_name=as_format is not None):
        table = None if as_format else _table_of(path)
        if table is None:
            file = unpacked(path, scratch)
            names[file.name] = path.name
            if why := why_nothing(file):
                nothing[path] = why
                continue
            refuse_another_kind(file)
            file = one_a_line(file, scratch)
            names[file.name] = path.name
            file, recognized = _recognized(file, scratch, as_format)
            names[file.name] = path.name
            if isinstance(recognized, Export):
                if isinstance(recognized.records, Rows) and is_array(file):
                    file = as_lines(file, scratch)
                    names[file.name] = path.name
                exports.setdefault(recognized, []).append(file)
            else:
                unknown[path] = recognized
        elif table in found:
            raise UserError(
                f"{found[table].name} and {path.name} in {path.parent} are both for the table "
                f"{table}; keep one of them."
            )
        else:
            found[table] = unpacked(path, scratch)
            names[found[table].name] = path.name
    if (unknown.keys() & set(paths)) or (unknown and not (found or exports)):
        raise UserError(_of_no_format(unknown))
    if nothing and not (found or exports):
        path, why = next(iter(nothing.items()))
        raise UserError(f"{path.name} {why}: get it again.")
    _name_the_unknown(list(unknown))
    _name_what_has_nothing(nothing)
    if not found and not exports:
        raise UserError(_nothing_in(paths))
    for name in found.keys() & {name for export in exports for name in export.tables}:
        raise UserError(
            f"{found[name].name} holds the rows of the table {name}, and exports beside it would "
            "add to them: land the exports by themselves, after it."
        )
    for export, files in exports.items():
        shown = files[0].name if len(files) == 1 else f"{len(files):,} files"
        note(f"{shown}: {export.title} ({export.name})")
    return Delivery(
        tuple((table, found[name]) for name, table in tables().items() if name in found),
        tuple((export, tuple(sorted(files, key=_age))) for export, files in exports.items()),
        is_sample=any((path / MARKER).is_file() for path in paths),
    )


def _recognized(file: Path, scratch: Path, as_format: Export | None) -> tuple[Path, Export | str]:
    """The file and its format, or the rows in the answers of an API and theirs."""
    try:
        recognized = recognize(file, as_format)
    except UserError:
        rows = without_envelope(file, scratch)
        if rows is file:
            raise
        return rows, recognize(rows, as_format)
    if isinstance(recognized, str):
        rows = without_envelope(file, scratch)
        if rows is not file and isinstance(of_rows := recognize(rows), Export):
            return rows, of_rows
    return file, recognized


def _age(path: Path) -> tuple[int, str]:
    """The order in which files were made: of what two of them report, the later one counts."""
    return path.stat().st_mtime_ns, str(path)


def _data_files(paths: Sequence[Path], *, any_name: bool) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from (each for each in _walk(path) if _is_data(each, any_name=any_name))
        elif path.is_file():
            if _is_data(path, any_name=any_name):
                yield path
            else:
                raise UserError(f"{path.name} cannot be read: {_not_read(path)}.")
        else:
            raise UserError(
                f"There is no file or folder {path}; name a data file, or the folder that holds "
                "the data files."
            )


def _walk(folder: Path) -> Iterator[Path]:
    """What is in a folder and the folders in it, but for what is hidden."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name == MARKER:
            continue
        if folder.name == "data" and _BODY.search(path.name):
            continue
        if path.is_dir() and path.suffix.lower() not in EXTENSIONS:
            yield from _walk(path)
        else:
            yield path


def _table_of(path: Path) -> str | None:
    """The source table that a file is named after."""
    name = path
    if name.suffix.lower() == ".gz":
        name = name.with_suffix("")
    if name.suffix.lower() not in EXTENSIONS:
        return None
    table = _DOWNLOADED_AGAIN.sub("", name.stem.lower())
    if table not in tables():
        return None
    if name != path and table in SECRET_COLUMNS:
        # unpacked, its secrets would stand in a temporary file
        raise UserError(
            f"{path.name} in {path.parent} is compressed, and the table {table} has secret "
            "columns, which are never written to a temporary file: unpack it, or move it out of "
            "the folder."
        )
    return table


def _is_data(path: Path, *, any_name: bool) -> bool:
    """Whether the file is to be landed; refuse one that was meant to be, and name others."""
    bare = path.with_suffix("") if path.suffix.lower() == ".gz" else path
    is_readable = path.is_file() and bare.suffix.lower() in ENDINGS
    if is_readable and (any_name or _table_of(path)):
        return True
    name = path
    while name.suffix.lower() in (*EXTENSIONS, *_NOT_READ):
        name = name.with_suffix("")
    meant = _COPY.fullmatch(name.name.lower())
    if meant and meant[1] in tables() and name != path:
        raise UserError(
            f"{path.name} in {path.parent} looks like a file for the table {meant[1]}, but is not "
            f"landed: {_reason(path, meant[1])}, or move it out of the folder."
        )
    if not is_readable and path.name.split(".")[0].lower() in tables():
        warn(f"{path.name} is not landed: it is not a file that ends in {', '.join(EXTENSIONS)}.")
    elif path.suffix.lower() in _OFTEN_DATA:
        warn(f"{path.name} is not landed: {_NOT_READ[path.suffix.lower()]}.")
    return is_readable


def _not_read(path: Path) -> str:
    why = _NOT_READ.get(path.suffix.lower())
    endings = f"its name must end in {', '.join(ENDINGS)}, or one of these and .gz"
    return f"{why}; {endings}" if why else endings


def _reason(path: Path, table: str) -> str:
    ending = path.suffix.lower()
    if not path.is_file():
        return "it is not a file. Put the file there"
    if ending in _NOT_READ:
        return f"{_NOT_READ[ending]}. Make it a file that ends in {', '.join(EXTENSIONS)}"
    return f"a table must be one file with its name. Rename it to {table}{ending}"


def _of_no_format(unknown: dict[Path, str]) -> str:
    path, reasons = next(iter(unknown.items()))
    more = f" So are {len(unknown) - 1:,} more files." if len(unknown) > 1 else ""
    return (
        f"{path.name} is of no format that is known, and its name is not that of a source "
        f"table.{more}\n{reasons}\nIf it is of one of them all the same, say which with --as; "
        "docs/exports.md shows how each is exported."
    )


def _name_the_unknown(paths: Sequence[Path]) -> None:
    if len(paths) > _MOST_NAMED:
        names = ", ".join(path.name for path in paths[:_MOST_NAMED])
        warn(f"{len(paths):,} files are not landed, of no known format: {names}, …")
        return
    for path in paths:
        warn(
            f"{path.name} is not landed: there is no source table {path.stem}, and it is of no "
            "known format of exports."
        )


def _name_what_has_nothing(nothing: dict[Path, str]) -> None:
    if len(nothing) > _MOST_NAMED:
        names = ", ".join(path.name for path in [*nothing][:_MOST_NAMED])
        note(f"{len(nothing):,} files are left out, being empty: {names}, …")
        return
    for path, why in nothing.items():
        note(f"{path.name} is left out: it {why}")


def _nothing_in(paths: Sequence[Path]) -> str:
    return (
        f"There is no data file in {', '.join(map(str, paths))}. Name an export, such as the usage "
        "that a provider's console lets you download (docs/exports.md lists the formats), or a "
        f"folder of source tables: a file is named after its table and ends in "
        f"{', '.join(EXTENSIONS)}, or one of these and .gz; the tables are {', '.join(tables())}."
    )
