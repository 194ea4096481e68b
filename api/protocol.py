"""HTTP between uvicorn and the socket: what is written in one turn of the event loop is sent at once.

uvicorn writes the head of an answer and its body one after the other, and uvloop hands each to the kernel by itself:
two system calls, two packets, and a client that is woken twice, for every answer. Here they are joined. Nothing waits
longer than the rest of the turn, so answers that are streamed flow as before.
"""

from __future__ import annotations

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


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


class JoiningProtocol(HttpToolsProtocol):
    """uvicorn's protocol, on such a transport."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(cast(asyncio.Transport, JoiningTransport(transport, self.loop)))
