"""Exports told apart by what is in them."""

import gzip
import json
import shutil
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import duckdb

from tokenmart.errors import UserError, reason
from tokenmart.land.contents import documents_in, error_in
from tokenmart.land.exports import EXPORTS, Documents, Export, Rows
from tokenmart.land.formats import EXTENSIONS, FORMATS
from tokenmart.land.match import one_name, plain
from tokenmart.warehouse.duckdb_file import NO_EXTENSIONS

ENDINGS = (*EXTENSIONS, ".json")
_LINES = {".json", ".jsonl", ".ndjson"}
_FIRST_DOCUMENTS = 200
_BROKEN = (ValueError, RecursionError)


def unpacked(path: Path, scratch: Path) -> Path:
    """The file, or what a .gz file holds, under the name without that ending."""
    if path.suffix.lower() != ".gz":
        return path
    plain_path = Path(mkdtemp(dir=scratch)) / path.stem
    try:
        with gzip.open(path) as packed, plain_path.open("wb") as file:
            shutil.copyfileobj(packed, file)
    except gzip.BadGzipFile as error:
        raise UserError(
            f"{path.name} cannot be unpacked: it is damaged, or not packed at all. Get it again, "
            "or rename it without .gz."
        ) from error
    except (EOFError, zlib.error) as error:
        raise UserError(
            f"{path.name} cannot be unpacked: it is damaged or not complete. Get it again."
        ) from error
    except OSError as error:
        raise UserError(f"{path.name} cannot be unpacked: {reason(error)}.") from error
    shutil.copystat(path, plain_path)
    return plain_path


def recognize(path: Path, as_format: Export | None = None) -> Export | str:
    """The format of a file; of a file of none, what each of them misses in it.

    A file that must be of ``as_format`` and is not is refused.
    """
    names = _names(path)
    documents = _first_documents(path) if path.suffix.lower() in _LINES else None
    broken = next((each for each in documents or () if isinstance(each, _BROKEN)), None)
    missed = {}
    for export in (as_format,) if as_format else EXPORTS:
        lack = _lack(export, names, documents)
        if lack is None:
            return export
        missed[export] = lack
    if said := error_in(documents or []):
        raise UserError(
            f"{path.name} is no export, but an error that was answered: {said}. Correct the "
            "request, and get it again."
        )
    if broken:
        raise UserError(f"{path.name} cannot be read: {_not_json(broken)}.") from broken
    if names and len(names) == 1 and path.suffix.lower() == ".csv":
        (name,) = names
        if any(character in name for character in ";\t|<"):
            raise UserError(f"{path.name} has one column only.{one_name(name)}")
    if as_format:
        raise UserError(f"{path.name} is not of the format {as_format.name}: {missed[as_format]}.")
    return _what_is_missed(missed, names, documents)


def _what_is_missed(
    missed: dict[Export, str], names: set[str] | None, documents: list[Any] | None
) -> str:
    """A line for each format that a file of this kind can be of, the nearest first."""
    kinds = {
        "JSON": [each for each in missed if documents is None and not _is_of_rows(each)],
        "a table, with one row a line": [
            each for each in missed if names is None and _is_of_rows(each)
        ],
    }
    others = [export for exports in kinds.values() for export in exports]
    near = sorted(
        (export for export in missed if export not in others),
        key=lambda export: _share_of_missing(export, names or set()),
    )
    lines = [f"- {export.name}: {missed[export]}" for export in near]
    lines += [
        f"- it is not {kind}, as of {', '.join(export.name for export in exports)}"
        for kind, exports in kinds.items()
        if exports
    ]
    return "\n".join(lines)


def _is_of_rows(export: Export) -> bool:
    return isinstance(export.records, Rows)


def _share_of_missing(export: Export, names: set[str]) -> float:
    if not isinstance(export.records, Rows):
        return 0
    columns = export.records.columns
    return sum(not export.records.called(name, names) for name in columns) / len(columns)


def _lack(export: Export, names: set[str] | None, documents: list[Any] | None) -> str | None:
    if isinstance(export.records, Documents):
        if documents is None:
            return "it is not JSON"
        if not documents:
            return "it is empty"
        lacks = [
            _not_json(document) if isinstance(document, _BROKEN) else export.records.lacks(document)
            for document in documents
        ]
        if export.records.is_every_document:
            return next((lack for lack in lacks if lack), None)
        return None if None in lacks else lacks[0]
    if names is None:
        return "it is not a table"
    missing = [name for name in export.records.columns if not export.records.called(name, names)]
    return f"it has no column {', '.join(missing)}" if missing else None


def _names(path: Path) -> set[str] | None:
    """The columns of a file of rows, as a source table would have them."""
    file_format = FORMATS.get(path.suffix.lower())
    if file_format is None and not is_array(path):
        return None
    if file_format is None or path.suffix.lower() in _LINES:
        members: set[str] = set()
        for document in _first_documents(path):
            if isinstance(document, dict):
                members.update(map(plain, document))
        return members
    with duckdb.connect(config=NO_EXTENSIONS) as connection:
        try:
            return set(map(plain, file_format.open(connection, path, path.parent).names))
        except (duckdb.Error, UnicodeError, OSError):
            # what is wrong with it is said by whoever reads it
            return set()


def is_array(path: Path) -> bool:
    """Whether a file is one JSON array."""
    with path.open("rb") as start:
        is_json = path.suffix.lower() == ".json"
        return is_json and start.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"[")


def as_lines(path: Path, scratch: Path) -> Path:
    """The objects of a JSON array, one a line, with every digit of their numbers."""
    lines = Path(mkdtemp(dir=scratch)) / f"{path.name}.jsonl"
    objects = json.loads(path.read_text(encoding="utf-8-sig"), parse_float=str)
    with lines.open("w", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(each)}\n" for each in objects)
    shutil.copystat(path, lines)
    return lines


def _first_documents(path: Path) -> list[Any]:
    """The first JSON documents of a file: its lines, the elements of one array, or all of it.

    A line that is not JSON is there as the error: one may be where a program was stopped.
    """
    try:
        with path.open(encoding="utf-8-sig") as file:
            if path.suffix.lower() != ".json":
                return list(islice(_lines_or_errors(file), _FIRST_DOCUMENTS))
            text = file.read()
    except (OSError, UnicodeError) as error:
        why = reason(error) if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UserError(f"{path.name} cannot be read: {why}.") from error
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        try:
            # one after another, too: where these end is what is wrong
            return list(islice(documents_in(text), _FIRST_DOCUMENTS))
        except (ValueError, RecursionError) as error:
            raise UserError(f"{path.name} cannot be read: {_not_json(error)}.") from error
    return document[:_FIRST_DOCUMENTS] if isinstance(document, list) else [document]


def _lines_or_errors(lines: Iterator[str]) -> Iterator[Any]:
    for line in lines:
        try:
            yield from _lines(iter([line]))
        except _BROKEN as error:
            yield error


def _lines(lines: Iterator[str]) -> Iterator[Any]:
    for line in lines:
        if line.strip():
            yield json.loads(line)


def _not_json(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError) and (
        error.pos >= len(error.doc.rstrip()) - 1 or error.msg.startswith("Unterminated string")
    ):
        return "it is JSON that ends in the middle; get it again, to the end"
    if isinstance(error, json.JSONDecodeError) and error.doc.lstrip().startswith("<"):
        return "it is an HTML page, perhaps for signing in; download the file again"
    line = f", line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
    return f"it is not JSON{line}"
