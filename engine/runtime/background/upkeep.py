"""Services for what is left behind: locks of workers that went away, back-offs, messages nobody came for, old
idempotency keys, and follow-ups of a process that died before it carried them out.
"""

from __future__ import annotations

import asyncio
import logging

import msgspec

from engine.machine.commands import RecurJob, decode_follow_up
from engine.runtime.background.attempts import Attempts
from engine.runtime.background.leadership import Leadership
from engine.runtime.clock import Clock
from engine.runtime.commits.loop import CommitLoop
from engine.runtime.jobs.dispatch import JobDispatch
from engine.runtime.postgres.database import Database
from engine.store import due
from engine.store.arrays import time_parameter
from engine.store.asking import fetch
from engine.store.due import next_date
from engine.store.messages import EXPIRE, NEXT_EXPIRY

logger = logging.getLogger(__name__)

AT_ONCE = 1_000  # how many rows one statement takes

#: Milliseconds after which a stored follow-up counts as left behind: its process would have carried it out.
FORGOTTEN_AFTER = 10_000
FORGOTTEN_AGAIN = 30_000  # milliseconds until it is tried again, if it is still there then

HOUR = 3_600_000
KEYS_KEPT = 7 * 24 * HOUR  # milliseconds for which a start can be repeated under its idempotency key


class JobDeadlines:
    """Makes jobs available again whose worker was too slow, or whose back-off is over."""

    name = "job deadlines"

    def __init__(
        self, clock: Clock, database: Database, loop: CommitLoop, jobs: JobDispatch, leadership: Leadership
    ) -> None:
        self._clock = clock
        self._database = database
        self._jobs = jobs
        self._leadership = leadership
        self._attempts = Attempts(clock, loop)

    async def tick(self) -> int | None:
        while True:
            now = self._clock.now()
            timed_out = await self._time_out(now)
            recurring = await self._recur(await self._leadership.due_before(now))
            if not timed_out and not recurring:
                return await self._next(now)

    async def _time_out(self, now: int) -> int:
        parameters = {"now": time_parameter(now), "limit": AT_ONCE}
        async with self._database.borrow() as connection:
            types = [type for (type,) in await fetch(connection, due.TIME_OUT_JOBS, parameters)]
        if types:
            self._jobs.available(set(types))
        return len(types)

    async def _recur(self, before: int) -> int:
        parameters = {"now": time_parameter(before), "except": self._attempts.paused(), "limit": AT_ONCE}
        async with self._database.borrow() as connection:
            keys = [key for (key,) in await fetch(connection, due.BACKED_OFF_JOBS, parameters)]
        await self._attempts.make({key: RecurJob(job_key=key) for key in keys})
        return len(keys)

    async def _next(self, now: int) -> int | None:
        async with self._database.borrow() as connection:
            return await next_date(connection, due.NEXT_JOB, {"now": time_parameter(now)})


class ExpiredMessages:
    """Forgets buffered messages whose time to live is over."""

    name = "expired messages"

    def __init__(self, clock: Clock, database: Database) -> None:
        self._clock = clock
        self._database = database

    async def tick(self) -> int | None:
        parameters = {"now": time_parameter(self._clock.now()), "limit": AT_ONCE}
        async with self._database.borrow() as connection:
            while True:
                ((expired,),) = await fetch(connection, EXPIRE, parameters)
                if expired < AT_ONCE:
                    break
            return await next_date(connection, NEXT_EXPIRY, {})


class OldIdempotencyKeys:
    """Forgets idempotency keys after a week. Once an hour is enough, and spares an index that every start would pay."""

    name = "old idempotency keys"

    def __init__(self, clock: Clock, database: Database) -> None:
        self._clock = clock
        self._database = database
        self._next = 0

    async def tick(self) -> int | None:
        now = self._clock.now()
        if now >= self._next:
            async with self._database.borrow() as connection:
                await connection.execute(due.FORGET_KEYS, {"before": time_parameter(now - KEYS_KEPT)})
            self._next = now + HOUR
        return self._next


class Leftovers:
    """Carries out the follow-ups that another process stored and did not live to carry out."""

    name = "leftovers"

    def __init__(self, clock: Clock, database: Database, loop: CommitLoop) -> None:
        self._clock = clock
        self._database = database
        self._loop = loop
        self._tried = Attempts(clock, loop)

    async def tick(self) -> int | None:
        parameters = {
            "before": time_parameter(self._clock.now() - FORGOTTEN_AFTER),
            "except": self._tried.paused(),
            "limit": AT_ONCE,
        }
        async with self._database.borrow() as connection:
            rows = await fetch(connection, due.LEFTOVERS, parameters)
        for key, _ in rows:
            self._tried.pause(key, FORGOTTEN_AGAIN)
        await asyncio.gather(*[self._carry_out(key, command) for key, command in rows])
        return None

    async def _carry_out(self, key: int, stored: bytes) -> None:
        """What a newer version has stored stays for it, and keeps nobody else waiting."""
        try:
            command = decode_follow_up(stored)
        except msgspec.DecodeError as error:
            logger.warning("The follow-up %d is of a kind that this version does not know: %s", key, error)
            return
        await self._loop.carry_out_pending(command, key)
