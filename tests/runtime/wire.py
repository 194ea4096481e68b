"""A wire between a connection and PostgreSQL, which a test can cut where and how it likes.

It carries everything until it is halted. From then on what the connection sends lies unread at the wire's end, and the
connection hears what the test lets it hear. All of it is one process and loopback, so what was said is there: the
connection finds words and the end that was made after them together.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from engine.runtime.postgres.database import Database
from engine.runtime.postgres.sending import SendingConnection

RESET = struct.pack("ii", 1, 0)  # a socket that lingers for 0 s does not say goodbye


class Wire:
    """One connection's; `near` its end of it, `far` that of the server at `url`."""

    def __init__(self, near: socket.socket, far: socket.socket, url: str) -> None:
        self._near = near
        self._far = far
        self._url = url
        self._pumps = [asyncio.ensure_future(_pump(near, far)), asyncio.ensure_future(_pump(far, near))]

    async def halt(self) -> None:
        """Carry nothing any more."""
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    async def heard(self) -> bytes:
        """Some of what the connection has sent and nobody has read, left unread."""
        loop = asyncio.get_running_loop()
        come = asyncio.Event()
        loop.add_reader(self._near, come.set)
        await come.wait()
        loop.remove_reader(self._near)
        return self._near.recv(1_000_000, socket.MSG_PEEK)

    async def ask(self, statements: bytes, length: int) -> bytes:
        """Carry statements to the server by hand; so much of what it answers."""
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(self._far, statements)
        answer = b""
        while len(answer) < length:
            answer += await loop.sock_recv(self._far, length - len(answer))
        return answer

    async def last_words(self, backend: int) -> bytes:
        """What the server says when it ends the connection, which is `backend` to it."""
        with psycopg.connect(self._url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [backend])
        words = b""
        while more := await asyncio.get_running_loop().sock_recv(self._far, 65_536):
            words += more
        return words

    def say(self, words: bytes) -> None:
        """Let the connection hear this."""
        self._near.sendall(words)

    def close(self) -> None:
        """The end as a process makes it: with statements unread it resets the connection."""
        self._near.close()

    def reset(self) -> None:
        self._near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self._near.close()

    def fall_silent(self) -> None:
        """The server says no more, and still listens."""
        self._near.shutdown(socket.SHUT_WR)

    async def take_down(self) -> None:
        await self.halt()
        self._near.close()
        self._far.close()


async def _pump(source: socket.socket, target: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    with contextlib.suppress(OSError):
        while data := await loop.sock_recv(source, 65_536):
            await loop.sock_sendall(target, data)


@asynccontextmanager
async def wired(url: str) -> AsyncIterator[tuple[SendingConnection, Wire]]:
    """A connection to the server at `url`, and the wire that it goes over."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        accepting = asyncio.ensure_future(_accept(listening, url))
        over_tcp = make_conninfo(url, host="127.0.0.1", port=listening.getsockname()[1], sslmode="disable")
        connection = await Database(over_tcp).connect(hot=True)
        wire = await accepting
    try:
        yield connection, wire
    finally:
        connection.pgconn.finish()
        await wire.take_down()


async def _accept(listening: socket.socket, url: str) -> Wire:
    near, _ = await asyncio.get_running_loop().sock_accept(listening)
    near.setblocking(False)
    far = socket.socket(socket.AF_UNIX)
    far.connect(f"{conninfo_to_dict(url)['host']}/.s.PGSQL.5432")
    far.setblocking(False)
    return Wire(near, far, url)
