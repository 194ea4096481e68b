"""HTTP as clients of all kinds speak it, on a bare socket: what is unusual is served, what is broken is refused."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from opentelemetry import trace

from tests.server import Api

MESSAGE = b'{"name": "arrived"}'
UPGRADES = {
    "HTTP/2, as Java's own client asks": (
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
    ),
    "TLS, as Apache's client asks": "Connection: Upgrade\r\nUpgrade: TLS/1.2\r\n",
    "WebSocket": "Connection: Upgrade\r\nUpgrade: websocket\r\n",
}


class Wire:
    """A connection to a server."""

    def __init__(self, url: str) -> None:
        self.host = urlsplit(url).netloc
        address = urlsplit(url)
        self.socket = socket.create_connection((address.hostname or "", address.port or 0), timeout=10)
        self.stream = self.socket.makefile("rb")

    def close(self) -> None:
        self.stream.close()
        self.socket.close()

    def send(self, *parts: bytes) -> None:
        for part in parts:
            self.socket.sendall(part)

    def request(self, method: str, path: str, headers: str = "", body: bytes = b"") -> bytes:
        """The bytes of a request; its headers are lines that end with \\r\\n."""
        head = f"{method} {path} HTTP/1.1\r\nHost: {self.host}\r\n{headers}"
        if body:
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        return f"{head}\r\n".encode() + body

    def answer(self, with_body: bool = True) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the next answer."""
        status = int(self.stream.readline().split()[1])
        headers = {}
        while line := self.stream.readline().strip():
            name, _, value = line.decode().partition(": ")
            headers[name] = value
        return status, headers, self.stream.read(int(headers.get("content-length", 0))) if with_body else b""

    def is_closed(self) -> bool:
        """Whether the server has closed the connection, once all is read."""
        return self.stream.read(1) == b""


@pytest.fixture
def wire(shared_api: Api) -> Iterator[Wire]:
    wire = Wire(shared_api.url)
    yield wire
    wire.close()


@pytest.mark.parametrize("path", ["/v2/topology", "/v2/process-instances/7"])
def test_head_answers_what_get_does_without_the_body(wire: Wire, path: str) -> None:
    wire.send(wire.request("GET", path))
    status, headers, body = wire.answer()
    wire.send(wire.request("HEAD", path), wire.request("GET", "/v2/license"))
    again, same, _ = wire.answer(with_body=False)
    del headers["date"], same["date"]
    assert (again, same) == (status, headers)
    assert int(headers["content-length"]) == len(body)
    assert b"validLicense" in wire.answer()[2]


def test_head_is_not_possible_where_get_is_not(wire: Wire) -> None:
    wire.send(wire.request("HEAD", "/v2/process-instances/search"))
    status, headers, _ = wire.answer(with_body=False)
    assert (status, headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("upgrade", UPGRADES.values(), ids=UPGRADES)
def test_a_request_that_offers_an_upgrade_is_served_as_it_is(wire: Wire, upgrade: str) -> None:
    publication = wire.request("POST", "/v2/messages/publication", upgrade, MESSAGE)
    wire.send(publication, publication[:-5], publication[-5:], wire.request("GET", "/v2/topology", upgrade))
    for _ in range(2):
        status, headers, body = wire.answer()
        assert status == 200, body
        assert "upgrade" not in headers
    assert b"gatewayVersion" in wire.answer()[2]


def test_an_upgrade_in_pieces_is_passed_over(wire: Wire) -> None:
    upgrade = "Connection: Upgrade\r\nUpgrade: h2c\r\n"
    request = wire.request("POST", "/v2/messages/publication", upgrade, MESSAGE)
    for at in range(len(request)):
        wire.send(request[at : at + 1])
    assert wire.answer()[0] == 200


def test_requests_that_come_at_once_are_answered_in_order(wire: Wire) -> None:
    wire.send(b"".join(wire.request("GET", f"/v2/process-instances/{key}") for key in range(1, 6)))
    found = [json.loads(wire.answer()[2])["instance"] for _ in range(5)]
    assert found == [f"/v2/process-instances/{key}" for key in range(1, 6)]


def test_a_body_in_chunks_is_put_together(wire: Wire) -> None:
    chunked = "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
    wire.send(wire.request("POST", "/v2/messages/publication", chunked))
    for part in (MESSAGE[:5], MESSAGE[5:], b""):
        wire.send(b"%x\r\n%b\r\n" % (len(part), part))
    assert wire.answer()[0] == 200


BROKEN = {
    "no HTTP": b"how are you?\r\n\r\n",
    "a length that is none": b"POST /v2/messages/publication HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n{}",
    "two lengths": (
        b"POST /v2/messages/publication HTTP/1.1\r\nHost: x\r\n"
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
    "a header without end": b"GET /v2/topology HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n",
    "a tunnel": b"CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\n\r\n",
}


@pytest.mark.parametrize("request_", BROKEN.values(), ids=BROKEN)
def test_what_is_no_request_is_told_so(wire: Wire, request_: bytes) -> None:
    wire.send(request_)
    status, headers, body = wire.answer()
    assert (status, headers["content-type"], headers["connection"]) == (400, "application/problem+json", "close")
    problem = json.loads(body)
    assert set(problem) == {"type", "title", "status", "detail", "instance"}
    assert (problem["title"], problem["status"]) == ("Bad Request", 400)
    assert wire.is_closed()


BROKEN_BODY = (
    b"POST /v2/messages/publication HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Transfer-Encoding: chunked\r\n\r\nnonsense\r\n"
)


@pytest.mark.parametrize("broken", [b"how are you?\r\n\r\n", BROKEN_BODY], ids=["no request", "a broken body"])
@pytest.mark.parametrize("polls", [1, 2])
def test_a_refusal_does_not_overtake_the_answers_before_it(wire: Wire, broken: bytes, polls: int) -> None:
    poll = b'{"type": "nothing", "timeout": 1000, "maxJobsToActivate": 1, "requestTimeout": 50}'
    wire.send(wire.request("POST", "/v2/jobs/activation", body=poll) * polls + broken)
    for _ in range(polls):
        status, _, body = wire.answer()
        assert (status, json.loads(body)) == (200, {"jobs": []})
    assert wire.answer()[0] == 400
    assert wire.is_closed()


def test_a_body_that_breaks_while_it_is_read_is_refused(wire: Wire) -> None:
    chunked = "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n"
    wire.send(wire.request("POST", "/v2/messages/publication", chunked))
    assert wire.answer()[0] == 100, "the body is waited for"
    wire.send(b"1\r\n{\r\n", b"nonsense\r\n")
    assert wire.answer()[0] == 400
    assert wire.is_closed()


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate, gzip"])
@pytest.mark.parametrize("path", ["/v2/messages/publication", "/v2/process-instances/search"])
def test_an_encoded_body_is_refused_by_the_name_of_its_encoding(wire: Wire, path: str, encoding: str) -> None:
    wire.send(wire.request("POST", path, f"Content-Encoding: {encoding}\r\n", MESSAGE))
    status, headers, body = wire.answer()
    assert (status, headers["content-type"]) == (415, "application/problem+json")
    assert headers["accept-encoding"] == "identity"
    assert f"'{encoding}'" in json.loads(body)["detail"]


def test_an_encoded_deployment_is_refused(wire: Wire) -> None:
    form = "Content-Encoding: gzip\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 1\r\n"
    wire.send(wire.request("POST", "/v2/deployments", form) + b"x")
    assert wire.answer()[0] == 415


def test_a_body_without_an_encoding_may_say_so(wire: Wire) -> None:
    wire.send(wire.request("POST", "/v2/messages/publication", "Content-Encoding: identity\r\n", MESSAGE))
    assert wire.answer()[0] == 200


@pytest.mark.parametrize(
    "head",
    [
        "X-Long: " + "a" * 70_000 + "\r\n",
        "".join(f"X-{number}: {'a' * 500}\r\n" for number in range(140)),
    ],
    ids=["one", "many"],
)
def test_headers_that_are_too_large_are_refused(wire: Wire, head: str) -> None:
    wire.send(wire.request("GET", "/v2/topology", head))
    status, _, body = wire.answer()
    assert status == 431
    assert "65,536 bytes" in json.loads(body)["detail"]
    assert wire.is_closed()


def test_a_header_without_end_is_cut_off(wire: Wire) -> None:
    wire.send(wire.request("GET", "/v2/topology")[:-2] + b"X-Long: ")
    with pytest.raises(OSError, match=r"Broken pipe|reset"):
        wire.send(*[b"a" * 10_000] * 10_000)


@pytest.mark.parametrize("before", [0, 1], ids=["the first", "a later one"])
def test_a_head_that_does_not_end_is_not_waited_for(
    shared_api: Api, monkeypatch: pytest.MonkeyPatch, before: int
) -> None:
    monkeypatch.setattr("api.protocol.HEAD_WITHIN", 0.05)
    wire = Wire(shared_api.url)
    request = wire.request("GET", "/v2/status")
    wire.send(request * before, request[:-2])
    for _ in range(before):
        assert wire.answer()[0] == 204
    status, headers, body = wire.answer()
    assert (status, json.loads(body)["title"], headers["connection"]) == (408, "REQUEST_TIMEOUT", "close")
    assert wire.is_closed()
    wire.close()


def test_a_connection_without_a_request_is_not_kept(shared_api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.protocol.HEAD_WITHIN", 0.05)
    wire = Wire(shared_api.url)
    assert wire.is_closed()
    wire.close()


def test_an_answer_that_takes_long_is_waited_for(shared_api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.protocol.HEAD_WITHIN", 0.05)
    wire = Wire(shared_api.url)
    poll = b'{"type": "nothing", "timeout": 1000, "maxJobsToActivate": 1, "requestTimeout": 200}'
    wire.send(wire.request("POST", "/v2/jobs/activation", body=poll))
    assert wire.answer()[0] == 200
    wire.close()


def test_headers_of_a_fair_size_are_read(wire: Wire) -> None:
    wire.send(wire.request("GET", "/v2/topology", f"X-Long: {'a' * 60_000}\r\n"))
    assert wire.answer()[0] == 200

@pytest.mark.parametrize("path", ["/v2/topology", "/docs", "/nothing"])
def test_requests_are_reported_to_nobody(shared_server: str, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """Whoever runs the server in an environment with a collector of traces does not have them collected."""
    told: list[str] = []

    class Collector(trace.TracerProvider):
        def get_tracer(self, name: str, *_: object, **__: object) -> trace.Tracer:
            told.append(name)
            return trace.NoOpTracer()

    monkeypatch.setattr(trace, "get_tracer_provider", Collector)
    httpx.get(shared_server + path)
    assert told == []
