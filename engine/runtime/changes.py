"""Who wants to know that something has changed, and what has: for pages that show what happens elsewhere.

A topic is a text: `tasks` (any user task), `instances` (any process instance), `instance:KEY`, `people` (accounts and
what they may do), or whatever somebody publishes. A change only says "look again"; it carries nothing, may come twice,
and several may come as one.

A commit of this process tells its own watchers at once and other processes by a notification, but only of topics that
somebody watches: a process announces what its watchers want when that changes, and every few seconds. While nobody
watches anything, a batch pays for one look at an empty set.

A notification may be lost. So a watched instance is looked at every second (its version, by its key, and whether it is
still there: a deletion is in no log), the other topics count as changed twice a minute, all of them when the connection
for notifications was lost, and each when a watch begins, because what it is for was read before. They count as changed
once more when other processes have had the time to hear of the watch: what these committed before that, they told
nobody.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from engine.runtime.clock import Clock
from engine.runtime.commits.participants import Participant
from engine.runtime.notifications import Notifier
from engine.runtime.postgres.database import Database
from engine.store.keys import part_of
from engine.store.statements import INSERT_LOG, INSERT_USER_TASK, UPDATE_USER_TASK

if TYPE_CHECKING:
    from engine.runtime.commits.batch import Batch
    from engine.store.rows import Rows

TASKS = "tasks"
INSTANCES = "instances"
PEOPLE = "people"

TELL_AFTER = 0.1  # seconds for which changes are collected before other processes hear of them
ANNOUNCE_EVERY = 10_000  # milliseconds
ANNOUNCED_FOR = 30_000  # milliseconds after which what another process wanted is forgotten
LOOK_AGAIN_EVERY = 30_000  # milliseconds
ANNOUNCING_TAKES = 1_000  # milliseconds until other processes know surely, or as good as surely, of a new watch
MAX_KEY = 2**63 - 1
MOST_ANNOUNCED = 150  # topics; the instances beyond are found by looking at them

READ_VERSIONS = b"""
    SELECT i.key, i.version
    FROM unnest(%b::integer[], %b::bigint[]) AS watched (part, key)
    JOIN process_instance i ON i.part = watched.part AND i.key = watched.key
"""


def instance_topic(key: int) -> str:
    """The topic of one process instance."""
    return f"instance:{key}"


def instance_of(topic: str) -> int | None:
    """The key of the process instance that a topic is about."""
    kind, _, key = topic.partition(":")
    return int(key) if kind == "instance" and key.isdecimal() and len(key) < 20 and int(key) <= MAX_KEY else None


class Watch:
    """What one watcher wants to know, and what of it has changed since it last heard."""

    def __init__(self, topics: Iterable[str]) -> None:
        self.topics = frozenset(topics)
        self._changed = set(self.topics)
        self._wake = asyncio.Event()
        self._wake.set()
        self._closed = asyncio.Event()

    def note(self, topics: Iterable[str]) -> None:
        """Some topics have changed."""
        found = self.topics.intersection(topics)
        if found:
            self._changed |= found
            self._wake.set()

    def close(self) -> None:
        """Let the watcher go."""
        self._closed.set()
        self._wake.set()

    async def next(self, patience: float) -> frozenset[str] | None:
        """What has changed, as soon as something has; nothing after `patience` seconds; None once it is over."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._wake.wait()
        if self._closed.is_set():
            return None
        changed = frozenset(self._changed)
        self._changed.clear()
        self._wake.clear()
        return changed

    async def pause(self, seconds: float) -> None:
        """Wait, unless it is over meanwhile."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._closed.wait()


class Changes(Participant):
    """Watchers of this process, and topics that other processes want to hear of. Also a service: see `tick`."""

    name = "changes"

    def __init__(self, clock: Clock, database: Database, notifier: Notifier) -> None:
        self._clock = clock
        self._database = database
        self._notifier = notifier
        self._watches: set[Watch] = set()
        self._begun: dict[Watch, int] = {}  # those that other processes may not have heard of, since when
        self._here: frozenset[str] = frozenset()
        self._elsewhere: dict[str, tuple[int, frozenset[str]]] = {}  # by process: until when, what
        self._wanted: frozenset[str] = frozenset()  # here or elsewhere
        self._wanted_instances: frozenset[int] = frozenset()
        self._versions: dict[int, int] = {}  # of the instances watched here
        self._untold: set[str] = set()
        self._announced_at = 0
        self._looked_again_at = 0
        self._closed = False

    @property
    def wanted(self) -> frozenset[str]:
        """The topics that somebody watches, in this process or another."""
        return self._wanted

    # ---- Watchers ---------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def watch(self, topics: Iterable[str]) -> Iterator[Watch]:
        """Hear of changes for the length of the block; at first everything counts as changed."""
        watch = Watch(topics)
        if not self._watches:
            self._looked_again_at = self._clock.now()
        self._watches.add(watch)
        self._begun[watch] = self._clock.now()
        if self._closed:
            watch.close()
        self._want()
        try:
            yield watch
        finally:
            self._watches.discard(watch)
            self._begun.pop(watch, None)
            self._want()

    def publish(self, *topics: str) -> None:
        """Something has changed that no batch tells: tell whoever watches it, in all processes."""
        self._tell_watchers(topics)
        self._tell_others(topics)

    def close(self) -> None:
        """Let all watchers go, now and from now on."""
        self._closed = True
        for watch in self._watches:
            watch.close()

    def _want(self) -> None:
        """Somebody came or went: count again what is wanted, and announce it if it is something else."""
        here = frozenset().union(*(watch.topics for watch in self._watches))
        if here != self._here:
            self._here = here
            self._announce()
            self._recount()

    def _recount(self) -> None:
        self._wanted = self._here.union(*(topics for _, topics in self._elsewhere.values()))
        keys = (instance_of(topic) for topic in self._wanted)
        self._wanted_instances = frozenset(key for key in keys if key is not None)

    # ---- Of batches -------------------------------------------------------------------------------------------------

    def committed(self, batch: Batch) -> None:
        """Whoever watches by now is told, also who began while the batch was on its way."""
        if not self._wanted:
            return
        topics, versions = self._changed_by(batch.rows)
        self._versions.update(versions)
        if topics:
            self.publish(*topics)

    def _changed_by(self, rows: Rows) -> tuple[set[str], dict[int, int]]:
        """What a batch changes: topics, and the versions of instances that somebody wants to know of."""
        written = rows.of(INSERT_LOG)  # one row for each command that changed an instance: part, key, version, …
        topics = {INSTANCES} if written else set()
        if rows.of(INSERT_USER_TASK) or rows.of(UPDATE_USER_TASK):
            topics.add(TASKS)
        wanted = self._wanted_instances
        versions = {row[1]: row[2] for row in written if row[1] in wanted} if wanted else {}
        topics.update(map(instance_topic, versions))
        return topics, versions

    # ---- Here and elsewhere -----------------------------------------------------------------------------------------

    def _tell_watchers(self, topics: Iterable[str]) -> None:
        for watch in self._watches:
            watch.note(topics)

    def _tell_others(self, topics: Iterable[str]) -> None:
        """After a moment, since under load a topic changes hundreds of times a second."""
        wanted = {topic for topic in topics if any(topic in wanted for _, wanted in self._elsewhere.values())}
        if wanted and not self._untold:
            asyncio.get_running_loop().call_later(TELL_AFTER, self._send_untold)
        self._untold |= wanted

    def _send_untold(self) -> None:
        self._notifier.changed(self._untold)
        self._untold = set()

    def _announce(self) -> None:
        self._announced_at = self._clock.now()
        topics = sorted(self._here, key=lambda topic: (instance_of(topic) is not None, topic))
        self._notifier.watched(topics[:MOST_ANNOUNCED])

    def heard(self, topics: Iterable[str]) -> None:
        """Another process has changed something."""
        self._tell_watchers(topics)

    def heard_watched(self, sender: str, topics: Iterable[str]) -> None:
        """Another process announces what its watchers want."""
        self._elsewhere.pop(sender, None)
        if topics:
            self._elsewhere[sender] = (self._clock.now() + ANNOUNCED_FOR, frozenset(topics))
        self._recount()

    def heard_question(self) -> None:
        """A process that has just begun to listen asks what is watched."""
        if self._here:
            self._announce()

    def missed(self) -> None:
        """Notifications may have been lost: everything counts as changed."""
        self._tell_watchers(self._here)

    # ---- As a service -----------------------------------------------------------------------------------------------

    async def tick(self) -> None:
        """Look at what is watched here, whether or not anything was heard of it."""
        now = self._clock.now()
        self._forget_silent(now)
        if not self._here:
            return
        if now - self._announced_at >= ANNOUNCE_EVERY:
            self._announce()
        if now - self._looked_again_at >= LOOK_AGAIN_EVERY:
            self._looked_again_at = now
            self._tell_watchers([topic for topic in self._here if instance_of(topic) is None])
        self._tell_beginners(now)
        await self._look_at_instances()

    def _tell_beginners(self, now: int) -> None:
        known = [watch for watch, since in self._begun.items() if now - since >= ANNOUNCING_TAKES]
        for watch in known:
            del self._begun[watch]
            watch.note(watch.topics)

    def _forget_silent(self, now: int) -> None:
        silent = [sender for sender, (until, _) in self._elsewhere.items() if until <= now]
        for sender in silent:
            del self._elsewhere[sender]
        if silent:
            self._recount()

    async def _look_at_instances(self) -> None:
        keys = [key for key in map(instance_of, self._here) if key is not None]
        before = self._versions
        self._versions = {key: before[key] for key in keys if key in before}
        if not keys:
            return
        async with self._database.borrow() as connection:
            cursor = await connection.execute(READ_VERSIONS, [[part_of(key) for key in keys], keys])
            found = dict(await cursor.fetchall())
        moved = [key for key, version in found.items() if self._versions.get(key, 0) < version]
        deleted = [key for key in self._versions if key not in found]
        self._versions.update((key, found[key]) for key in moved)
        for key in deleted:
            del self._versions[key]
        self._tell_watchers([instance_topic(key) for key in (*moved, *deleted) if key in before])
