"""Single values on the wire: keys, dates, booleans and patterns, and what is said when one cannot be read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import takewhile
from typing import Any

from engine.store.search.errors import InvalidSearch

MAX_KEY = 2**63 - 1


def read_key(value: object, path: str) -> int:
    """A key from its wire form, a string of digits."""
    text = read_text(value, path)
    if not re.fullmatch(r"-?[0-9]{1,25}", text):
        raise InvalidSearch(f"'{path}' must be a key, a string of digits, but is '{text[:40]}'.")
    key = int(text)
    if not -MAX_KEY <= key <= MAX_KEY:
        raise InvalidSearch(f"'{path}' must be a key below 2^63, but is '{text}'.")
    return key


def read_boolean(value: object, path: str) -> bool:
    if not isinstance(value, bool):
        raise InvalidSearch(f"'{path}' must be true or false, but is {describe(value)}.")
    return value


def read_date(text: str, path: str) -> datetime:
    """A moment from RFC 3339 text; InvalidSearch without a date, a time and an offset."""
    try:
        moment = datetime.fromisoformat(text)
        known = moment.tzinfo is not None and moment.astimezone(UTC) is not None
    except (ValueError, OverflowError):
        known = False
    if not known:
        raise InvalidSearch(
            f"'{path}' must be a date and time with an offset, such as 2026-01-31T08:00:00Z, but is '{text[:60]}'."
        )
    return moment


def write_date(moment: datetime) -> str:
    """`2026-01-31T08:00:00.000Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def describe(value: object) -> str:
    """What a JSON value is, for a message."""
    names = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), f"the number {value}")


def read_text(value: object, path: str) -> str:
    if not isinstance(value, str):
        raise InvalidSearch(f"'{path}' must be a string, but is {describe(value)}.")
    return value


def read_list(value: object, path: str) -> list[Any]:
    if not isinstance(value, list):
        raise InvalidSearch(f"'{path}' must be an array, but is {describe(value)}.")
    return value


def like_pattern(pattern: str) -> str:
    """A SQL pattern (escape character: backslash) from one with `*`, `?` and backslash escapes."""
    wild = {"*": "%", "?": "_"}
    parts = [
        wild[character] if is_wild else "\\" + character if character in "%_\\" else character
        for character, is_wild in _characters(pattern)
    ]
    return "".join(parts)


def like_beginning(pattern: str) -> str:
    """What all that matches begins with: the characters before the first wild card."""
    return "".join(character for character, _ in takewhile(lambda each: not each[1], _characters(pattern)))


def like_expression(pattern: str) -> re.Pattern[str]:
    """The same for names that Python compares, which are upper case."""
    wild = {"*": ".*", "?": "."}
    parts = [
        wild[character] if is_wild else re.escape(character) for character, is_wild in _characters(pattern.upper())
    ]
    return re.compile("".join(parts) + r"\Z")


def _characters(pattern: str) -> Iterator[tuple[str, bool]]:
    """Each character of a pattern, and whether it is a wild card; a lone backslash at the end is itself."""
    escaped = False
    for character in pattern:
        if escaped:
            yield character, False
            escaped = False
        elif character == "\\":
            escaped = True
        else:
            yield character, character in "*?"
    if escaped:
        yield "\\", False
