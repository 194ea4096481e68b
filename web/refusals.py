"""What a person is told when something cannot be done: the engine's own reason.

Scripts get a problem document (RFC 9457), whose `detail` the pages show; a browser that wanted a page gets one.
"""

from __future__ import annotations

from http import HTTPStatus

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


async def _refused(request: Request, error: Exception) -> Response:
    status, detail = _told(error)
    headers = error.headers if isinstance(error, HTTPException) else None
    if wants_page(headers_of(request.scope)):
        title = _TITLES.get(status, "This cannot be done")
        answer: Response = render(request, "refused.html", status, title=title, reason=detail)
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
