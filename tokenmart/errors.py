"""What the user is told when something cannot be done."""

import errno

_ADVICE = {
    errno.ENOSPC: "make room there and try again",
    errno.EDQUOT: "make room there and try again",
    errno.EFBIG: "raise the limit on the size of files (`ulimit -f`) and try again",
    errno.EACCES: "grant access to it, or name another path",
    errno.EROFS: "name a path that can be written",
}
_ENGINES = {"duckdb", "_duckdb", "psycopg2", "sqlalchemy", "great_expectations"}
_FILES = {"yaml", "json", "_csv", "jinja2"}


class UserError(Exception):
    """A sentence that says what is wrong, where, and what to do; shown without a traceback."""


def explained(error: Exception) -> str | None:
    """A sentence on what a file, the system or a database may do to any command; none on a bug.

    Where more can be said, whoever meets the error raises a :class:`UserError` in its place.
    """
    origins = {each.__module__.partition(".")[0] for each in type(error).__mro__}
    if isinstance(error, OSError):
        # a write to an open file does not say which one; most often it is the output
        return f"{error.filename or 'The output cannot be written'}: {reason(error)}."
    if isinstance(error, UnicodeError):
        return f"A file or an argument is not UTF-8 text: {error}."
    if isinstance(error, RecursionError):
        return "A file is nested too deeply to be read: correct it."
    if isinstance(error, MemoryError):
        return "There is not enough memory: close other programs, or use a larger machine."
    if origins & _ENGINES:
        return f"The database reported an error: {first_line(error)}."
    return f"A file cannot be read: {first_line(error)}." if origins & _FILES else None


def reason(error: OSError) -> str:
    """What the system says, and what to do if that is known."""
    advice = _ADVICE.get(error.errno or 0)
    said = error.strerror or str(error)
    return f"{said}; {advice}" if advice else said


def first_line(error: BaseException) -> str:
    """What an error says first; engines go on with pages on their own insides."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].rstrip(". ")
