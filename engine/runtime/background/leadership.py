"""Which of several server processes does what is due (timers, the ends of back-offs, batch operations), so that they
do not all try the same.

Only for economy: a timer that two processes fire at once is found gone by the second. So the leader fires what is
due, and the others what has been due for longer than `GRACE`, in case the leader hangs. The lead is an advisory lock
of a session; it goes with the process, or the connection, that holds it.
"""

from __future__ import annotations

import asyncio
import contextlib

import psycopg

from engine.runtime.postgres.database import Connection, Database
from engine.store import locks

GRACE = 2_000  # milliseconds


class Leadership:
    """Takes the lead if nobody has it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Connection | None = None
        self._leads = False
        self._asking = asyncio.Lock()

    async def due_before(self, now: int) -> int:
        """The time (milliseconds since the epoch) up to which this process fires what is due."""
        async with self._asking:
            return now if await self._lead() else now - GRACE

    async def _lead(self) -> bool:
        try:
            if self._connection is None or self._connection.closed:
                self._leads = False
                self._connection = await self._database.connect()
            if self._leads:
                await self._connection.execute("SELECT 1")  # notices that the connection, and so the lock, is lost
            else:
                cursor = await self._connection.execute("SELECT pg_try_advisory_lock(%s)", [locks.LEAD])
                row = await cursor.fetchone()
                self._leads = row is not None and row[0]
        except psycopg.OperationalError:
            await self.close()
        return self._leads

    async def close(self) -> None:
        """Give up the lead."""
        connection, self._connection, self._leads = self._connection, None, False
        if connection is not None:
            with contextlib.suppress(psycopg.Error):
                await connection.close()
