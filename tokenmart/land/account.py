"""Who reported a row: the format that it came in, and whose account it is."""

from tokenmart.land.exports import Export

OF_ACCOUNT = " of "
"""What stands between a format and an account in ``reported_by``."""


def reported_by(export: Export, account: str | None) -> str:
    """What is written beside each row: the format, and whose account it is if that was said."""
    return f"{export.name}{OF_ACCOUNT}{account}" if account else export.name
