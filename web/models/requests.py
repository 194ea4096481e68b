"""What the editor sends."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from fastapi import Request

from engine.xml import MAX_SIZE

#: Of a request in bytes: a draft as large as may be, every other character escaped.
MAX_BODY = 2 * MAX_SIZE + 100_000


class InvalidRequest(Exception):
    """A body that is not what was asked for."""


class BodyTooLarge(Exception):
    def __init__(self, limit: int) -> None:
        super().__init__(f"The request is larger than the {limit:,} bytes that are accepted.")


class _Body(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    pass


class NewDraft(_Body):
    """A blank model, as a task refers to it; without an id it gets one from its name."""

    kind: str
    name: str
    id: str = ""


class SaveDraft(_Body):
    """`revision` is the one that the content is based on."""

    revision: int
    content: str


class Rename(_Body):
    name: str


class KeepVersion(_Body):
    revision: int
    name: str


class RestoreVersion(_Body):
    """Make a former state the draft: `state` as sources.py names it."""

    revision: int
    state: str


class CheckDraft(_Body):
    kind: str
    name: str
    content: str


class Start(_Body):
    """Of the process that was deployed; `process_id` chooses where a file has several."""

    process_id: str = ""
    variables: dict[str, Any] = {}
    business_id: str | None = None


class Deploy(_Body):
    """`along` are the keys of other models to deploy together with this one."""

    revision: int
    along: list[str] = []
    start: Start | None = None


T = TypeVar("T", bound=_Body)


async def read_bytes(request: Request, limit: int = MAX_BODY) -> bytes:
    """The body. Raises BodyTooLarge before more than `limit` bytes are held."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise BodyTooLarge(limit)
    return bytes(body)


async def read_body(request: Request, type: type[T]) -> T:
    """The JSON body. Raises InvalidRequest, BodyTooLarge."""
    try:
        return msgspec.json.decode(await read_bytes(request), type=type)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequest(f"The request is not understood: {error}.") from error


def model_key(text: str) -> int:
    """A key as it stands in addresses. Raises InvalidRequest."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 19):
        raise InvalidRequest(f"Expected the key of a model, a number, but found '{text[:40]}'.")
    return min(int(text), 2**63 - 1)
