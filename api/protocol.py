"""HTTP between uvicorn and the socket.

**One write for an answer.** uvicorn writes the head of an answer and its body one after the other, and uvloop hands
each to the kernel by itself: two system calls, two packets, and a client that is woken twice, for every answer. Here
they are joined. Nothing waits longer than the rest of the turn, so answers that are streamed flow as before.

**Upgrades are passed over.** Java's HTTP client offers HTTP/2 with each request, Apache's offers TLS. Whoever offers an
upgrade is content with HTTP/1.1, but the parser takes what follows the head for another protocol and forgets the body.
So such a head is given to it a second time, without the offer.

**Whoever hangs up is known to**, however many requests they have sent behind the one that is worked on. uvicorn stops
reading at the second, so it would not see the end before the first is answered, and would tell the last one of it: a
worker that waits for jobs would be given some after it has gone.

**Heads have a limit** of size and of time, which the parser has not, and what cannot be read is answered with a problem
document: when its turn has come, for the client would take it for the answer of a request that it sent before, and that
still waits.
"""

from __future__ import annotations

import asyncio
from collections import deque
from http import HTTPStatus
from typing import Any, cast

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from api.rest.problems import Problem, bad_request

LARGEST_HEAD = 65_536  # bytes: the address and all headers of a request
HEAD_WITHIN = 30.0  # seconds from the connection, or from its first byte, to the end of a head
MOST_AHEAD = 16  # requests that are read before the one that is worked on is answered; then reading pauses


class JoiningTransport:
    """A transport whose writes of one turn of the loop become one; in all else the one that it is given."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._written: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send this with whatever else is written in this turn."""
        if not self._written:
            self._loop.call_soon(self._flush)
        self._written.append(data)

    def close(self) -> None:
        """Close once everything is sent."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        written, self._written = self._written, []
        if written and not self._transport.is_closing():
            self._transport.write(b"".join(written))


class _HeadTooLarge(Exception):
    """Ends the reading of a head."""


class Protocol(HttpToolsProtocol):
    """uvicorn's protocol, on such a transport."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._in_head = False
        self._head = 0  # bytes of the head, as far as the parser has told them
        self._pieces = 0  # bytes of whole pieces that came while one head was read
        self._in_body = False  # between the head and the end of the request that `cycle` is about
        self._late: asyncio.TimerHandle | None = None  # runs out where a head takes too long
        self._refusal: bytes | None = None  # what is told once all that came before is answered
        self._unanswered: deque[RequestResponseCycle] = deque()  # in their order; the first is worked on

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(cast(asyncio.Transport, JoiningTransport(transport, self.loop)))
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_has_come()
        for cycle in self._unanswered:
            cycle.disconnected = True
            cycle.message_event.set()
        super().connection_lost(exc)

    # ---- What comes in ----------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        if self._refusal is not None:
            return
        self._unset_keepalive_if_required()
        try:
            self._read(data)
        except httptools.HttpParserError as error:
            self._refuse(error)

    def _read(self, data: bytes) -> None:
        """Let the parser have it. Raises HttpParserError where it is no HTTP, or a head too large."""
        self._pieces = self._pieces + len(data) if self._in_head else 0
        while True:
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                data = self._head_without_upgrade() + data[upgrade.args[0] :]
            else:
                break
        if self._in_head and self._pieces > LARGEST_HEAD:
            raise httptools.HttpParserError from _HeadTooLarge()
        if self._in_head:
            self._await_head()

    def _await_head(self) -> None:
        if self._late is None:
            self._late = self.loop.call_later(HEAD_WITHIN, self._head_is_late)

    def _head_has_come(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _head_is_late(self) -> None:
        """Nobody holds a connection for nothing. Where no request has begun there is nothing to answer, either."""
        self._late = None
        if self._in_head and self._refusal is None:
            detail = f"The address and the headers did not come within {HEAD_WITHIN:g} seconds."
            self._turn_away(Problem(HTTPStatus.REQUEST_TIMEOUT, "REQUEST_TIMEOUT", detail))
        elif self.cycle is None:
            self.transport.close()

    def _head_without_upgrade(self) -> bytes:
        """The head that the parser stopped after, as it should have been sent."""
        lines = [b"%b %b HTTP/1.1" % (self.scope["method"].encode(), self.url)]
        lines += [b"%b: %b" % header for header in self.headers if header[0] != b"upgrade"]
        return b"\r\n".join([*lines, b"", b""])

    def _should_upgrade(self) -> bool:
        """Whether the parser will stop after this head: then nothing is to be begun with it."""
        return self.scope["method"] != "CONNECT"

    # ---- What the parser tells --------------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        self._in_head = True
        self._head = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def _count(self, size: int) -> None:
        self._head += size
        if self._head > LARGEST_HEAD:
            raise _HeadTooLarge

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._head_has_come()
        before = self.cycle
        super().on_headers_complete()
        self._in_body = True
        if self.cycle is not before:
            self._unanswered.append(self.cycle)
            if 1 < len(self._unanswered) <= MOST_AHEAD:
                self.flow.resume_reading()

    def on_message_complete(self) -> None:
        self._in_body = False
        super().on_message_complete()

    # ---- What cannot be read ----------------------------------------------------------------------------------------

    def _refuse(self, error: httptools.HttpParserError) -> None:
        problem = bad_request("This is not an HTTP request, or one that breaks its rules.")
        if isinstance(error.__cause__ or error.__context__, _HeadTooLarge):
            detail = f"The address and the headers are larger than {LARGEST_HEAD:,} bytes, which is the limit."
            status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            problem = Problem(status, "REQUEST_HEADER_FIELDS_TOO_LARGE", detail)
        self._turn_away(problem)

    def _turn_away(self, problem: Problem) -> None:
        """Answer when its turn has come, and close the connection: where the next request begins, nobody knows."""
        self.logger.info("A request could not be read: %s", problem.detail)
        content = problem.document("/")
        head = (
            f"HTTP/1.1 {problem.status} {HTTPStatus(problem.status).phrase}\r\n"
            "content-type: application/problem+json\r\n"
            f"content-length: {len(content)}\r\n"
            "connection: close\r\n\r\n"
        )
        self._refusal = head.encode() + content
        if not self._in_body:
            if self.cycle is None or self.cycle.response_complete:
                self._send_refusal()
        elif self.pipeline:  # the broken request has not begun; the next answer is not for it
            self.pipeline.popleft()
            self._unanswered.pop()
        else:
            self._end_broken()

    def _end_broken(self) -> None:
        """The body of the request that is worked on is broken: the refusal is its answer, if it has none yet."""
        self.cycle.disconnected = True
        self.cycle.message_event.set()
        if self.cycle.response_started:
            self.transport.close()
        else:
            self._send_refusal()

    def _send_refusal(self) -> None:
        assert self._refusal is not None
        self.transport.write(self._refusal)
        self.transport.close()

    def on_response_complete(self) -> None:
        was_last = not self.pipeline
        self._unanswered.popleft()
        super().on_response_complete()
        if was_last and self._refusal is not None:
            self._send_refusal()
