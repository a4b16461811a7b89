"""What a file holds, whatever its name: nothing, another kind of file, JSON over several lines."""

import json
import re
import shutil
from codecs import BOM_UTF8
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from tokenmart.console import warn
from tokenmart.errors import UserError

_KINDS = {
    b"\xff\xfe": "it is UTF-16 text: save it as UTF-8",
    b"\xfe\xff": "it is UTF-16 text: save it as UTF-8",
    b"\x1f\x8b": "it is compressed by gzip: rename it to {name}.gz",
    b"\x28\xb5\x2f\xfd": "it is compressed by zstd: unpack it first",
    b"PK\x03\x04": "it is a ZIP file or a spreadsheet: unpack it first, or save it as CSV",
    b"PAR1": "it is Parquet: rename it to {stem}.parquet",
}
"""How files of other kinds begin, and what to do with them."""

_BLANK = b"\xef\xbb\xbf \t\r\n"
_OF_ERRORS = {"error", "errors", "type", "request_id", "status", "code", "detail"}
_NOT_BLANK = re.compile(r"[^ \t\r\n]")
_AT_MOST = 4096
"""A file without anything in it is not larger."""


def refuse_another_kind(path: Path) -> None:
    """Refuse what is not text, by its first bytes; of Parquet what is not named so."""
    with path.open("rb") as file:
        start = file.read(4)
    for first, what in _KINDS.items():
        if start.startswith(first) and not (first == b"PAR1" and path.suffix == ".parquet"):
            said = what.format(name=path.name, stem=path.stem)
            raise UserError(f"{path.name} cannot be read: {said}.")


def why_nothing(path: Path) -> str | None:
    """Why there is nothing to land of a file; none if there may be something."""
    if path.stat().st_size > _AT_MOST:
        return None
    content = path.read_bytes().strip(_BLANK)
    if not content:
        return "is empty"
    return "has no rows" if content[:1] + content[1:].lstrip() == b"[]" else None


def one_a_line(path: Path, scratch: Path) -> Path:
    """The file, or one with a JSON document a line if they go over several lines, as jq writes
    them one after another. Every digit of their numbers is kept."""
    with path.open("rb") as file:
        first = next((line for line in file if line.strip(_BLANK)), b"")
    if first.strip(_BLANK)[:1] not in (b"{", b"["):
        return path
    if _is_json(first):
        return _without_mark(path, scratch) if first.startswith(BOM_UTF8) else path
    found = _documents_of(path)
    if not found or (len(found) == 1 and path.suffix.lower() == ".json"):
        # who recognizes it says what is wrong with it
        return path
    return _written(path, scratch, _flat(found))


def _without_mark(path: Path, scratch: Path) -> Path:
    """A copy without the mark of UTF-8, after which only the first line is read as JSON."""
    bare = Path(mkdtemp(dir=scratch)) / path.name
    with path.open("rb") as file, bare.open("wb") as copy:
        file.seek(len(BOM_UTF8))
        shutil.copyfileobj(file, copy)
    shutil.copystat(path, bare)
    return bare


def without_envelope(path: Path, scratch: Path) -> Path:
    """The file, or the rows in the answers of an API that it holds, one a line."""
    if path.suffix.lower() not in (".json", ".jsonl", ".ndjson"):
        return path
    with path.open("rb") as file:
        first = next((line for line in file if line.strip(_BLANK)), b"")
    if path.suffix.lower() != ".json" and b'"data"' not in first:
        return path
    documents = _flat(_documents_of(path))
    if not documents or not all(map(_is_answer, documents)):
        return path
    rows = [row for each in documents for row in each["data"]]
    if not rows:
        return path
    _name_missing_pages(path, documents)
    return _written(path, scratch, rows)


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line.strip(_BLANK))
    except (ValueError, RecursionError):
        return False
    return True


def _documents_of(path: Path) -> list[Any]:
    """The JSON documents of a file, every digit of their numbers kept; none if it is not JSON."""
    try:
        return [*documents_in(path.read_text(encoding="utf-8-sig"), parse_float=str)]
    except (ValueError, RecursionError):
        return []


def _flat(documents: list[Any]) -> list[Any]:
    """Of pages it is the same whether they are in arrays."""
    return [
        document for each in documents for document in (each if isinstance(each, list) else [each])
    ]


def _written(path: Path, scratch: Path, documents: list[Any]) -> Path:
    """A file of the documents, one a line, that is as old as the other."""
    lines = Path(mkdtemp(dir=scratch)) / f"{path.name}.jsonl"
    with lines.open("w", encoding="utf-8") as copy:
        copy.writelines(f"{json.dumps(document)}\n" for document in documents)
    shutil.copystat(path, lines)
    return lines


def _is_answer(document: Any) -> bool:
    rows = document.get("data") if isinstance(document, dict) else None
    return isinstance(rows, list) and all(isinstance(row, dict) for row in rows)


def _name_missing_pages(path: Path, answers: list[Any]) -> None:
    """Warn of an answer after which others follow, if they are not in the file."""
    abouts = [
        {**(each["meta"] if isinstance(each.get("meta"), dict) else {}), **each} for each in answers
    ]
    numbers = {_whole(about.get("page")) for about in abouts}
    totals = {
        total
        for about in abouts
        for name in ("total_pages", "totalPages")
        if (total := _whole(about.get(name)))
    }
    # of two ranges no one can tell which pages are whose
    if len(totals) == 1 and None not in numbers and len(numbers) < (total := totals.pop()):
        warn(
            f"{path.name}: it has {len(numbers):,} of {total:,} pages; land the others, too, "
            "unless they are in other files."
        )
    elif any(abouts[-1].get(name) for name in ("cursor", "next_cursor", "has_more", "next_page")):
        warn(
            f"{path.name}: its last page says that more follow; land them, too, unless they are "
            "in other files."
        )


def _whole(value: Any) -> int | None:
    """A whole number of an answer, which may be a text; none if it is something else."""
    text = str(value).removesuffix(".0")
    return int(text) if text.isdecimal() and len(text) < 10 else None


def documents_in(text: str, **options: Any) -> Iterator[Any]:
    """The JSON documents that stand one after another in a text."""
    decoder = json.JSONDecoder(**options)
    at = 0
    while start := _NOT_BLANK.search(text, at):
        document, at = decoder.raw_decode(text, start.start())
        yield document


def error_in(documents: list[Any]) -> str | None:
    """What an API answered in place of a page, if one of the documents is its error."""
    for document in documents:
        # a log may have errors, among other members
        if not isinstance(document, dict) or not document.keys() <= _OF_ERRORS:
            continue
        error = document.get("error") or document.get("errors")
        error = error[0] if isinstance(error, list) and error else error
        said = error.get("message") if isinstance(error, dict) else error
        if isinstance(said, str) and said.strip():
            return said.strip().splitlines()[0][:200].rstrip(". ")
    return None
