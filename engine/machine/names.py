"""How long names may be.

A name is what something is looked for by: a message, its key and its id, a job type, a variable, a person or group, a
process. All are in indexes, whose entries PostgreSQL limits to 2,704 bytes; an entry has at most three names.
"""

from __future__ import annotations

from collections.abc import Iterable

from engine.machine.commands import Rejection

LONGEST_NAME = 800  # bytes of UTF-8

_MOST_BYTES_OF_A_CHARACTER = 4
_SHOWN = 40  # characters


def is_too_long(name: str) -> bool:
    """Whether no index can hold the name."""
    return len(name) * _MOST_BYTES_OF_A_CHARACTER > LONGEST_NAME and _size(name) > LONGEST_NAME


def too_long(what: str, name: str) -> str:
    """The reason for which a name is refused; `what` says of what kind it is, such as "the job type"."""
    shown = f"{name[:_SHOWN]}…"
    return f"Expected {what} to be at most {LONGEST_NAME} bytes long, but '{shown}' has {_size(name)}."


def check_names(what: str, names: Iterable[str]) -> None:
    """Raises Rejection where one of the names that a command brings is too long."""
    for name in names:
        if is_too_long(name):
            raise Rejection("INVALID_ARGUMENT", too_long(what, name))


def _size(name: str) -> int:
    return len(name.encode("utf-8", "surrogatepass"))
