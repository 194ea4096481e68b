"""Connections to PostgreSQL, as the runtime wants them.

A *lane* connection belongs to one lane of the commit loop. Its few statements are joins on whole keys, prepared and
planned once. A plan that was made while a table was empty is a bad one when it is full, and nothing tells PostgreSQL
before the next ANALYZE; so a lane forgets its plans now and then, often at first (`PlanAge`). Other work (deployments,
background services, waiting for an end, history) borrows from a small pool; searches have connections of their own
(engine/store/search/pool.py).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg import AsyncConnection

from engine.runtime.errors import Unavailable
from engine.runtime.postgres.sending import SendingConnection
from engine.store.arrays import register
from engine.store.limits import TOO_LARGE
from engine.store.patience import patience, session_options

logger = logging.getLogger(__name__)

Connection = AsyncConnection[tuple[Any, ...]]

SETTINGS = "-c jit=off -c timezone=UTC -c default_transaction_isolation=read\\ committed"
#: Of a lane: a plan is made once, and is a look-up in an index for each row that was given.
LANE_SETTINGS = (
    f"{SETTINGS} -c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off "
    "-c enable_mergejoin=off -c enable_bitmapscan=off -c enable_material=off -c enable_memoize=off"
)
_STATEMENTS_PREPARED = 200
_LONGEST_PAUSE = 2.0  # seconds between attempts to reconnect


class PlanAge:
    """When the plans of a connection are old: after 1, 2, 4, … batches, and once they are `LONGEST` seconds old."""

    LONGEST = 2.0

    def __init__(self) -> None:
        self._batches = 0
        self._limit = 1
        self._planned_at = 0.0

    def is_over(self, now: float) -> bool:
        """Count a batch; true if the plans are to be made again. `now` in seconds of any steady clock."""
        self._batches += 1
        if self._batches <= self._limit and now - self._planned_at < self.LONGEST:
            return False
        self._limit *= 2
        self._batches = 0
        self._planned_at = now
        return True


class Database:
    """Opens connections to a libpq URL; `pool_size` bounds those that are borrowed at the same time."""

    def __init__(self, url: str, pool_size: int = 4) -> None:
        self.url = url
        self._places = asyncio.Semaphore(pool_size)
        self._idle: list[Connection] = []
        self._closed = False

    async def connect(self, hot: bool = False) -> SendingConnection:
        """A new connection, committing each statement by itself; `hot` for a lane. Raises psycopg.Error."""
        connection = await SendingConnection.connect(
            self.url,
            autocommit=True,
            prepare_threshold=0,
            options=session_options(self.url, LANE_SETTINGS if hot else SETTINGS),
            application_name="pointsman",
            **patience(self.url),
        )
        connection.prepared_max = _STATEMENTS_PREPARED
        register(connection)
        return connection

    async def connect_when_possible(self, hot: bool = False) -> SendingConnection:
        """The same, tried again with growing pauses until it succeeds."""
        pause = 0.05
        while True:
            try:
                return await self.connect(hot)
            except psycopg.OperationalError as error:
                logger.warning("The database cannot be reached, trying again in %.2f s: %s", pause, error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)

    @asynccontextmanager
    async def borrow(self) -> AsyncIterator[Connection]:
        """A connection for a while. Raises Unavailable where the database cannot be reached or goes away."""
        async with self._places:
            try:
                connection = self._take_idle() or await self.connect()
                try:
                    yield connection
                finally:
                    await self._give_back(connection)
            except psycopg.OperationalError as error:
                if isinstance(error, (psycopg.errors.TransactionRollback, TOO_LARGE)):
                    raise
                raise Unavailable(f"The database cannot be reached: {error}") from error

    def _take_idle(self) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if not _is_lost(connection):
                return connection
        return None

    async def _give_back(self, connection: Connection) -> None:
        idle = psycopg.pq.TransactionStatus.IDLE
        if self._closed or connection.broken or connection.info.transaction_status != idle:
            await connection.close()
        else:
            self._idle.append(connection)

    async def close(self) -> None:
        """Close what is idle now, and what is borrowed as it comes back."""
        self._closed = True
        for connection in self._idle:
            await connection.close()
        self._idle.clear()


def _is_lost(connection: Connection) -> bool:
    """The server has closed an idle connection, which shows as soon as one tries to read; nobody waits here."""
    try:
        connection.pgconn.consume_input()  # the server's last words
        connection.pgconn.consume_input()  # its end
    except psycopg.OperationalError:
        connection.pgconn.finish()
    return connection.closed
