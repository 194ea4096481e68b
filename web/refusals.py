"""What a person is told when something cannot be done: the engine's own reason.

Scripts get a problem document (RFC 9457), whose `detail` the pages show; a browser that wanted a page gets one.
"""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlencode

import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from engine.machine.commands import Rejection
from engine.runtime.errors import InternalError, Overloaded, Unavailable
from engine.store.search import InvalidSearch, SearchTimeout, SearchUnavailable
from web.admission import headers_of
from web.pages import render
from web.security import wants_page


class NotAllowed(Exception):
    """What somebody asks for is not theirs to do; the text says why."""


class NotThere(Exception):
    """What somebody asks for does not exist, or not for them."""


class Unreadable(InvalidSearch):
    """Something in an address cannot be meant; the text says what was expected. `given` is what stands there."""

    def __init__(self, reason: str, given: str) -> None:
        super().__init__(reason)
        self.given = given


#: Of the list of an address whose cursor is none of it.
LOST_PLACE = (
    "There is no such place in this list: it was sorted or narrowed otherwise, or the address is not complete."
)


class InvalidInput(ValueError):
    """What somebody has entered cannot be meant; the text says what was expected."""


_REJECTIONS = {
    "NOT_FOUND": HTTPStatus.NOT_FOUND,
    "INVALID_STATE": HTTPStatus.CONFLICT,
    "INVALID_ARGUMENT": HTTPStatus.BAD_REQUEST,
    "ALREADY_EXISTS": HTTPStatus.CONFLICT,
}
_STATUSES: dict[type[Exception], HTTPStatus] = {
    NotAllowed: HTTPStatus.FORBIDDEN,
    NotThere: HTTPStatus.NOT_FOUND,
    InvalidInput: HTTPStatus.BAD_REQUEST,
    InvalidSearch: HTTPStatus.BAD_REQUEST,
    Overloaded: HTTPStatus.SERVICE_UNAVAILABLE,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    SearchUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    SearchTimeout: HTTPStatus.GATEWAY_TIMEOUT,
    InternalError: HTTPStatus.INTERNAL_SERVER_ERROR,
}
_TITLES = {
    HTTPStatus.NOT_FOUND: "There is no such thing",
    HTTPStatus.FORBIDDEN: "This is not yours to do",
    HTTPStatus.SERVICE_UNAVAILABLE: "The database cannot be reached",
}


def status_of(rejection: Rejection) -> HTTPStatus:
    """The status with which a refusal by the engine is answered."""
    return _REJECTIONS.get(rejection.kind, HTTPStatus.BAD_REQUEST)


def add_refusals(app: FastAPI) -> None:
    """Answer what the engine and its searches refuse."""
    kinds: list[type[Exception]] = [Rejection, HTTPException, RequestValidationError, psycopg.DataError, *_STATUSES]
    for kind in kinds:
        app.add_exception_handler(kind, _refused)


def _told(error: Exception) -> tuple[HTTPStatus, str]:
    """The status and the reason that a person reads."""
    match error:
        case Rejection():
            return status_of(error), error.reason
        case HTTPException():
            status = HTTPStatus(error.status_code)
            no_page = status is HTTPStatus.NOT_FOUND and error.detail == status.phrase
            return status, "There is no page at this address." if no_page else str(error.detail)
        case RequestValidationError():
            wrong = [f"'{'.'.join(map(str, each['loc'][1:]))}': {each['msg']}" for each in error.errors()]
            return HTTPStatus.UNPROCESSABLE_ENTITY, f"The request cannot be read: {'; '.join(wrong)}."
        case psycopg.DataError():
            reason = "The request has what cannot be kept or looked for: a NUL character or a number too large."
            return HTTPStatus.BAD_REQUEST, reason
    return _STATUSES[type(error)], str(error)


def _of_address(request: Request, error: RequestValidationError) -> dict[str, str]:
    """What the page says of an address that cannot be read, and the address without what cannot."""
    wrong = {str(each["loc"][-1]): str(each["input"])[:40] for each in error.errors()}
    named = " and ".join(f"'{name}' is '{given}'" for name, given in wrong.items())
    left = [pair for pair in request.query_params.multi_items() if pair[0] not in wrong]
    address = f"{request.url.path}?{urlencode(left)}" if left else request.url.path
    reason = f"Nothing can be meant by what the address says: {named}."
    return {"title": "This address cannot be read", "reason": reason, "without": address}


async def _refused(request: Request, error: Exception) -> Response:
    status, detail = _told(error)
    headers = error.headers if isinstance(error, HTTPException) else None
    if wants_page(headers_of(request.scope)):
        title = _TITLES.get(status, "This cannot be done")
        told = {"title": title, "reason": detail}
        if isinstance(error, RequestValidationError) and request.method == "GET":
            told = _of_address(request, error)
        answer: Response = render(request, "refused.html", status, **told)
    else:
        problem = {
            "type": "about:blank",
            "title": status.phrase,
            "status": status,
            "detail": detail,
            "instance": request.url.path,
        }
        answer = JSONResponse(problem, status, media_type="application/problem+json")
    answer.headers.update(headers or {})
    return answer
