"""What a file holds, whatever its name: nothing, another kind of file, JSON over several lines."""

import json
import re
import shutil
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
    if first.strip(_BLANK) not in (b"{", b"["):
        return path
    try:
        found = [*documents_in(path.read_text(encoding="utf-8-sig"), parse_float=str)]
    except (ValueError, RecursionError):
        # who recognizes it says what is wrong with it
        return path
    if len(found) == 1 and path.suffix.lower() == ".json":
        return path
    lines = Path(mkdtemp(dir=scratch)) / f"{path.stem}.jsonl"
    with lines.open("w", encoding="utf-8") as copy:
        for each in found:
            # of pages it is the same whether they are in arrays
            for document in each if isinstance(each, list) else [each]:
                copy.write(f"{json.dumps(document)}\n")
    shutil.copystat(path, lines)
    return lines


def without_envelope(path: Path, scratch: Path) -> Path:
    """The file, or the rows in the answers of an API that it holds, one a line."""
    documents = _answers(path)
    if not documents:
        return path
    _name_missing_pages(path, documents)
    lines = Path(mkdtemp(dir=scratch)) / f"{path.stem}.jsonl"
    with lines.open("w", encoding="utf-8") as copy:
        copy.writelines(f"{json.dumps(row)}\n" for each in documents for row in each["data"])
    shutil.copystat(path, lines)
    return lines


def _answers(path: Path) -> list[Any]:
    """The documents of a file, if each is an answer around a list of rows.

    The pages of a provider have lists of results in their lists, and are documents of their own.
    """
    if path.suffix.lower() not in (".json", ".jsonl", ".ndjson"):
        return []
    try:
        with path.open(encoding="utf-8-sig") as file:
            if path.suffix.lower() != ".json" and not _is_answer(json.loads(file.readline())):
                return []
            file.seek(0)
            documents = [*documents_in(file.read(), parse_float=str)]
    except (ValueError, RecursionError, OSError):
        # who recognizes it says what is wrong with it
        return []
    is_answered = all(map(_is_answer, documents)) and any(each["data"] for each in documents)
    return documents if is_answered else []


def _is_answer(document: Any) -> bool:
    rows = document.get("data") if isinstance(document, dict) else None
    return isinstance(rows, list) and all(
        isinstance(row, dict) and "results" not in row for row in rows
    )


def _name_missing_pages(path: Path, answers: list[Any]) -> None:
    """Warn of an answer after which others follow, if they are not in the file."""
    about = [{**(each.get("meta") or {}), **each} for each in answers]
    pages = max(int(each.get("total_pages") or each.get("totalPages") or 0) for each in about)
    if 1 < pages != len(answers):
        warn(
            f"{path.name}: it has {len(answers):,} of {pages:,} pages; land the others, too, "
            "unless they are in other files."
        )


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
