"""Where a page is written: a path of this machine, or a bucket's."""

import re
from pathlib import Path
from typing import Any

from tokenmart.errors import UserError


def place(text: str) -> Any:
    """The path that a text names; that of a bucket, as s3://bucket/report.html, is like a Path."""
    if not re.match(r"[a-zA-Z][\w+.-]+://", text):
        return Path(text)
    try:
        from upath import UPath
    except ImportError as error:
        raise UserError(
            f"{text} is a bucket's path, which needs another package: "
            "pip install 'tokenmart[buckets]'."
        ) from error
    try:
        return UPath(text)
    except ValueError as error:
        raise UserError(f"{text} cannot be opened: {error}.") from error
