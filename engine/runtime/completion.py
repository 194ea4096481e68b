"""Who waits for an instance to end, and how it ended.

A commit in this process that ends the instance wakes the waiter at once; one in another process by a notification;
should that be lost, a look at the row now and then finds it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable

from engine.machine.lifecycle import ElementState
from engine.machine.state import Instance
from engine.runtime.notifications import Notifier
from engine.runtime.postgres.database import Database
from engine.runtime.results import InstanceCompleted
from engine.store.keys import KeySource, part_of

LONGEST_PAUSE = 1.0  # seconds between looks at the row

READ_STATE = b"SELECT state FROM process_instance WHERE part = %b AND key = %b AND ended_at IS NOT NULL"
READ_RESULT = b"""
    SELECT name, value FROM variable WHERE part = %b AND process_instance_key = %b AND scope_key = %b
"""


class Completions:
    """Waiters by instance key. Of instances that another process made, the others are told, since they may wait."""

    def __init__(self, database: Database, notifier: Notifier, keys: KeySource) -> None:
        self._database = database
        self._notifier = notifier
        self._keys = keys
        self._waiting: dict[int, set[asyncio.Event]] = {}
        self._results: dict[int, InstanceCompleted] = {}  # of instances that somebody waits for
        self._closed = False

    def ended(self, instance: Instance) -> None:
        """A commit of this process has ended an instance."""
        if instance.key in self._waiting:
            self._results[instance.key] = InstanceCompleted(
                process_instance_key=instance.key,
                completed=instance.root.state is ElementState.COMPLETED,
                variables={name: variable.text for name, variable in instance.root.variables.items()},
            )
            self.wake(instance.key)
        elif not self._keys.has_made(instance.key):
            self._notifier.instance_ended(instance.key)

    def wake(self, key: int) -> None:
        """Let who waits for an instance look at its row."""
        for event in self._waiting.get(key, ()):
            event.set()

    def wake_all(self, keys: Iterable[int]) -> None:
        for key in keys:
            self.wake(key)

    def close(self) -> None:
        """Let nobody wait any longer."""
        self._closed = True
        self.wake_all(list(self._waiting))

    def expect(self, key: int) -> asyncio.Event:
        """Begin to wait; `forget` must follow."""
        event = asyncio.Event()
        self._waiting.setdefault(key, set()).add(event)
        return event

    def forget(self, key: int, event: asyncio.Event) -> None:
        waiting = self._waiting[key]
        waiting.discard(event)
        if not waiting:
            del self._waiting[key]
            self._results.pop(key, None)

    async def completion(self, key: int, timeout: float) -> InstanceCompleted | None:
        """How the instance ended, None if it has not after `timeout` seconds, or at `close`. Raises Unavailable."""
        event = self.expect(key)
        try:
            async with asyncio.timeout(timeout):
                return await self._until_ended(key, event)
        except TimeoutError:
            return None
        finally:
            self.forget(key, event)

    async def _until_ended(self, key: int, event: asyncio.Event) -> InstanceCompleted | None:
        pause = 0.05
        while True:
            event.clear()
            result = self._results.get(key) or await self._read(key)
            if result is not None or self._closed:
                return result
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await event.wait()
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _read(self, key: int) -> InstanceCompleted | None:
        async with self._database.borrow() as connection:
            cursor = await connection.execute(READ_STATE, [part_of(key), key])
            row = await cursor.fetchone()
            if row is None:
                return None
            cursor = await connection.execute(READ_RESULT, [part_of(key), key, key])
            variables = dict(await cursor.fetchall())
        completed = row[0] == ElementState.COMPLETED
        return InstanceCompleted(process_instance_key=key, completed=completed, variables=variables)
