"""A small client of the REST API, on the standard library, one connection, blocking."""

from __future__ import annotations

import base64
import getpass
import http.client
import json
import os
import re
import secrets
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import SplitResult, urlsplit

from api.cli.errors import Refused, Unreachable, WrongUsage

PAGE = 200
BASE_PATH = "/v2"
_NO_SPACES = re.compile(r"[\x21-\x7e]+")

Json = dict[str, Any]


class Client:
    """Speaks to the server at `url`, with or without /v2 at its end.

    Its methods answer decoded JSON. They raise Refused with the server's own reason, or Unreachable. With a `user` it
    sends the password that the environment or the person at the terminal has for it.
    """

    def __init__(self, url: str, timeout: float = 60.0, user: str | None = None) -> None:
        parts, port = _address(url)
        self.url = f"{parts.scheme}://{parts.netloc}"
        self._base = parts.path.rstrip("/").removesuffix(BASE_PATH) + BASE_PATH
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname or "", port, timeout=timeout)
        self._headers = {"Accept": "application/json, application/problem+json"}
        if user:
            self._headers["Authorization"] = _credentials(user)

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def get(self, path: str) -> Any:
        return self._request("GET", path, None, {})

    def post(self, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Any:
        return self._send_json("POST", path, body, headers)

    def patch(self, path: str, body: Any) -> Any:
        return self._send_json("PATCH", path, body, None)

    def deploy(self, files: Sequence[tuple[str, bytes]], tenant: str | None = None) -> Json:
        """Deploys named files together: all of them or none."""
        boundary = secrets.token_hex(16)
        fields = [(f'name="resources"; filename="{_quoted(name)}"', data) for name, data in files]
        if tenant:
            fields.append(('name="tenantId"', tenant.encode()))
        body = (
            b"".join(_form_part(boundary, head, data) for head, data in fields)
            + f"--{boundary}--\r\n".encode()
        )
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        answer: Json = self._request("POST", "/deployments", body, headers)
        return answer

    def search(
        self,
        path: str,
        filters: Mapping[str, Any],
        *,
        sort: Sequence[tuple[str, str]] = (),
        limit: int | None = None,
    ) -> Found:
        """Starts a search; nothing is asked for until the result is iterated."""
        return Found(self, path, filters, sort, limit)

    def _send_json(self, method: str, path: str, body: Any, headers: Mapping[str, str] | None) -> Any:
        encoded = None if body is None else json.dumps(body).encode()
        content = {} if body is None else {"Content-Type": "application/json"}
        return self._request(method, path, encoded, {**content, **(headers or {})})

    def _request(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Any:
        try:
            self._connection.request(method, self._base + path, body, {**self._headers, **headers})
            response = self._connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise Unreachable(
                f"No answer from {self.url} ({_reason(error)}). Start a server with `pointsman serve`, "
                "or name one with --url."
            ) from error
        if response.status == 401 and "Authorization" not in self._headers:
            raise Refused(401, "Unauthorized", "This server wants to know who asks: name a user with --user.")
        if response.status >= 400:
            raise _refused(response.status, response.reason, content)
        try:
            return json.loads(content) if content else None
        except ValueError as error:
            raise Unreachable(f"What answers at {self.url} is no Pointsman server; name one with --url.") from error


class Found:
    """The result of a search: iterate it once; then `total` is how many there are."""

    def __init__(
        self,
        client: Client,
        path: str,
        filters: Mapping[str, Any],
        sort: Sequence[tuple[str, str]],
        limit: int | None,
    ) -> None:
        self._client = client
        self._path = path
        self._query = {
            "filter": {name: value for name, value in filters.items() if value is not None},
            "sort": [{"field": field, "order": order} for field, order in sort],
        }
        self._limit = limit
        self.total: int = 0
        self.more_than_total = False

    def __iter__(self) -> Iterator[Json]:
        """Fetches page after page, as far as `limit` says."""
        left, cursor = self._limit, None
        while left is None or left > 0:
            answer = self._page(PAGE if left is None else min(left, PAGE), cursor)
            yield from answer["items"]
            left = None if left is None else left - len(answer["items"])
            cursor = answer["page"].get("endCursor")
            if not answer["items"] or cursor is None:
                return

    def _page(self, limit: int, cursor: str | None) -> Json:
        page = {"limit": limit} if cursor is None else {"limit": limit, "after": cursor}
        answer: Json = self._client.post(self._path, {**self._query, "page": page})
        if cursor is None:
            self.total = answer["page"]["totalItems"]
            self.more_than_total = answer["page"].get("hasMoreTotalItems", False)
        return answer


def _address(url: str) -> tuple[SplitResult, int | None]:
    """The parts of a server's address, and its port. Raises WrongUsage."""
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        if parts.scheme in ("http", "https") and parts.hostname and _NO_SPACES.fullmatch(parts.netloc + parts.path):
            return parts, parts.port
    except ValueError:  # a port that is none, half an IPv6 address
        pass
    raise WrongUsage(f"{url!r} is not a server's address; it looks like http://127.0.0.1:8080.")


def _credentials(user: str) -> str:
    """HTTP Basic. The password never stands on a command line, where everybody on the machine could read it."""
    password = os.environ.get("POINTSMAN_PASSWORD")
    if password is None:
        password = _asked_for(user)
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _asked_for(user: str) -> str:
    """The password that somebody types, where there is a terminal to type at."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)  # it would be seen while it is typed
            return getpass.getpass(f"Password of {user}: ")
    except (getpass.GetPassWarning, EOFError) as error:
        raise WrongUsage(f"There is no terminal to ask for the password of {user}: set POINTSMAN_PASSWORD.") from error


def _form_part(boundary: str, head: str, data: bytes) -> bytes:
    return f"--{boundary}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + data + b"\r\n"


def _quoted(name: str) -> str:
    """As browsers write a file's name: UTF-8, and only what would end the header is escaped."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "timed out"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _refused(status: int, reason: str, content: bytes) -> Refused:
    try:
        problem = json.loads(content)
        return Refused(status, str(problem.get("title") or reason), str(problem.get("detail") or ""))
    except (ValueError, AttributeError):
        return Refused(status, reason, content.decode(errors="replace")[:200])
