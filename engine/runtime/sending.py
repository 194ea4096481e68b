"""A connection that sends what it was given.

In pipeline mode psycopg (3.3) begins to send a statement, and where the socket cannot hold all of it, goes on to wait
for an answer: to a statement of which the rest is never sent, if the server happens to be busy and reads no faster.
Both sides then wait for ever. Here, whoever waits for an answer goes on sending meanwhile.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeVar

from psycopg import AsyncConnection
from psycopg.pq.abc import PGconn
from psycopg.waiting import Ready, Wait

Result = TypeVar("Result")
Waiting = Generator[Wait, int, Result]  # psycopg's: what it wants to wait for, and what came of it

INTERVAL = 0.1  # seconds, as psycopg has it


class SendingConnection(AsyncConnection[tuple[Any, ...]]):
    """psycopg's, but for the above."""

    async def wait(self, gen: Any, interval: float = INTERVAL, timeout: float | None = None) -> Any:
        """Run one of psycopg's generators on this connection."""
        return await super().wait(_sending(gen, self.pgconn), interval, timeout)


def _sending(waiting: Waiting[Result], connection: PGconn) -> Waiting[Result]:
    """The same, but waiting for something to read it also waits for room to write, until everything is sent."""
    try:
        wanted = next(waiting)
        while True:
            if wanted == Wait.R and connection.flush():
                ready = yield Wait.RW
                if not ready & Ready.R:
                    continue
                ready = Ready.R
            else:
                ready = yield wanted
            wanted = waiting.send(ready)
    except StopIteration as finished:
        result: Result = finished.value
        return result
