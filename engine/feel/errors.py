"""Everything this package raises. One base class, so that a caller needs one `except`."""

from __future__ import annotations


class FeelError(Exception):
    """Base of every error of this package."""


class FeelSyntaxError(FeelError):
    """The text is not a FEEL expression, or is larger than one may be.

    `position` is the 0-based offset in `text`; `line` and `column` count from 1. `expected` names what
    would have been accepted at that place, or is empty where that is not a list of things.
    """

    def __init__(self, message: str, text: str = "", position: int = 0, expected: str = "") -> None:
        self.message = message
        self.position = position
        self.line = text.count("\n", 0, position) + 1
        self.column = position - (text.rfind("\n", 0, position) + 1) + 1
        self.expected = expected
        wanted = f"; expected {expected}" if expected else ""
        super().__init__(f"{message} at line {self.line}, column {self.column}{wanted}")


class FeelBudgetError(FeelError):
    """An evaluation wanted more steps, memory, depth or time than an expression may use."""


class FeelAssertionError(FeelError):
    """`assert(value, condition, cause)` did not hold."""


class FeelValueError(FeelError):
    """A result has no JSON form: a function, or a whole number outside 64 bits."""
