"""What the user is told when something cannot be done."""


class UserError(Exception):
    """A sentence that says what is wrong, where, and what to do; shown without a traceback."""
