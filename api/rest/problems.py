"""What a client is told when something goes wrong: problem documents (RFC 9457) with all five members.

`problem_of` is the one table from errors to answers. A problem's title is the kind, for programs; its detail says
what was expected and what was found, for people.
"""

from __future__ import annotations

import logging
from http import HTTPStatus

import msgspec

from engine.identity.errors import AlreadyExists, InvalidEntry, LastAdministrator, NotFound
from engine.machine.commands import Rejection
from engine.runtime.errors import InternalError, Overloaded, Unavailable
from engine.store.search import InvalidSearch, SearchTimeout, SearchUnavailable

logger = logging.getLogger(__name__)

REJECTIONS = {
    "NOT_FOUND": HTTPStatus.NOT_FOUND,
    "INVALID_STATE": HTTPStatus.CONFLICT,
    "INVALID_ARGUMENT": HTTPStatus.BAD_REQUEST,
    "ALREADY_EXISTS": HTTPStatus.CONFLICT,
}


RETRY_AFTER = ((b"retry-after", b"1"),)


class ProblemDetail(msgspec.Struct):
    """The document itself."""

    type: str
    title: str
    status: int
    detail: str
    instance: str


class Problem(Exception):
    """Ends a request with a problem document. `headers` go with the answer."""

    def __init__(self, status: int, title: str, detail: str, headers: tuple[tuple[bytes, bytes], ...] = ()) -> None:
        super().__init__(detail)
        self.status = int(status)
        self.title = title
        self.detail = detail
        self.headers = headers

    def document(self, path: str) -> bytes:
        return msgspec.json.encode(ProblemDetail("about:blank", self.title, self.status, self.detail, path))


def bad_request(detail: str) -> Problem:
    """The request cannot be read."""
    return Problem(HTTPStatus.BAD_REQUEST, "Bad Request", detail)


def invalid_argument(detail: str) -> Problem:
    """The request can be read, but what it asks for cannot be meant."""
    return Problem(HTTPStatus.BAD_REQUEST, "INVALID_ARGUMENT", detail)


def not_found(what: str, key: object) -> Problem:
    """There is nothing with this key; `what` says of what kind it would be."""
    return Problem(HTTPStatus.NOT_FOUND, "NOT_FOUND", f"There is no {what} with the key '{key}'.")


def problem_of(error: Exception) -> Problem:
    """The problem that an error of any layer below is told as."""
    match error:
        case Problem():
            return error
        case Rejection():
            return Problem(REJECTIONS[error.kind], error.kind, error.reason)
        case InvalidSearch():
            return invalid_argument(str(error))
        case Overloaded():  # clients know this title, and send less for a while
            return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "RESOURCE_EXHAUSTED", str(error), RETRY_AFTER)
        case Unavailable() | SearchUnavailable():
            return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "UNAVAILABLE", str(error), RETRY_AFTER)
        case SearchTimeout():
            return Problem(HTTPStatus.GATEWAY_TIMEOUT, "DEADLINE_EXCEEDED", str(error))
        case InvalidEntry():
            return invalid_argument(f"'{error.field}': {error}")
        case NotFound():
            return Problem(HTTPStatus.NOT_FOUND, "NOT_FOUND", str(error))
        case AlreadyExists():
            return Problem(HTTPStatus.CONFLICT, "ALREADY_EXISTS", str(error))
        case LastAdministrator():
            return Problem(HTTPStatus.CONFLICT, "INVALID_STATE", str(error))
        case InternalError():
            return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", str(error))
    logger.error("A request failed by a defect of the server", exc_info=error)
    detail = f"The server failed by a defect of its own ({type(error).__name__}); its log has the details."
    return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", detail)
