"""What server processes tell each other: LISTEN and NOTIFY, as a hint that something is worth a look.

Nothing depends on a notification: whoever waits looks at the rows every second anyway. So they are sent after COMMIT,
collected for some milliseconds, on a connection of their own: a NOTIFY inside a transaction would make commits wait
for each other.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable

import msgspec
import psycopg

from engine.runtime.database import Database

logger = logging.getLogger(__name__)

CHANNEL = "pointsman"
COLLECT_FOR = 0.005  # seconds
_LONGEST_PAYLOAD = 7_000  # bytes; PostgreSQL allows 7,999
_NAMES_AT_ONCE = 100


class Notification(msgspec.Struct, array_like=True):
    """Types of which jobs are in the rows, and instances that have ended; `sender` is not told again."""

    sender: str
    types: list[str] = []
    ended: list[int] = []


class Notifier:
    """Sends to the other processes what this one collects, and hands on what they send."""

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._name = name
        self._types: set[str] = set()
        self._ended: set[int] = set()
        self._collected = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._on_types: Callable[[list[str]], None] = lambda types: None
        self._on_ended: Callable[[list[int]], None] = lambda keys: None

    def start(self, on_types: Callable[[list[str]], None], on_ended: Callable[[list[int]], None]) -> None:
        """Begin; the functions get what other processes send."""
        self._on_types, self._on_ended = on_types, on_ended
        self._tasks = [asyncio.create_task(self._send()), asyncio.create_task(self._listen())]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def jobs_available(self, types: Iterable[str]) -> None:
        self._types.update(types)
        self._collected.set()

    def instance_ended(self, key: int) -> None:
        self._ended.add(key)
        self._collected.set()

    # ---- Out --------------------------------------------------------------------------------------------------------

    async def _send(self) -> None:
        while True:
            connection = await self._database.connect_when_possible()
            try:
                while True:
                    await self._collected.wait()
                    await asyncio.sleep(COLLECT_FOR)
                    await connection.execute("SELECT pg_notify(%s, %s)", [CHANNEL, self._payload()])
            except psycopg.Error as error:
                logger.info("Notifications are not sent for a moment: %s", error)
            finally:
                await connection.close()

    def _payload(self) -> str:
        """As much as fits; the rest goes with the next one."""
        types = [self._types.pop() for _ in range(min(len(self._types), _NAMES_AT_ONCE))]
        ended = [self._ended.pop() for _ in range(min(len(self._ended), _NAMES_AT_ONCE))]
        if not self._types and not self._ended:
            self._collected.clear()
        payload = msgspec.json.encode(Notification(self._name, types, ended))
        if len(payload) > _LONGEST_PAYLOAD:  # very long names: who waits for those looks every second
            payload = msgspec.json.encode(Notification(self._name, [], ended))
        return payload.decode()

    # ---- In ---------------------------------------------------------------------------------------------------------

    async def _listen(self) -> None:
        while True:
            connection = await self._database.connect_when_possible()
            try:
                await connection.execute(f"LISTEN {CHANNEL}")
                async for notify in connection.notifies():
                    self._receive(notify.payload)
            except psycopg.Error as error:
                logger.info("Notifications are not received for a moment: %s", error)
            finally:
                await connection.close()

    def _receive(self, payload: str) -> None:
        try:
            notification = msgspec.json.decode(payload, type=Notification)
        except msgspec.DecodeError:
            logger.warning("Somebody else sends on the channel '%s': %.100s", CHANNEL, payload)
            return
        if notification.sender != self._name:
            self._on_types(notification.types)
            self._on_ended(notification.ended)
