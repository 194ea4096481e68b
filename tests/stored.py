"""The third durability check of every story: what PostgreSQL says about an instance is what memory says.

After each command the changes are written as the runtime writes them. Read back they must be the same instance; the
story goes on with what was read, as after a restart of the server. So must an older instance be that catches up from
the log, as another server process would. An instance that has ended must leave nothing open behind.

All stories of a test process share a database: its keys are never used twice.
"""

from __future__ import annotations

import asyncio

from engine.machine.graph import Graph
from engine.machine.state import Instance
from engine.runtime.postgres.database import Database
from engine.store.load import catch_up, load
from engine.store.rows import Rows
from tests.story import Recorded, assert_same

#: What must not be left open by an instance that has ended.
LEFT_OPEN = """
    SELECT 'element ' || element_id FROM element_instance WHERE process_instance_key = %(key)s AND ended_at IS NULL
    UNION ALL SELECT 'job ' || element_id FROM job WHERE process_instance_key = %(key)s AND ended_at IS NULL
    UNION ALL SELECT 'user task ' || element_id FROM user_task
        WHERE process_instance_key = %(key)s AND ended_at IS NULL
    UNION ALL SELECT 'incident ' || element_id FROM incident WHERE process_instance_key = %(key)s AND ended_at IS NULL
    UNION ALL SELECT 'timer ' || node_id FROM timer WHERE process_instance_key = %(key)s
    UNION ALL SELECT 'subscription ' || node_id FROM event_subscription WHERE process_instance_key = %(key)s
    UNION ALL SELECT 'message ' || node_id FROM message_subscription
        WHERE process_instance_key = %(key)s AND state = 'CREATED'
"""


class StoryStore:
    """A database that stories are written to, and the connection and event loop for it."""

    def __init__(self, url: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._connection = self._loop.run_until_complete(Database(url).connect(hot=True))
        self._followers: dict[int, Instance] = {}

    def forget(self) -> None:
        """A story is over; its rows stay, and disturb nobody."""
        self._followers.clear()
        self._loop.run_until_complete(self._connection.rollback())  # where it ended with a failure

    def close(self) -> None:
        """Disconnect."""
        self._loop.run_until_complete(self._connection.close())
        self._loop.close()

    def check(self, recorded: Recorded) -> None:
        """Write what the last command on an instance has changed, and compare. Raises AssertionError."""
        self._loop.run_until_complete(self._check(recorded))

    async def _check(self, recorded: Recorded) -> None:
        instance = recorded.instance
        await self._write(recorded)
        if not recorded.compared:
            return
        if instance.ended_at is not None:
            self._followers.pop(instance.key, None)
            cursor = await self._connection.execute(LEFT_OPEN, {"key": instance.key})
            assert await cursor.fetchall() == [], "an instance that has ended leaves nothing open behind"
            return
        await self._go_on_with_what_is_stored(recorded)

    async def _write(self, recorded: Recorded) -> None:
        last = recorded.log[-1]
        rows = Rows(last.at, offer=lambda job: None)
        rows.collect(recorded.instance)
        rows.log(recorded.instance, recorded.instance.version, last.command, last.events)
        async with self._connection.pipeline():
            await self._connection.execute(b"BEGIN")
            rows.write(self._connection)
            await self._connection.execute(b"COMMIT")

    async def _go_on_with_what_is_stored(self, recorded: Recorded) -> None:
        live = recorded.instance
        recorded.instance = await self._read(live)
        assert_same(recorded.instance, live)
        follower = self._followers.setdefault(live.key, live)
        if follower.graph is not live.graph:
            self._followers[live.key] = live  # migrated: whoever follows reads it anew
        elif follower is not live:
            await catch_up(self._connection, [(follower, live.version)])
            assert_same(follower, live)

    async def _read(self, instance: Instance) -> Instance:
        def graph_of(definition_key: int) -> Graph:
            assert definition_key == instance.graph.definition_key
            return instance.graph

        return (await load(self._connection, [instance.key], graph_of))[instance.key]
