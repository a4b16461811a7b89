"""A delivered folder: which of its files is which source table."""

import re
from dataclasses import dataclass
from pathlib import Path

from tokenmart.console import warn
from tokenmart.errors import UserError
from tokenmart.land.formats import EXTENSIONS
from tokenmart.sample import MARKER
from tokenmart.schema import Table, tables

_COMPRESSED = "it is compressed"
_NOT_READ = {
    **dict.fromkeys((".bz2", ".gz", ".xz", ".zip", ".zst"), _COMPRESSED),
    **dict.fromkeys((".crdownload", ".part", ".tmp"), "it is not complete"),
    **dict.fromkeys((".xls", ".xlsx"), "it is a spreadsheet"),
    ".json": "it is one JSON document",
    ".tsv": "its values are separated by tabs",
}
"""Endings of data files that are not read, and why."""

_COPY = re.compile(r"([a-z_]*?[a-z])(?:[ _.-]*(?:\(\d+\)|copy|\d[\d_.t-]*))*")
"""A name, and what a browser or an export puts behind it."""


@dataclass(frozen=True)
class Delivery:
    """The data files of a folder, parents before children."""

    files: tuple[tuple[Table, Path], ...]
    is_sample: bool


def find(folder: Path) -> Delivery:
    """Match the files of ``folder`` to the source tables by their names."""
    if not folder.is_dir():
        raise UserError(f"There is no folder {folder}; name the folder that holds the data files.")
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if not _is_data(path):
            continue
        name = path.stem.lower()
        if name in found:
            raise UserError(
                f"{found[name].name} and {path.name} in {folder} are both for the table {name}; "
                "keep one of them."
            )
        found[name] = path
    if not found:
        names = ", ".join(tables())
        raise UserError(
            f"There is no data file in {folder}. A file is named after its table and ends in "
            f"{', '.join(EXTENSIONS)}; the tables are {names}."
        )
    files = [(table, found[name]) for name, table in tables().items() if name in found]
    return Delivery(tuple(files), is_sample=(folder / MARKER).is_file())


def _is_data(path: Path) -> bool:
    """Whether the file is to be landed; refuse one that was meant to be, and name others."""
    is_readable = path.is_file() and path.suffix.lower() in EXTENSIONS
    if is_readable and path.stem.lower() in tables():
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
    if is_readable:
        warn(f"{path.name} is not landed: there is no source table {path.stem}.")
    elif path.name.split(".")[0].lower() in tables():
        warn(f"{path.name} is not landed: it is not a file that ends in {', '.join(EXTENSIONS)}.")
    return False


def _reason(path: Path, table: str) -> str:
    ending = path.suffix.lower()
    if not path.is_file():
        return "it is not a file. Put the file there"
    if ending in _NOT_READ:
        return f"{_NOT_READ[ending]}. Make it a file that ends in {', '.join(EXTENSIONS)}"
    return f"a table must be one file with its name. Rename it to {table}{ending}"
