"""Types that many operations share, and the small conversions between the wire and the engine."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from api.rest.problems import invalid_argument
from api.rest.reading import text_like
from engine.machine.commands import DEFAULT_TENANT
from engine.store.search.values import read_date, read_key, write_date

LONGEST = 31_557_600_000_000  # milliseconds: a thousand years

Key = Annotated[str, text_like(r"-?[0-9]+", "a key, which is a text of digits", longest=25)]
TenantId = Annotated[
    str, text_like(r"<default>|[\w.\-]{0,31}", "'<default>', or at most 31 letters, digits and characters of '_.-'")
]
BusinessId = Annotated[str, Meta(min_length=1, max_length=256)]
Tag = Annotated[
    str,
    text_like(
        r"[A-Za-z][A-Za-z0-9_\-:.]{0,99}",
        "a letter from A to Z, and at most 99 more letters, digits and characters of '_-:.'",
    ),
]
Tags = Annotated[list[Tag], Meta(max_length=10)]
Text = Annotated[str, Meta(min_length=1)]
#: An integer of 64 bits; some clients, whose language has none, write it as a text of digits.
Long = (
    Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
    | Annotated[str, text_like(r"-?[0-9]{1,18}", "an integer of at most 18 digits")]
)
OperationReference = Long
Integer = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
Natural = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Variables = dict[str, Any]


class Request(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Base of request bodies: a property that nobody knows is an error."""


class Result(msgspec.Struct, rename="camel"):
    """Base of answers."""


class OperationRequest(Request):
    """A body with nothing but a reference, which the client may choose and this server does not need."""

    operation_reference: OperationReference | None = None


def milliseconds_of(value: Long, path: str, least: int = 0) -> int:
    """A duration; Problem where it is shorter than `least`, or longer than a thousand years."""
    duration = int(value)
    if not least <= duration <= LONGEST:
        raise invalid_argument(f"'{path}' must be {least} to {LONGEST} milliseconds, but is {duration}.")
    return duration


def tenant_of(tenant: str | None) -> str:
    """An empty tenant means the default."""
    return tenant or DEFAULT_TENANT


def key_of(text: str, path: str) -> int:
    """A key in a body."""
    return read_key(text, path)


def optional_key(key: int | None) -> str | None:
    return None if key is None else str(key)


def date_of(text: str | None, path: str) -> str | None:
    """A date in the one form in which those of user tasks are kept; an empty text takes the date away."""
    if not text:
        return None
    return write_date(read_date(text, path))


def raw(texts: dict[str, str]) -> dict[str, msgspec.Raw]:
    """JSON texts by name, to be sent as they are."""
    return {name: msgspec.Raw(text.encode()) for name, text in texts.items()}
