"""Watchers learn that something has changed, in whichever server process it was."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest

from engine.machine.commands import CreateInstance, Rejection, ResumeInstance, SuspendInstance
from engine.runtime.changes import INSTANCES, TASKS, Watch, instance_topic
from engine.runtime.clock import FakeClock
from engine.runtime.runtime import Options, Runtime
from tests.runtime.conftest import fixture

pytestmark = pytest.mark.anyio

PATIENCE = 10.0  # seconds


@pytest.fixture
async def other(database_url: str, runtime: Runtime) -> AsyncIterator[Runtime]:
    """A second server process on the same database."""
    async with Runtime.open(database_url) as other:
        await other.deploy([fixture("user_task_plain.bpmn"), fixture("none_events.bpmn")])
        yield other


async def start(runtime: Runtime, process_id: str) -> int:
    started = await runtime.execute(CreateInstance(process_id=process_id))
    key: int = started.process_instance_key
    return key


async def begin(watch: Watch) -> None:
    """At first everything counts as changed."""
    assert await watch.next(PATIENCE) == watch.topics


async def test_a_watcher_hears_of_a_task_that_this_process_creates(still: Runtime) -> None:
    await still.deploy([fixture("user_task_plain.bpmn")])
    with still.changes.watch([TASKS]) as watch:
        await begin(watch)
        await start(still, "user_task_plain")
        assert await watch.next(PATIENCE) == {TASKS}


async def test_a_watcher_of_tasks_does_not_hear_of_instances_without_any(still: Runtime) -> None:
    await still.deploy([fixture("none_events.bpmn")])
    with still.changes.watch([TASKS, INSTANCES]) as watch:
        await begin(watch)
        await start(still, "none_events")
        assert await watch.next(PATIENCE) == {INSTANCES}


async def test_a_watcher_hears_of_what_another_process_does(runtime: Runtime, other: Runtime) -> None:
    with runtime.changes.watch([TASKS, INSTANCES]) as watch:
        await begin(watch)
        await announced(other, TASKS)
        await start(other, "user_task_plain")
        heard: frozenset[str] = frozenset()
        while heard != watch.topics:
            changed = await watch.next(PATIENCE)
            assert changed
            heard |= changed


async def test_one_instance_is_watched_and_not_the_others(still: Runtime) -> None:
    await still.deploy([fixture("user_task_plain.bpmn")])
    key = await start(still, "user_task_plain")
    with still.changes.watch([instance_topic(key)]) as watch:
        await begin(watch)
        await start(still, "user_task_plain")
        assert await watch.next(0) == set()
        await suspend_and_resume(still, key)
        assert await watch.next(PATIENCE) == {instance_topic(key)}


async def test_an_instance_that_moved_unheard_is_found_by_looking(
    still: Runtime, database_url: str, clock: FakeClock
) -> None:
    await still.deploy([fixture("user_task_plain.bpmn")])
    key = await start(still, "user_task_plain")
    with still.changes.watch([instance_topic(key)]) as watch:
        await begin(watch)
        await still.tick()
        async with Runtime.open(database_url, Options(background=False), clock) as silent:
            await suspend_and_resume(silent, key)
        await still.tick()
        assert await watch.next(PATIENCE) == {instance_topic(key)}


async def test_an_instance_that_is_deleted_counts_as_changed(still: Runtime) -> None:
    await still.deploy([fixture("none_events.bpmn")])
    key = await start(still, "none_events")
    with still.changes.watch([instance_topic(key)]) as watch:
        await begin(watch)
        await still.tick()
        await watch.next(0)
        await still.delete_instance(key)
        await watch.next(0)
        await still.tick()
        assert await watch.next(0) == {instance_topic(key)}
        await still.tick()
        assert await watch.next(0) == set()


async def test_the_other_topics_count_as_changed_now_and_then(still: Runtime, clock: FakeClock) -> None:
    with still.changes.watch([TASKS]) as watch:
        await begin(watch)
        await still.tick()
        await watch.next(0)
        clock.advance(30_000)
        await still.tick()
        assert await watch.next(0) == {TASKS}


async def test_who_begins_to_watch_while_a_batch_commits_hears_of_it(still: Runtime, database_url: str) -> None:
    await still.deploy([fixture("user_task_plain.bpmn")])
    async with await psycopg.AsyncConnection.connect(database_url) as blocker:
        await blocker.execute("LOCK TABLE user_task IN EXCLUSIVE MODE")
        starting = asyncio.create_task(start(still, "user_task_plain"))
        await held_up(database_url)
        with still.changes.watch([TASKS]) as watch:
            await begin(watch)
            await blocker.rollback()
            await starting
            assert await watch.next(PATIENCE) == {TASKS}


async def test_what_others_did_before_they_heard_of_a_watch_is_not_missed(
    still: Runtime, database_url: str, clock: FakeClock
) -> None:
    async with Runtime.open(database_url, Options(background=False), clock) as unaware:
        await unaware.deploy([fixture("user_task_plain.bpmn")])
        with still.changes.watch([TASKS]) as watch:
            await begin(watch)
            await start(unaware, "user_task_plain")
            clock.advance(1_000)
            await still.tick()
            assert await watch.next(0) == {TASKS}


async def test_everything_counts_as_changed_when_notifications_were_lost(runtime: Runtime, database_url: str) -> None:
    with runtime.changes.watch([TASKS]) as watch:
        await begin(watch)
        async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
                " AND datname = current_database()"
            )
        assert await watch.next(PATIENCE) == {TASKS}


async def test_what_somebody_publishes_reaches_the_other_process(runtime: Runtime, other: Runtime) -> None:
    with runtime.changes.watch(["models"]) as watch:
        await begin(watch)
        await announced(other, "models")
        other.changes.publish("models")
        assert await watch.next(PATIENCE) == {"models"}


async def test_closing_lets_watchers_go(runtime: Runtime) -> None:
    with runtime.changes.watch([TASKS]) as watch:
        await begin(watch)
        await runtime.release_waiting()
        assert await watch.next(PATIENCE) is None
    with runtime.changes.watch([TASKS]) as late:
        assert await late.next(PATIENCE) is None


async def test_nothing_is_told_of_a_command_that_was_refused(still: Runtime) -> None:
    with still.changes.watch([TASKS]) as watch:
        await begin(watch)
        with pytest.raises(Rejection):
            await start(still, "nowhere")
        assert await watch.next(0) == set()


async def announced(runtime: Runtime, topic: str) -> None:
    """Wait until a process knows that another one watches."""
    async with asyncio.timeout(PATIENCE):
        while topic not in runtime.changes.wanted:
            await asyncio.sleep(0.005)


async def held_up(database_url: str) -> None:
    """Wait until something in the database waits for a lock."""
    waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with (
        await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection,
        asyncio.timeout(PATIENCE),
    ):
        while not await (await connection.execute(waiting)).fetchall():
            await asyncio.sleep(0.005)


async def suspend_and_resume(runtime: Runtime, key: int) -> None:
    await runtime.execute(SuspendInstance(process_instance_key=key))
    await runtime.execute(ResumeInstance(process_instance_key=key))
