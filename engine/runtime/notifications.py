"""What server processes tell each other: LISTEN and NOTIFY, as a hint that something is worth a look.

Nothing depends on a notification: whoever waits looks at the rows every second anyway. So they are sent after COMMIT,
collected for some milliseconds, on a connection of their own: a NOTIFY inside a transaction would make commits wait
for each other.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

import msgspec
import psycopg

from engine.runtime.postgres.database import Database

logger = logging.getLogger(__name__)
T = TypeVar("T")

CHANNEL = "pointsman"
COLLECT_FOR = 0.005  # seconds
_LONGEST_PAYLOAD = 7_000  # bytes; PostgreSQL allows 7,999
_NAMES_AT_ONCE = 100


class Notification(msgspec.Struct, array_like=True):
    """What one process tells the others; `sender` is not told again.

    `types` of which jobs are in the rows; instances that have `ended`; topics that have `changed`. `watched`: the
    topics that the sender wants to hear of, instead of those it named before. `asks` for what the others watch.
    """

    sender: str
    types: list[str] = []
    ended: list[int] = []
    changed: list[str] = []
    watched: list[str] | None = None
    asks: bool = False


class Listener(Protocol):
    """What becomes of the notifications about topics (engine.runtime.changes)."""

    def heard(self, topics: Iterable[str]) -> None: ...

    def heard_watched(self, sender: str, topics: Iterable[str]) -> None: ...

    def heard_question(self) -> None: ...

    def missed(self) -> None: ...


class Notifier:
    """Sends to the other processes what this one collects, and hands on what they send."""

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._name = name
        self._types: set[str] = set()
        self._ended: set[int] = set()
        self._changed: set[str] = set()
        self._watched: list[str] | None = None
        self._asks = False
        self._collected = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._on_types: Callable[[list[str]], None] = lambda types: None
        self._on_ended: Callable[[list[int]], None] = lambda keys: None
        self._on_topics: Listener | None = None

    def start(
        self, on_types: Callable[[list[str]], None], on_ended: Callable[[list[int]], None], on_topics: Listener
    ) -> None:
        """Begin; the functions and the listener get what other processes send."""
        self._on_types, self._on_ended, self._on_topics = on_types, on_ended, on_topics
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

    def changed(self, topics: Iterable[str]) -> None:
        self._changed.update(topics)
        self._collected.set()

    def watched(self, topics: list[str]) -> None:
        """Say which topics this process wants to hear of from now on."""
        self._watched = topics
        self._collected.set()

    # ---- Out --------------------------------------------------------------------------------------------------------

    async def _send(self) -> None:
        while True:
            connection = await self._database.connect_when_possible()
            try:
                while True:
                    await self._collected.wait()
                    await asyncio.sleep(COLLECT_FOR)
                    for payload in self._payloads():
                        await connection.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])
            except psycopg.Error as error:
                logger.info("Notifications are not sent for a moment: %s", error)
            finally:
                await connection.close()

    def _payloads(self) -> list[str]:
        """As much as fits; the rest goes with the next ones."""
        types, ended, changed = _take(self._types), _take(self._ended), _take(self._changed)
        watched, asks = self._watched, self._asks
        self._watched, self._asks = None, False
        if not self._types and not self._ended and not self._changed:
            self._collected.clear()
        found = []
        if types:
            found.append(Notification(self._name, types))
        if ended:
            found.append(Notification(self._name, ended=ended))
        if changed:
            found.append(Notification(self._name, changed=changed))
        if watched is not None or asks:
            found.append(Notification(self._name, watched=watched, asks=asks))
        payloads = [msgspec.json.encode(notification) for notification in found]
        # Very long names are not sent: who waits for those looks every second.
        return [payload.decode() for payload in payloads if len(payload) <= _LONGEST_PAYLOAD]

    # ---- In ---------------------------------------------------------------------------------------------------------

    async def _listen(self) -> None:
        while True:
            connection = await self._database.connect_when_possible()
            try:
                await connection.execute(f"LISTEN {CHANNEL}")
                self._begin_to_hear()
                async for notify in connection.notifies():
                    self._receive(notify.payload)
            except psycopg.Error as error:
                logger.info("Notifications are not received for a moment: %s", error)
            finally:
                await connection.close()

    def _begin_to_hear(self) -> None:
        """Whatever was sent before now is lost on this process."""
        self._asks = True
        self._collected.set()
        if self._on_topics is not None:
            self._on_topics.missed()

    def _receive(self, payload: str) -> None:
        try:
            notification = msgspec.json.decode(payload, type=Notification)
        except msgspec.DecodeError:
            logger.warning("Somebody else sends on the channel '%s': %.100s", CHANNEL, payload)
            return
        if notification.sender != self._name:
            self._on_types(notification.types)
            self._on_ended(notification.ended)
            self._hear(notification)

    def _hear(self, notification: Notification) -> None:
        listener = self._on_topics
        if listener is None:
            return
        if notification.changed:
            listener.heard(notification.changed)
        if notification.watched is not None:
            listener.heard_watched(notification.sender, notification.watched)
        if notification.asks:
            listener.heard_question()


def _take(names: set[T]) -> list[T]:
    """Some of them, which are then no longer in the set."""
    return [names.pop() for _ in range(min(len(names), _NAMES_AT_ONCE))]
