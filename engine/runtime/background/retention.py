"""Forgetting: history goes by age, or at somebody's word.

    tick     portions of root instances that ended long enough ago, with all that they called
    delete   one instance, at once

It works on a connection of its own, never in a batch, and rests for three times as long as a portion took: so what
runs keeps most of the machine, however much there is to forget. Only what has ended goes, and its row is locked when
that is looked at; a command that comes too late finds nothing, as it would have found an instance that has ended.
"""

from __future__ import annotations

import logging
import time

from engine.machine.commands import Rejection
from engine.runtime.clock import Clock
from engine.runtime.postgres.database import Connection, Database
from engine.store import forgetting as sql
from engine.store import locks
from engine.store.arrays import time_parameter
from engine.store.asking import fetch
from engine.store.forgetting import Place
from engine.store.keys import part_of

logger = logging.getLogger(__name__)

PORTION = 100  # root instances that go in one transaction
ROWS = 2_000  # the same, of what belongs to no instance
REST = 3  # how many times as long as a portion took nothing is forgotten
EVERY = 3_600_000  # milliseconds between two passes over what has ended

#: Held by the process that is forgetting.
_LOCK = f"SELECT pg_try_advisory_xact_lock({locks.RETENTION})"


class Retention:
    """Forgets what ended more than `kept` milliseconds ago; None keeps everything."""

    name = "retention"

    def __init__(self, clock: Clock, database: Database, kept: int | None) -> None:
        self._clock = clock
        self._database = database
        self._kept = kept
        self._also: list[str] = []
        self._behind = (0, 0)  # the end and the key that the pass over what has ended has come to
        self._next = 0  # when there is something to do again

    def join(self, *statements: str) -> None:
        """Further statements that delete what others keep of instances, by %(keys)s or the %(tasks)s in them."""
        self._also += [each for each in statements if each not in self._also]

    # ---- At somebody's word -----------------------------------------------------------------------------------------

    async def delete(self, key: int, done: str = "", parameters: dict[str, object] | None = None) -> None:
        """Forget an instance that has ended, and what it called; `done` is carried out in the same transaction.

        Raises Rejection: NOT_FOUND, or INVALID_STATE where something in it still runs. Raises Unavailable.
        """
        expected = f"Expected to delete process instance with key '{key}', but"
        async with self._database.borrow() as connection, connection.transaction():
            places, running = await sql.lock(connection, [Place(part_of(key), key)])
            if not places:
                raise Rejection("NOT_FOUND", f"{expected} no such process instance was found.")
            if running:
                which = "it" if running == [key] else f"'{running[0]}', which it called,"
                raise Rejection("INVALID_STATE", f"{expected} {which} has not ended; cancel it first.")
            await sql.delete(connection, places, self._also)
            if done:
                await connection.execute(done, parameters)

    # ---- By age -----------------------------------------------------------------------------------------------------

    async def tick(self) -> int | None:
        """Forget a portion; answer when to go on."""
        if self._kept is None:
            return None
        now = self._clock.now()
        if now >= self._next:
            began = time.monotonic()
            more = await self._forget(now - self._kept)
            took = int((time.monotonic() - began) * 1000)
            self._next = self._clock.now() + (took * REST if more else EVERY)
        return self._next

    async def _forget(self, before: int) -> bool:
        """A portion; whether there is more. One process at a time."""
        async with self._database.borrow() as connection, connection.transaction():
            ((first,),) = await fetch(connection, _LOCK, {})
            if not first:
                return False
            return await self._forget_instances(connection, before) or await self._forget_rows(connection, before)

    async def _forget_instances(self, connection: Connection, before: int) -> bool:
        """A called instance goes with its root: what ended before that is passed over, once in each pass."""
        end, key = self._behind
        parameters = {
            "before": time_parameter(before),
            "after": time_parameter(end),
            "after_key": key,
            "limit": PORTION,
        }
        ended = await fetch(connection, sql.ENDED, parameters)
        roots = [Place(part, key) for part, key, _, is_root in ended if is_root]
        if roots:
            places, running = await sql.lock(connection, roots)
            if running:
                logger.error("Instances that run were called by one that has ended: %s", running)
                places = [place for place in places if place.key not in running]
            await sql.delete(connection, places, self._also)
        more = len(ended) == PORTION
        self._behind = (ended[-1][2], ended[-1][1]) if more else (0, 0)
        return more

    async def _forget_rows(self, connection: Connection, before: int) -> bool:
        """What belongs to no instance; after these, so that what belonged to them is not looked through."""
        parameters = {"before": time_parameter(before), "limit": ROWS}
        decisions = await connection.execute(sql.FORGET_DECISIONS, parameters)
        items = await connection.execute(sql.FORGET_ITEMS, parameters)
        await connection.execute(sql.FORGET_OPERATIONS, parameters)
        return ROWS in (decisions.rowcount, items.rowcount)
