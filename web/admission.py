"""Who asks, and may this request act for them? The same for pages and for the REST API.

Three kinds of visitor:

- a *session*: the browser sends the cookie that it was given at the sign-in;
- a *program*: it sends user name and password with each request (REST API only);
- the *demo user*: a server that listens on a loopback address lets everybody on its machine in, unless it was told to
  ask for a sign-in.

Demo: why the look at headers
-----------------------------
That a request arrives over loopback does not say that a person at this machine meant it. A web site can point its own
name to 127.0.0.1 (DNS rebinding): its `Host` is then not a loopback name. It can post to http://127.0.0.1 from its own
pages: `Origin` and `Sec-Fetch-Site` say so. A reverse proxy on the same machine passes on requests from anywhere: it
adds `X-Forwarded-…`, `Forwarded` or `Via`. Whatever shows one of these signs is nobody until it signs in. A proxy that
adds no header at all cannot be told apart: behind one, start the server with --sign-in, or with --behind-proxy.

A change that a browser asks for must come from a page of this server: `Origin` and `Sec-Fetch-Site` must agree, and it
carries the token that only such a page knows (`Visitor.csrf_token`).
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import re
import secrets
import time
from base64 import b64decode
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

import msgspec

from engine.identity.demo import demo_identity, players_of
from engine.identity.errors import WrongCredentials
from engine.identity.identity import NOBODY, Identity
from engine.identity.people import People
from engine.identity.sessions import Session

CSRF_HEADER = b"x-csrf-token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_LOOPBACK_HOST = re.compile(rb"(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?", re.IGNORECASE)
_LOOPBACK = frozenset({"127.0.0.1", "::1", "::ffff:127.0.0.1"})
_SAME = frozenset({b"same-origin", b"none"})
_PROXY_HEADERS = frozenset({b"forwarded", b"via", b"x-real-ip", b"x-client-ip", b"cf-connecting-ip", b"true-client-ip"})
_TELLING = _PROXY_HEADERS | {b"host", b"origin", b"sec-fetch-site", b"cookie", b"authorization"}
_DEMO_FOR = 1.0  # seconds that a demo identity is kept in memory

Headers = dict[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Access:
    """Who is let in. `demo`: everybody on this machine, without a sign-in; only for a server on a loopback address.

    `proxy`: all requests come through a reverse proxy that sets X-Forwarded-For, -Proto and -Host itself, so that they
    are true. Then nobody is the demo user.
    """

    demo: bool = False
    proxy: bool = False


class Origin(msgspec.Struct, frozen=True):
    """Where a request says that it comes from. `host`: this server's name in the address; `address`: the client's."""

    host: str
    secure: bool
    address: str

    def cookie_name(self, name: str) -> str:
        """Cookies are shared by all ports of a host, so the port is in the name; https has a stronger prefix for it."""
        if self.secure:
            return f"__Host-pointsman-{name}"
        return f"pointsman-{name}-{self.host.rpartition(':')[2] if ':' in self.host.rpartition(']')[2] else 80}"

    def cookie(self, name: str, value: str, seconds: int | None = None) -> tuple[bytes, bytes]:
        """The header that sets a cookie, for as long as the browser runs unless `seconds` are given; 0 removes it."""
        parts = [f"{self.cookie_name(name)}={value}", "Path=/", "HttpOnly", "SameSite=Lax"]
        if self.secure:
            parts.append("Secure")
        if seconds is not None:
            parts.append(f"Max-Age={seconds}")
        return b"set-cookie", "; ".join(parts).encode()


class Player(msgspec.Struct, frozen=True):
    """Somebody whom the demo user can act as."""

    username: str
    name: str


class Visitor(msgspec.Struct):
    """Who asks, and by which session, if any. `players`: whom the demo user can act as.

    `csrf_token` is what a change must carry; for visitors without a session it follows from a cookie of random bits,
    `new_visit` where that is still to be set.
    """

    identity: Identity
    origin: Origin
    csrf_token: str
    session: Session | None = None
    players: tuple[Player, ...] = ()
    new_visit: str | None = None


def headers_of(scope: Any) -> Headers:
    """The headers by name; of several with one name the last."""
    return dict(scope["headers"])


def is_local(scope: Any) -> bool:
    """Whether a request was meant by somebody at this machine; see the module."""
    client = scope.get("client")
    if client is None or client[0] not in _LOOPBACK:
        return False
    host = b""
    origin = None
    for name, value in scope["headers"]:
        if name == b"host":
            host = value
        elif name == b"origin":
            origin = value
        elif name == b"sec-fetch-site":
            if value not in _SAME and not _is_navigation(scope):
                return False
        elif name in _PROXY_HEADERS or name[:12] == b"x-forwarded-":
            return False
    if _LOOPBACK_HOST.fullmatch(host) is None:
        return False
    return origin is None or origin.lower() == b"http://" + host.lower()


def is_plainly_local(scope: Any) -> bool:
    """The same for a program that says nothing of itself: the quick answer for what an engine is mostly asked by."""
    host = b""
    for name, value in scope["headers"]:
        if name in _TELLING:
            if name != b"host":
                return False
            host = value
        elif name[:2] == b"x-" and name[:12] == b"x-forwarded-":
            return False
    client = scope.get("client")
    return client is not None and client[0] in _LOOPBACK and _LOOPBACK_HOST.fullmatch(host) is not None


def _is_navigation(scope: Any) -> bool:
    """A link from elsewhere that a person has followed."""
    headers = headers_of(scope)
    return scope["method"] == "GET" and headers.get(b"sec-fetch-mode") == b"navigate"


class Admission:
    """Finds out who asks."""

    def __init__(self, people: People, access: Access) -> None:
        self.people = people
        self.access = access
        self._demo: dict[str, tuple[float, Identity, tuple[Player, ...]]] = {}

    def is_demo(self, scope: Any) -> bool:
        """Whether this request may be the demo user's."""
        return self.access.demo and not self.access.proxy and is_local(scope)

    async def visitor(self, scope: Any, *, rotate: bool, touch: bool = True) -> Visitor:
        """Who asks, by cookie, else the demo user, else nobody. `rotate`: the answer can set cookies."""
        headers = headers_of(scope)
        origin = self.origin(scope, headers)
        cookies = _cookies(headers)
        token = cookies.get(origin.cookie_name("session"))
        if token:
            session = await self.people.sessions.find(token, rotate=rotate, touch=touch)
            if session is not None:
                return Visitor(session.identity, origin, session.csrf_token, session)
        identity = NOBODY
        players: tuple[Player, ...] = ()
        if self.is_demo(scope):
            identity, players = await self._demonstration(cookies.get(origin.cookie_name("acts-as"), ""))
            if scope["method"] not in SAFE_METHODS:
                self._demo.clear()  # the page that follows shows what this changes
        visit = cookies.get(origin.cookie_name("visit"), "")
        new_visit = None if visit else secrets.token_urlsafe(32)
        return Visitor(identity, origin, _token_of(visit or str(new_visit)), None, players, new_visit)

    async def demo(self, acts_as: str = "") -> Identity:
        """The demo user, or whom they act as."""
        return (await self._demonstration(acts_as))[0]

    async def _demonstration(self, acts_as: str) -> tuple[Identity, tuple[Player, ...]]:
        """The same, and whom they could act as; kept in memory for a moment."""
        now = time.monotonic()
        kept = self._demo.get(acts_as)
        if kept is None or kept[0] < now:
            directory = self.people.directory
            players = tuple(Player(each.username, each.name) for each in await players_of(directory))
            kept = now + _DEMO_FOR, await demo_identity(directory, acts_as), players
            self._demo = {name: each for name, each in self._demo.items() if each[0] >= now}
            self._demo[acts_as] = kept
        return kept[1], kept[2]

    async def program(self, authorization: bytes, origin: Origin) -> Identity:
        """Who sends these credentials (HTTP Basic). Raises WrongCredentials, TooManyAttempts."""
        scheme, _, value = authorization.partition(b" ")
        if scheme.lower() != b"basic":
            raise WrongCredentials
        try:
            username, separator, password = b64decode(value.strip(), validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise WrongCredentials from error
        if not separator:
            raise WrongCredentials
        return await self.people.credentials.verify_again(username, password, origin.address)

    def origin(self, scope: Any, headers: Headers) -> Origin:
        """Where a request comes from; a proxy is believed only where the server was told that there is one."""
        host = headers.get(b"host", b"")
        client = scope.get("client")
        address, secure = client[0] if client else "", scope.get("scheme") == "https"
        if self.access.proxy:
            host = headers.get(b"x-forwarded-host", host)
            secure = headers.get(b"x-forwarded-proto", b"").lower() == b"https"
            address = headers.get(b"x-forwarded-for", b"").decode("latin-1").rpartition(",")[2].strip() or address
        return Origin(host.decode("latin-1"), secure, address)


def is_cross_site(headers: Headers, origin: Origin) -> bool:
    """Whether a browser says that something else than a page of this server asked for a change."""
    if headers.get(b"sec-fetch-site", b"none") not in _SAME:
        return True
    claimed = headers.get(b"origin")
    return claimed is not None and _place(claimed.decode("latin-1")) != _place(f"//{origin.host}")


def carries_token(visitor: Visitor, token: str) -> bool:
    """Whether a change carries the token that only pages of this server know."""
    return hmac.compare_digest(visitor.csrf_token.encode(), token.encode("utf-8", "surrogatepass"))


def _place(address: str) -> tuple[str | None, int | None]:
    """Name and port; the port is None where it is that of the scheme, which a proxy may have changed."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None, -1
    return parts.hostname, None if port in (80, 443) else port


def _token_of(visit: str) -> str:
    return hmac.new(visit.encode("utf-8", "surrogatepass"), b"csrf", hashlib.sha256).hexdigest()


def _cookies(headers: Headers) -> dict[str, str]:
    """All cookies that can be read."""
    found: dict[str, str] = {}
    for part in headers.get(b"cookie", b"").decode("latin-1").split(";"):
        try:
            found |= {name: morsel.value for name, morsel in SimpleCookie(part.strip()).items()}
        except CookieError:
            continue  # another program's on the same host
    return found
