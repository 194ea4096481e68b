"""Batch operations outlive their server, and do each item once whoever works on them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from engine.machine.commands import CreateInstance, Rejection
from engine.runtime.clock import FakeClock
from engine.runtime.runtime import Options, Runtime
from tests.runtime.stage import MINUTE, Stage

pytestmark = pytest.mark.anyio

ITEMS = "SELECT state, count(*)::integer FROM batch_operation_item WHERE batch_operation_key = %s GROUP BY 1 ORDER BY 1"
SUSPENSIONS = "SELECT count(*)::integer FROM log WHERE command = 'SuspendInstance' GROUP BY process_instance_key"
OPEN, DONE, FAILED, CANCELED = range(4)


def another(url: str, clock: FakeClock) -> Runtime:
    return Runtime.open(url, Options(background=False), clock)


@pytest.fixture
async def stage(still: Runtime, database_url: str) -> Stage:
    stage = Stage(still, database_url)
    await stage.deploy("one_task")
    return stage


async def start(stage: Stage, count: int) -> None:
    await asyncio.gather(*[stage.runtime.execute(CreateInstance(process_id="one_task")) for _ in range(count)])


async def begin(stage: Stage, type: str) -> int:
    return await stage.runtime.batch_operations.create(type, {"processDefinitionId": "one_task"})


def state(stage: Stage, key: int) -> tuple[Any, ...]:
    return stage.rows("SELECT state, total, completed, failed FROM batch_operation WHERE key = %s", key)[0]


async def test_an_operation_is_finished_by_another_server(stage: Stage, clock: FakeClock, database_url: str) -> None:
    await start(stage, 3)
    key = await begin(stage, "SUSPEND_PROCESS_INSTANCE")
    await stage.runtime.close()

    async with another(database_url, clock) as runtime:
        await runtime.tick()

    assert state(stage, key) == (3, 3, 3, 0)
    assert stage.rows(ITEMS, key) == [(DONE, 3)]


async def test_two_servers_that_work_on_one_operation_do_each_item_once(
    stage: Stage, clock: FakeClock, database_url: str
) -> None:
    await start(stage, 150)
    key = await begin(stage, "SUSPEND_PROCESS_INSTANCE")
    later = FakeClock(stage.runtime.clock.now() + MINUTE)

    async with another(database_url, later) as runtime:
        await asyncio.gather(stage.runtime.tick(), runtime.tick())
    clock.advance(2 * MINUTE)  # each leaves to the other what it has just worked on, and both clocks stood still
    await stage.runtime.tick()

    assert stage.rows(ITEMS, key) == [(DONE, 150)]
    assert stage.column(SUSPENSIONS) == [1] * 150


async def test_what_was_done_when_a_server_died_is_not_done_again(stage: Stage) -> None:
    """The server died after the item's command was durable, before it heard so."""
    await start(stage, 1)
    key = await begin(stage, "SUSPEND_PROCESS_INSTANCE")
    [item] = stage.column("SELECT item_key FROM batch_operation_item")
    await stage.runtime.batch_operations.tick()
    [processed] = stage.column("SELECT processed_at FROM batch_operation_item")
    stage.rows("UPDATE batch_operation SET state = 1, ended_at = NULL RETURNING key")

    await stage.runtime.batch_operations.tick()

    assert stage.rows("SELECT item_key, state, processed_at FROM batch_operation_item") == [(item, DONE, processed)]
    assert stage.column(SUSPENSIONS) == [1]
    assert state(stage, key) == (3, 1, 1, 0)


async def test_an_item_tells_the_reason_that_the_engine_gives(stage: Stage) -> None:
    await start(stage, 2)
    key = await begin(stage, "CANCEL_PROCESS_INSTANCE")
    first, _ = stage.instances("one_task")
    await stage.cancel(first)

    await stage.runtime.batch_operations.tick()

    assert stage.rows(ITEMS, key) == [(DONE, 1), (FAILED, 1)]
    [reason] = stage.column("SELECT error_message FROM batch_operation_item WHERE state = 2")
    assert str(first) in reason
    assert state(stage, key) == (3, 2, 1, 1)


async def test_a_suspended_operation_waits_and_a_canceled_one_leaves_the_rest_undone(stage: Stage) -> None:
    await start(stage, 2)
    key = await begin(stage, "SUSPEND_PROCESS_INSTANCE")
    operations = stage.runtime.batch_operations
    await operations.suspend(key)
    await operations.tick()
    assert stage.rows(ITEMS, key) == [(OPEN, 2)]

    await operations.cancel(key)
    await operations.tick()

    assert stage.rows(ITEMS, key) == [(CANCELED, 2)]
    assert stage.column(SUSPENSIONS) == []
    with pytest.raises(Rejection, match="it is canceled"):
        await operations.resume(key)
