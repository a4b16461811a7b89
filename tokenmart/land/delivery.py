"""A delivered folder: which of its files is which source table."""

from dataclasses import dataclass
from pathlib import Path

from tokenmart.errors import UserError
from tokenmart.land.read import EXTENSIONS
from tokenmart.land.report import warn
from tokenmart.sample import MARKER
from tokenmart.schema import Table, tables


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
    """Whether the file is to be landed; one that looks as if it were meant to be is named."""
    is_readable = path.is_file() and path.suffix.lower() in EXTENSIONS
    if is_readable and path.stem.lower() in tables():
        return True
    if is_readable:
        warn(f"{path.name} is not landed: there is no source table {path.stem}.")
    elif path.name.split(".")[0].lower() in tables():
        warn(f"{path.name} is not landed: it is not a file that ends in {', '.join(EXTENSIONS)}.")
    return False
