"""A small HTTP/1.1 client for load: one request at a time on a connection that stays open.

A full client costs more processor time for a request than the server does, and both share the machine.
"""

from __future__ import annotations

import asyncio
from typing import Any, cast

import msgspec


class Refused(Exception):
    """The server answered with an error."""


class Connection(asyncio.Protocol):
    """A connection to a server. Requests are JSON, and answers are whole before they are given."""

    def __init__(self, host: str) -> None:
        self._host = host.encode()
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._answer: asyncio.Future[bytes] | None = None

    @classmethod
    async def open(cls, host: str, port: int) -> Connection:
        """Connect. Raises OSError."""
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(lambda: cls(f"{host}:{port}"), host, port)
        return connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but its class

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error or ConnectionResetError("The server has closed the connection."))

    async def post(self, path: str, body: Any = None) -> bytes:
        """The body of the answer. Raises Refused where the status is none of success, OSError."""
        content = b"" if body is None else msgspec.json.encode(body)
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(
            b"POST %b HTTP/1.1\r\nhost: %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
            % (path.encode(), self._host, len(content), content)
        )
        return await self._answer

    def data_received(self, data: bytes) -> None:
        received = self._received
        received += data
        end = received.find(b"\r\n\r\n")
        if end < 0 or self._answer is None:
            return
        head = bytes(received[:end]).lower()
        length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
        if len(received) < end + 4 + length:
            return
        body = bytes(received[end + 4 : end + 4 + length])
        received.clear()
        answer, self._answer = self._answer, None
        status = int(head[9:12])
        if status < 300:
            answer.set_result(body)
        else:
            answer.set_exception(Refused(f"{status}: {body.decode(errors='replace')}"))

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()
