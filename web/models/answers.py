"""Refusals as problem documents, so that the editor shows the reason in its own words."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import msgspec
from fastapi import Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from engine.bpmn import Problem
from engine.machine.commands import Rejection
from engine.runtime.deployed.files import InvalidDeployment
from engine.runtime.errors import Unavailable
from engine.store.search import SearchTimeout, SearchUnavailable
from web.models.contents import InvalidContent
from web.models.library import Conflict, InvalidName, NoSuchModel
from web.models.requests import BodyTooLarge, InvalidRequest
from web.pages import datetime_text
from web.refusals import status_of

_STATUSES: dict[type[Exception], int] = {
    NoSuchModel: 404,
    Conflict: 409,
    InvalidContent: 400,
    InvalidName: 400,
    InvalidRequest: 400,
    BodyTooLarge: 413,
    Unavailable: 503,
    SearchUnavailable: 503,
    SearchTimeout: 503,
}
_TOLD: tuple[type[Exception], ...] = (*_STATUSES, Rejection)
_TITLES = {400: "Bad Request", 404: "Not Found", 409: "Conflict", 413: "Content Too Large", 503: "Service Unavailable"}


class TellingRoute(APIRoute):
    """A route whose refusals are problem documents."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_and_tell(request: Request) -> Response:
            try:
                return await handle(request)
            except _TOLD as error:
                return _told(error)

        return handle_and_tell


def json_answer(value: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json")


def problem_items(problems: list[tuple[str, Problem]]) -> list[dict[str, Any]]:
    """Problems as the editor lists them; the first of each pair is the file's name."""
    return [
        {"file": file, "elementId": each.element_id, "line": each.line, "message": each.message}
        for file, each in problems
    ]


def _told(error: Exception) -> Response:
    status = status_of(error) if isinstance(error, Rejection) else _STATUSES[type(error)]
    document: dict[str, Any] = {"title": _TITLES[status], "status": status, "detail": str(error)}
    if isinstance(error, Conflict):
        document |= {
            "revision": error.revision,
            "changedBy": error.changed_by,
            "changedAt": datetime_text(error.changed_at),
        }
    if isinstance(error, InvalidDeployment):
        document["problems"] = problem_items(error.problems)
    return JSONResponse(document, status, media_type="application/problem+json")
