"""Signing in and out, and whether one still is."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from engine.identity.errors import TooManyAttempts, WrongCredentials
from web.admission import Visitor
from web.live import session_topic
from web.pages import render
from web.people.forms import people_of, status_of, text_of
from web.security import SESSION_CHECK, SIGN_IN, local_path

router = APIRouter()


@router.get(SIGN_IN)
async def sign_in_page(request: Request) -> Response:
    next_path = local_path(request.query_params.get("next"))
    ended = "ended" in request.query_params  # while somebody was at work on a page
    return render(request, "people/sign_in.html", next=next_path, username="", error="", ended=ended)


@router.post(SIGN_IN)
async def sign_in(request: Request) -> Response:
    """Open a session, in place of the one that the browser may have had."""
    form = await request.form()
    username, next_path = text_of(form, "username").strip(), local_path(text_of(form, "next"))
    people, visitor = people_of(request), _visitor(request)
    address = visitor.origin.address
    try:
        identity = await people.credentials.verify(username, text_of(form, "password"), address)
    except (WrongCredentials, TooManyAttempts) as error:
        status = status_of(error)
        known = {"next": next_path, "username": username, "error": str(error), "ended": False}
        return render(request, "people/sign_in.html", status, **known)
    await _end(request)
    token = await people.sessions.open(identity.username, address, request.headers.get("user-agent", ""))
    return _leading(next_path, visitor, "session", token)


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    visitor = _visitor(request)
    await _end(request)
    return _leading("/", visitor, "session", "", 0)


@router.get(SESSION_CHECK)
async def check_session(request: Request) -> Response:
    """204 while somebody is signed in; nobody else gets here. Asking does not keep a session open.

    It says who that is, and the token of their changes: a page that was opened in a session before goes on with it.
    """
    visitor = _visitor(request)
    headers = {"X-User": quote(visitor.identity.username, safe=""), "X-CSRF-Token": visitor.csrf_token}
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=headers)


@router.post("/acts-as")
async def act_as(request: Request) -> Response:
    """The demo user becomes one of the people of the demonstration, or themselves again."""
    visitor = _visitor(request)
    if not visitor.identity.demo:
        raise HTTPException(HTTPStatus.FORBIDDEN, "Nobody acts as somebody else where people sign in.")
    chosen = text_of(await request.form(), "username")
    known = chosen if chosen in {player.username for player in visitor.players} else ""
    return _leading("/", visitor, "acts-as", known)


def _visitor(request: Request) -> Visitor:
    visitor: Visitor = request.state.visitor
    return visitor


async def _end(request: Request) -> None:
    """End the browser's session, if it has one, and the streams of its pages."""
    session = _visitor(request).session
    if session is not None:
        await people_of(request).sessions.end(session.identity.username, session.id)
        request.app.server.runtime.changes.publish(session_topic(session.id))


def _leading(path: str, visitor: Visitor, cookie: str, value: str, seconds: int | None = None) -> Response:
    answer = RedirectResponse(path, HTTPStatus.SEE_OTHER)
    answer.raw_headers.append(visitor.origin.cookie(cookie, value, seconds))
    return answer
