"""What a server writes in one turn of the event loop is sent at once, and nothing of it is lost."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from api.protocol import JoiningTransport

pytestmark = pytest.mark.anyio


class Recorder(asyncio.Transport):
    """A transport that keeps what it is given."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1)})
        self.sent: list[bytes] = []
        self.closed = False

    def write(self, data: Any) -> None:
        self.sent.append(bytes(data))

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed


async def test_head_and_body_are_sent_together() -> None:
    recorder = Recorder()
    transport = JoiningTransport(recorder, asyncio.get_running_loop())
    transport.write(b"head ")
    transport.write(b"body")
    await asyncio.sleep(0)
    transport.write(b" later")
    await asyncio.sleep(0)
    assert recorder.sent == [b"head body", b" later"]


async def test_what_is_written_is_sent_before_the_connection_is_closed() -> None:
    recorder = Recorder()
    transport = JoiningTransport(recorder, asyncio.get_running_loop())
    transport.write(b"last words")
    transport.close()
    await asyncio.sleep(0)
    assert (recorder.sent, recorder.closed) == ([b"last words"], True)


async def test_nothing_is_written_to_a_connection_that_was_lost() -> None:
    recorder = Recorder()
    transport = JoiningTransport(recorder, asyncio.get_running_loop())
    transport.write(b"to nobody")
    recorder.closed = True
    await asyncio.sleep(0)
    assert recorder.sent == []


async def test_in_all_else_it_is_the_transport_that_was_given() -> None:
    transport = JoiningTransport(Recorder(), asyncio.get_running_loop())
    assert transport.get_extra_info("peername") == ("127.0.0.1", 1)
