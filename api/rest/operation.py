"""An operation of the API, and the table by which requests find theirs.

An operation is declared where it is written, by a decorator that names its method, path, types and status; from the
same declaration come the routing, the reading of the body, the encoding of the answer, and the OpenAPI page.
Operations run as bare ASGI: between the HTTP parser and the handler there is one look-up and one decoding.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import msgspec

from api.rest.problems import Problem, bad_request, invalid_argument, problem_of
from api.rest.reading import (
    ClientGone,
    Receive,
    Scope,
    Send,
    check_content_type,
    decode,
    header,
    read_body,
)
from engine.store.search.values import read_key

if TYPE_CHECKING:
    from api.rest.server import Server
    from engine.identity.identity import Identity

_encode = msgspec.json.Encoder().encode
_JSON = (b"content-type", b"application/json")
_PROBLEM = (b"content-type", b"application/problem+json")

#: A file that somebody has deployed is data, even where a browser opens it: XML can hold scripts.
_INERT = (
    (b"content-security-policy", b"default-src 'none'; sandbox"),
    (b"x-content-type-options", b"nosniff"),
)

Handler = Callable[["Call"], Awaitable[Any]]


class Answer(msgspec.Struct):
    """What a handler returns where it is not simply JSON with the operation's status."""

    status: int
    content_type: str = ""
    content: bytes = b""


class Call:
    """One request, as a handler sees it: the server, the decoded body, and the rest at hand."""

    __slots__ = ("body", "parameters", "receive", "scope", "server")

    def __init__(self, server: Server, scope: Scope, receive: Receive, parameters: dict[str, str]) -> None:
        self.server = server
        self.scope = scope
        self.receive = receive
        self.parameters = parameters
        self.body: Any = None

    def key(self, name: str) -> int:
        """A key in the path."""
        return read_key(self.parameters[name], name)

    def header(self, name: bytes) -> str | None:
        return header(self.scope, name)

    @property
    def identity(self) -> Identity | None:
        """Who asks; None where this server lets everybody on its machine do everything."""
        found: Identity | None = self.scope.get("identity")
        return found

    def flag(self, name: str, default: bool) -> bool:
        """A boolean in the query string."""
        values = parse_qs(self.scope["query_string"].decode("latin-1"), keep_blank_values=True).get(name)
        if not values:
            return default
        if values[-1] not in ("true", "false"):
            raise invalid_argument(f"'{name}' must be true or false, but is '{values[-1][:40]}'.")
        return bool(values[-1] == "true")


class Operation:
    """One method of one path.

    `body` None: it takes none. `optional`: an empty body stands for one without properties. `result` None: there is
    nothing to answer but 204. `answers`: statuses and content types of answers that are not JSON.
    """

    def __init__(
        self,
        handler: Handler,
        method: str,
        path: str,
        name: str,
        tag: str,
        *,
        body: Any = None,
        optional: bool = False,
        multipart: bool = False,
        result: Any = None,
        answers: dict[int, str] | None = None,
        query: tuple[str, ...] = (),
        errors: tuple[int, ...] = (),
        schema: Any = None,
        status: int = 200,
    ) -> None:
        self.handler = handler
        self.method = method
        self.path = path
        self.name = name
        self.tag = tag
        self.body = body
        self.optional = optional
        self.multipart = multipart
        self.result = result
        self.answers = answers or {}
        self.query = query
        self.errors = errors
        self.schema = schema  # of the body, where the type does not tell all
        self.status = 204 if result is None else status
        self._decoder = None if body is None else msgspec.json.Decoder(body)

    async def __call__(
        self, server: Server, scope: Scope, receive: Receive, send: Send, parameters: dict[str, str]
    ) -> None:
        call = Call(server, scope, receive, parameters)
        if self._decoder is not None:
            call.body = self._read(scope, await read_body(scope, receive, server.limits.body))
        result = await self.handler(call)
        if result is None:
            await respond(send, 204)
        elif isinstance(result, Answer):
            kind = ((b"content-type", result.content_type.encode()),) if result.content_type else ()
            await respond(send, result.status, result.content, *kind, *_INERT)
        else:
            await respond(send, self.status, _encode(result), _JSON)

    def _read(self, scope: Scope, body: bytes) -> Any:
        if not body:
            if self.optional:
                return self.body()
            raise bad_request("A body is required, but there is none.")
        check_content_type(scope)
        assert self._decoder is not None
        return decode(self._decoder, body)


async def respond(send: Send, status: int, content: bytes = b"", *headers: tuple[bytes, bytes]) -> None:
    """Send a whole answer."""
    length = () if status == 204 else ((b"content-length", str(len(content)).encode()),)
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *length]})
    await send({"type": "http.response.body", "body": content})


class Operations:
    """A module's operations, collected by decorator: `operations = Operations("Job")`."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.all: list[Operation] = []

    def __call__(self, method: str, path: str, name: str, **declared: Any) -> Callable[[Handler], Handler]:
        """Declare an operation by its OpenAPI name; see Operation for the rest."""

        def declare(handler: Handler) -> Handler:
            self.all.append(Operation(handler, method, path, name, self.tag, **declared))
            return handler

        return declare


class _Node:
    """One segment of the paths: what may follow it, and the operations that end here by method."""

    __slots__ = ("ends", "fixed", "free", "name")

    def __init__(self) -> None:
        self.fixed: dict[str, _Node] = {}
        self.free: _Node | None = None
        self.name = ""
        self.ends: dict[str, Operation] = {}


class Router:
    """Finds the operation of a request in as many steps as its path has segments, and answers its failures."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self.operations = list(operations)
        self._root = _Node()
        for operation in self.operations:
            self._add(operation)

    def _add(self, operation: Operation) -> None:
        node = self._root
        for segment in operation.path.strip("/").split("/"):
            if segment.startswith("{"):
                node.free = node.free or _Node()
                node = node.free
                node.name = segment[1:-1]
            else:
                node = node.fixed.setdefault(segment, _Node())
        assert operation.method not in node.ends, f"{operation.method} {operation.path} is declared twice"
        node.ends[operation.method] = operation

    def find(self, method: str, path: str) -> tuple[Operation, dict[str, str]]:
        """The operation and the parameters in its path; Problem 404 or 405."""
        node: _Node | None = self._root
        parameters: dict[str, str] = {}
        for segment in path[1:].split("/"):
            assert node is not None
            following = node.fixed.get(segment)
            if following is None and node.free is not None and segment:
                following = node.free
                parameters[following.name] = segment
            node = following
            if node is None:
                break
        if "\0" in path:
            raise invalid_argument("The path contains the character NUL (%00), which nothing is named by.")
        if node is None or not node.ends:
            raise Problem(HTTPStatus.NOT_FOUND, "NOT_FOUND", f"There is no operation at '{path}'.")
        operation = node.ends.get("GET" if method == "HEAD" else method)  # the server sends no body after HEAD
        if operation is None:
            allowed = ", ".join([*node.ends, *(["HEAD"] if "GET" in node.ends else [])])
            detail = f"{method} is not possible at '{path}', but {allowed}."
            raise Problem(HTTPStatus.METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", detail, ((b"allow", allowed.encode()),))
        return operation, parameters

    async def __call__(self, server: Server, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; `path` is what follows the API's base path."""
        try:
            operation, parameters = self.find(scope["method"], path)
            identity = await server.gate.admit(scope, operation, parameters)
            if identity is not None:
                scope["identity"] = identity
            await operation(server, scope, receive, send, parameters)
        except ClientGone:
            return
        except Exception as error:  # noqa: BLE001 (each is answered, and logged if it is a defect)
            problem = problem_of(error)
            await respond(send, problem.status, problem.document(scope["path"]), _PROBLEM, *problem.headers)
