"""Reading request bodies: how much is read, and what is refused before any of it means something.

Whatever JSON can say but a process cannot keep is refused here, once for all operations: characters that PostgreSQL
does not store (NUL), numbers beyond 64 bits, nesting without end.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from msgspec import inspect

from api.rest.problems import Problem, bad_request, invalid_argument

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

MAX_DEPTH = 200
_BRACKETS = b"[]{}"
_NO_BRACKETS = bytes(set(range(256)) - set(_BRACKETS))
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_ESCAPED_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_LONG_NUMBER = re.compile(rb"[0-9]{19}")
_LEAST, _GREATEST = -(2**63), 2**64 - 1
_MATCHING = re.compile(r"(?:str|`str`) matching regex (?P<pattern>'.*'|\".*\")$", re.DOTALL)
_PLACE = re.compile(r"^(?P<what>.*?)(?: - at `\$\.?(?P<path>.*)`)?$", re.DOTALL)


#: What a text that matches a pattern is, in words, by the pattern as msgspec quotes it.
_IN_WORDS: dict[str, str] = {}


def text_like(pattern: str, words: str, longest: int | None = None) -> msgspec.Meta:
    """Of texts that the whole pattern matches; who brings another is told that it must be what the words say."""
    pattern = rf"^(?:{pattern})(?!\n)$"  # Python's `$` alone would let a line break follow
    _IN_WORDS[repr(pattern)] = words
    return msgspec.Meta(pattern=pattern, description=words[0].upper() + words[1:], max_length=longest)


class ClientGone(Exception):
    """The client has hung up; there is nobody to answer."""


def header(scope: Scope, name: bytes) -> str | None:
    """The value of a request header (lower-case name), None where it is absent."""
    for key, value in scope["headers"]:
        if key == name:
            text: str = value.decode("latin-1")
            return text
    return None


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """The whole body, of at most `limit` bytes, which nothing has encoded."""
    check_encoding(scope)
    announced = header(scope, b"content-length")
    if announced is not None and announced.isdigit() and int(announced) > limit:
        raise too_large(limit)
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientGone
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False) and len(body) <= limit:
        return body
    chunks, size = [body], len(body)
    while size <= limit and message.get("more_body", False):
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
    if size > limit:
        raise too_large(limit)
    return b"".join(chunks)


def too_large(limit: int) -> Problem:
    detail = f"The body is larger than {limit:,} bytes, which is the limit of this server."
    return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "PAYLOAD_TOO_LARGE", detail)


def check_content_type(scope: Scope) -> None:
    """JSON is expected; a body without any content type is taken for it."""
    content_type = header(scope, b"content-type")
    if content_type is None:
        return
    media = content_type.partition(";")[0].strip().lower()
    if media == "application/json" or (media.startswith("application/") and media.endswith("+json")):
        return
    raise Problem(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "Unsupported Media Type",
        f"The content type must be application/json, but is '{content_type}'.",
    )


def check_encoding(scope: Scope) -> None:
    """Bodies come as they are: what is compressed would be read as nonsense, or swell beyond all limits."""
    encoding = header(scope, b"content-encoding")
    if encoding is None or encoding.strip().lower() in ("", "identity"):
        return
    raise Problem(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "Unsupported Media Type",
        f"The body must be sent as it is, but its content encoding is '{encoding}'.",
        ((b"accept-encoding", b"identity"),),
    )


def decode(decoder: msgspec.json.Decoder[Any], body: bytes) -> Any:
    """The body as what the operation expects; Problem with the place and the reason where it is something else."""
    check_depth(body)
    if b"\\u0000" in body and _ESCAPED_NUL.search(body):
        raise invalid_argument("The body contains the character NUL (\\u0000), which cannot be stored.")
    try:
        value = decoder.decode(body)
    except msgspec.ValidationError as error:
        raise _explained(str(error), decoder.type) from error
    except msgspec.DecodeError as error:
        raise bad_request(f"The body is not valid JSON: {_sentence(str(error))}") from error
    except UnicodeDecodeError as error:
        raise bad_request("The body is not valid UTF-8.") from error
    except RecursionError as error:
        raise _too_deep() from error
    if _LONG_NUMBER.search(body):
        check_numbers(msgspec.json.decode(body))
    return value


def check_depth(body: bytes) -> None:
    """Refuses nesting beyond MAX_DEPTH, whatever else the body may be.

    Taking away the innermost pairs of brackets, over and over, leaves nothing within as many rounds as it is deep.
    """
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return
    brackets = _STRING.sub(b"", body).translate(None, _NO_BRACKETS)
    for _ in range(MAX_DEPTH):
        left = brackets.replace(b"[]", b"").replace(b"{}", b"")
        if len(left) == len(brackets):
            break
        brackets = left
    if brackets.count(b"[") + brackets.count(b"{") > 0:
        raise _too_deep()


def check_numbers(value: object) -> None:
    """Refuses integers that need more than 64 bits."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, int):
            if not _LEAST <= value <= _GREATEST:
                raise invalid_argument(f"The number {value} is out of range; integers have at most 64 bits.")
        elif isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)


def _too_deep() -> Problem:
    return invalid_argument(f"The body is nested more than {MAX_DEPTH} levels deep.")


def _explained(message: str, type: Any) -> Problem:
    """A sentence from what msgspec says of a body that should be of this type.

    What has the wrong type cannot be read; what breaks a rule is no argument.
    """
    match = _PLACE.match(message)
    assert match is not None
    what, path = match["what"], match["path"]
    place = f" in '{path}'" if path else ""
    if what.startswith("Object contains unknown field"):
        return bad_request(f"The property {_quoted(what)}{place} is not known.")
    if what.startswith("Object missing required field"):
        return invalid_argument(f"The property {_quoted(what)}{place} is required.")
    if ", got " in what:
        expected, _, got = what.removeprefix("Expected ").partition(", got ")
        subject = f"'{path}'" if path else "The body"
        return bad_request(f"{subject} must be {_readable(expected)}, but is {_readable(got)}.")
    subject = f"'{path}'" if path else "The body"
    if what.startswith("Expected "):
        return invalid_argument(f"{subject} must be {_readable(what.removeprefix('Expected '))}.")
    choices = _choices(inspect.type_info(type), re.findall(r"[^.\[\]]+", path or ""))
    if what.startswith("Invalid enum value ") and choices:
        found = what.removeprefix("Invalid enum value ")
        return invalid_argument(f"{subject} must be one of {', '.join(choices)}, but is {found}.")
    return invalid_argument(f"{subject}: {_sentence(what)}")


def _choices(type: inspect.Type, path: Sequence[str]) -> list[str]:
    """The texts that there are to choose from at a place in a body of this type; none where it is no choice."""
    match type, path:
        case inspect.Metadata(), _:
            return _choices(type.type, path)
        case inspect.UnionType(), _:
            return [choice for each in type.types for choice in _choices(each, path)]
        case inspect.EnumType(), []:
            return [str(member.value) for member in type.cls]
        case inspect.LiteralType(), []:
            return [str(value) for value in type.values]
        case inspect.ListType(), [_, *rest]:
            return _choices(type.item_type, rest)
        case inspect.StructType(), [name, *rest]:
            inner = [field.type for field in type.fields if field.encode_name == name]
            return [choice for each in inner for choice in _choices(each, rest)]
        case _:
            return []


def _quoted(message: str) -> str:
    return "'" + message.partition("`")[2].rpartition("`")[0] + "'"


_NAMES = {"str": "string", "int": "integer", "bool": "boolean", "float": "number"}


def _readable(type_text: str) -> str:
    matching = _MATCHING.search(type_text)
    if matching is not None and matching["pattern"] in _IN_WORDS:
        return _IN_WORDS[matching["pattern"]]
    text = re.sub(r"`([^`]*)`", lambda match: match[1], type_text)
    return re.sub(r"\b(str|int|bool|float)\b", lambda match: _NAMES[match[1]], text).replace(" | ", " or ")


def _sentence(text: str) -> str:
    return text.rstrip(".") + "."
