"""Exports for tests, in the shape in which others write them, and what becomes of them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from landing import query

from tokenmart.land import land
from tokenmart.project import Project


def write_lines(path: Path, *documents: Any) -> Path:
    """One JSON document a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{json.dumps(document)}\n" for document in documents))
    return path


def write_document(path: Path, document: Any) -> Path:
    path.write_text(json.dumps(document, indent=2))
    return path


def write_csv(path: Path, header: str, *rows: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in (header, *rows)))
    return path


def usage(project: Project, columns: str, *paths: Path, **options: Any) -> list[tuple[Any, ...]]:
    """Land the files, and read these columns of usage, as texts where they are not numbers."""
    if paths:
        land(project, *paths, **options)
    return query(project, f"select {columns} from raw_provider.usage_events order by all")


def bill(project: Project, columns: str, *paths: Path, **options: Any) -> list[tuple[Any, ...]]:
    """Land the files, and read these columns of the bill."""
    if paths:
        land(project, *paths, **options)
    return query(project, f"select {columns} from raw_billing.provider_costs order by all")


def rows_of(project: Project, table: str) -> Sequence[tuple[Any, ...]]:
    return query(project, f"from {table} order by all")
