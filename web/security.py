"""What stands before every page: who asks, whether a change was meant, and what browsers are told to refuse.

`request.state` of a page has `identity` (engine.identity.Identity), `csrf_token`, `session` (engine.identity.sessions,
None without one), `visitor`, and `identity_now()`, which looks again. A router says `dependencies=[require(Role.X)]`.

Nobody gets further than the sign-in: a browser that wants a page is sent there, a script is answered 401, which the
pages' own scripts follow by going there. A change without the token of its session is answered 403.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, quote

from fastapi import Depends, FastAPI, HTTPException, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engine.identity.errors import NotFound
from engine.identity.identity import ROLE_DESCRIPTIONS, Identity, Role
from engine.runtime.actor import ACTOR
from engine.runtime.errors import Unavailable
from web.admission import CSRF_HEADER, SAFE_METHODS, Admission, Visitor, carries_token, headers_of, is_cross_site
from web.pages import STATIC_PATH, render

SIGN_IN = "/sign-in"
SESSION_CHECK = "/session"
CSRF_FIELD = "csrf_token"
LONGEST_FORM = 1_000_000  # bytes of a form that is looked through for the token, and of whatever nobody sends
LARGEST_BODY = 18_000_000  # bytes of what somebody sends: a model with all its characters escaped, an attachment

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",  # the diagram editors set style attributes
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self'",
        "frame-src 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
        "base-uri 'none'",
        "object-src 'none'",
    )
)
#: Of an answer that somebody else has written: a file that a browser shows by itself loads nothing and runs nothing.
INERT = {"Content-Security-Policy": "default-src 'none'; sandbox"}
_HEADERS = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_NOT_KEPT = (b"cache-control", b"no-store")
_HTTPS_ONLY = (b"strict-transport-security", b"max-age=31536000")
_LOCAL_PATH = re.compile(r"/(?![/\\])[\x21-\x7e]*")
_TOO_OLD = "The page was too old, so nothing was changed. Load it again and repeat what you did."
_NO_PAGE = "Only pages of this server change something here, so nothing was changed. Programs use the REST API, at /v2."


class Forbidden(Exception):
    """Whoever asks lacks the role."""

    def __init__(self, role: Role) -> None:
        super().__init__(f"This needs the role {role.lower()}, which you do not have. Administrators give roles.")
        self.role = role


def require(role: Role, *others: Role) -> Any:
    """A dependency of a router or a route: whoever asks must have the role, or one of the others."""

    def check(request: Request) -> None:
        if not any(request.state.identity.may(each) for each in (role, *others)):
            raise Forbidden(role)

    return Depends(check)


def add_security(app: FastAPI) -> None:
    """Stand before all pages of the application, whose `server` has an `admission`."""
    app.add_middleware(Security)
    app.add_exception_handler(Forbidden, _forbidden)
    app.add_exception_handler(NotFound, _not_found)


def local_path(path: str | None, otherwise: str = "/") -> str:
    """A path of this server to lead to; whatever might lead elsewhere is replaced."""
    return path if path and _LOCAL_PATH.fullmatch(path) else otherwise


class Security:
    """The middleware; see the module."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"].startswith(f"{STATIC_PATH}/"):
            await self._app(scope, receive, _with_headers(send, _HEADERS))
        else:
            await self._page(scope, receive, send)

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        admission: Admission = scope["app"].server.admission
        checks = scope["path"] == SESSION_CHECK
        try:
            visitor = await admission.visitor(scope, rotate=not checks, touch=not checks)
        except Unavailable as error:
            answer = JSONResponse({"title": "UNAVAILABLE", "status": 503, "detail": str(error)}, 503)
            await answer(scope, receive, _with_headers(send, (*_HEADERS, _NOT_KEPT)))
            return
        send = _with_headers(send, (*_HEADERS, _NOT_KEPT, *_cookies_for(visitor)))
        _put_on_request(scope, admission, visitor)
        ACTOR.set(visitor.identity.username)
        answer_early, receive = await self._refusal(scope, receive, visitor)
        most = LARGEST_BODY if visitor.identity.signed_in else LONGEST_FORM
        await (answer_early or self._app)(scope, _bounded(receive, most), send)

    async def _refusal(self, scope: Scope, receive: Receive, visitor: Visitor) -> tuple[Response | None, Receive]:
        """What is answered instead of the page, if anything; and the request's body, of which a form has been read."""
        headers = headers_of(scope)
        changes = scope["method"] not in SAFE_METHODS
        if changes and is_cross_site(headers, visitor.origin):
            return _refused(scope, "The request came from another site, so nothing was changed."), receive
        if not visitor.identity.signed_in and scope["path"] != SIGN_IN:
            return _sign_in_first(scope, headers), receive  # its token went with the session: "too old" would hide why
        if changes:
            token, receive = await _token_of(headers, receive)
            if not carries_token(visitor, token):
                return _refused(scope, _TOO_OLD if token else _NO_PAGE), receive
        return None, receive


def _put_on_request(scope: Scope, admission: Admission, visitor: Visitor) -> None:
    async def identity_now() -> Identity:
        return (await admission.visitor(scope, rotate=False, touch=False)).identity

    scope.setdefault("state", {}).update(
        visitor=visitor,
        identity=visitor.identity,
        session=visitor.session,
        players=visitor.players,
        csrf_token=visitor.csrf_token,
        identity_now=identity_now,
    )


def _cookies_for(visitor: Visitor) -> list[tuple[bytes, bytes]]:
    """What the browser is to keep, and for https: to come back by https only."""
    found = [_HTTPS_ONLY] if visitor.origin.secure else []
    if visitor.session is not None and visitor.session.new_token:
        found.append(visitor.origin.cookie("session", visitor.session.new_token))
    if visitor.new_visit:
        found.append(visitor.origin.cookie("visit", visitor.new_visit))
    return found


def _with_headers(send: Send, headers: tuple[tuple[bytes, bytes], ...]) -> Send:
    """Adds headers to the answer, except those that it has itself; cookies are added to those that it sets."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = {name.lower() for name, _ in message["headers"]}
            more = [(name, value) for name, value in headers if name == b"set-cookie" or name not in own]
            message["headers"] = [*more, *message["headers"]]
        await send(message)

    return sending


async def _token_of(headers: dict[bytes, bytes], receive: Receive) -> tuple[str, Receive]:
    """The token that a change carries, in its header or as a field of its form; and the body to be read again."""
    if CSRF_HEADER in headers:
        return headers[CSRF_HEADER].decode("latin-1"), receive
    if not headers.get(b"content-type", b"").startswith(b"application/x-www-form-urlencoded"):
        return "", receive
    body = b""
    more = True
    while more and len(body) <= LONGEST_FORM:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    fields = parse_qs(body.decode("utf-8", "replace")) if not more else {}
    return fields.get(CSRF_FIELD, [""])[-1], _replaying(body, more, receive)


def _replaying(body: bytes, more: bool, receive: Receive) -> Receive:
    """Hands out what has been read, then what follows."""
    read = [{"type": "http.request", "body": body, "more_body": more}]

    async def again() -> Message:
        return read.pop() if read else await receive()

    return again


def _bounded(receive: Receive, most: int) -> Receive:
    """Hands out a body of at most so many bytes; 413 for one that goes on, before it is held or written anywhere."""
    left = most

    async def bounded() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A request has at most {most:,} bytes.")
        return message

    return bounded


def wants_page(headers: dict[bytes, bytes]) -> bool:
    """Whether a browser wants to show the answer as a page, rather than a script as data or as a part of one."""
    return b"hx-request" not in headers and b"text/html" in headers.get(b"accept", b"")


def _sign_in_first(scope: Scope, headers: dict[bytes, bytes]) -> Response:
    if not wants_page(headers):
        detail = "You are not signed in, or the session has ended."
        return _problem(scope, HTTPStatus.UNAUTHORIZED, "Unauthorized", detail)
    path = scope["path"]
    if scope["query_string"]:
        path += "?" + scope["query_string"].decode("latin-1")
    target = SIGN_IN if scope["method"] != "GET" or path == "/" else f"{SIGN_IN}?next={quote(path, safe='')}"
    return RedirectResponse(target, HTTPStatus.SEE_OTHER)


def _refused(scope: Scope, reason: str) -> Response:
    if not wants_page(headers_of(scope)):
        return _problem(scope, HTTPStatus.FORBIDDEN, "FORBIDDEN", reason)
    return render(Request(scope), "refused.html", 403, title="Nothing was changed", reason=reason)


async def _forbidden(request: Request, error: Exception) -> Response:
    assert isinstance(error, Forbidden)
    if not wants_page(headers_of(request.scope)):
        return _problem(request.scope, HTTPStatus.FORBIDDEN, "FORBIDDEN", str(error))
    reason = f"{error} What the role is for: {ROLE_DESCRIPTIONS[error.role]}"
    return render(request, "refused.html", 403, title="This is not yours to do", reason=reason)


async def _not_found(request: Request, error: Exception) -> Response:
    if not wants_page(headers_of(request.scope)):
        return _problem(request.scope, HTTPStatus.NOT_FOUND, "NOT_FOUND", str(error))
    return render(request, "refused.html", 404, title="There is no such thing", reason=str(error))


def _problem(scope: Scope, status: HTTPStatus, title: str, detail: str) -> Response:
    """A problem document, for scripts."""
    document = {"type": "about:blank", "title": title, "status": status, "detail": detail, "instance": scope["path"]}
    return JSONResponse(document, status, media_type="application/problem+json")
