"""What a person is told when something cannot be done: the engine's own reason.

Scripts get a problem document (RFC 9457), whose `detail` the pages show; a browser that wanted a page gets one.
"""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI, Request
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


def add_refusals(app: FastAPI) -> None:
    """Answer what the engine and its searches refuse."""
    kinds: list[type[Exception]] = [Rejection, *_STATUSES]
    for kind in kinds:
        app.add_exception_handler(kind, _refused)


async def _refused(request: Request, error: Exception) -> Response:
    if isinstance(error, Rejection):
        status, detail = _REJECTIONS.get(error.kind, HTTPStatus.BAD_REQUEST), error.reason
    else:
        status, detail = _STATUSES[type(error)], str(error)
    if wants_page(headers_of(request.scope)):
        title = _TITLES.get(status, "This cannot be done")
        return render(request, "refused.html", status, title=title, reason=detail)
    problem = {"type": "about:blank", "title": status.phrase, "status": status, "detail": detail}
    return JSONResponse(problem, status, media_type="application/problem+json")
