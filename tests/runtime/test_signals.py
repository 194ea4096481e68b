"""Signals reach everybody who waits now, and nobody later."""

from __future__ import annotations

import asyncio

import pytest

from engine.machine.commands import SuspendInstance
from engine.runtime.runtime import Runtime
from tests.models import model
from tests.runtime.conftest import fixture
from tests.runtime.stage import Stage

pytestmark = pytest.mark.anyio


@pytest.fixture
def stage(still: Runtime, database_url: str) -> Stage:
    return Stage(still, database_url)


async def test_a_signal_reaches_all_who_wait(stage: Stage) -> None:
    await stage.deploy("signal_catch")
    keys = [await stage.start("signal_catch") for _ in range(5)]
    await stage.signal("closed", reason="holiday")
    assert [stage.has_ended(key) for key in keys] == [True] * 5
    assert [stage.variables(key) for key in keys] == [{"reason": "holiday"}] * 5
    assert stage.leftovers() == {}


async def test_a_signal_is_not_kept_for_later(stage: Stage) -> None:
    await stage.deploy("signal_catch")
    await stage.signal("closed")
    assert not stage.has_ended(await stage.start("signal_catch"))


async def test_another_signal_reaches_nobody(stage: Stage) -> None:
    await stage.deploy("signal_catch")
    key = await stage.start("signal_catch")
    await stage.signal("opened")
    assert not stage.has_ended(key)


async def test_a_signal_starts_the_latest_version_only(stage: Stage) -> None:
    await stage.deploy("signal_start")
    name, content = fixture("signal_start.bpmn")
    await stage.runtime.deploy([(name, content.replace(b"Started by a signal", b"A signal starts it"))])
    await stage.signal("opened", door="front")
    (key,) = stage.instances("signal_start")
    assert stage.variables(key) == {"door": "front"}
    versions = stage.column(
        "SELECT d.version FROM process_instance i JOIN process_definition d ON d.key = i.process_definition_key"
    )
    assert versions == [2]


async def test_a_non_interrupting_event_takes_every_signal(stage: Stage) -> None:
    await stage.deploy("boundary_signal_non_interrupting")
    await stage.start("boundary_signal_non_interrupting")
    (name,) = stage.column("SELECT DISTINCT name FROM event_subscription")
    for _ in range(3):
        await stage.signal(name)
    assert len(await stage.jobs("handle")) == 3


async def test_what_one_instance_throws_another_catches(stage: Stage) -> None:
    thrower = model(
        '<startEvent id="start"/><intermediateThrowEvent id="throw"><signalEventDefinition signalRef="s"/>'
        '</intermediateThrowEvent><endEvent id="end"/>',
        "start -> throw -> end",
        roots='<signal id="s" name="closed"/>',
    )
    await stage.runtime.deploy([("thrower.bpmn", thrower), fixture("signal_catch.bpmn")])
    waiting = await stage.start("signal_catch")
    thrown = await stage.start("process")
    assert stage.has_ended(thrown)
    assert stage.has_ended(waiting)
    assert stage.leftovers() == {}


async def test_a_signal_to_a_thousand_instances_is_one_short_transaction_and_a_thousand_more(
    stage: Stage,
) -> None:
    await stage.deploy("signal_catch")
    for _ in range(20):
        await asyncio.gather(*[stage.start("signal_catch") for _ in range(50)])
    await stage.signal("closed")
    assert stage.running("signal_catch") == []
    assert stage.leftovers() == {}


async def test_a_suspended_instance_is_not_disturbed_by_the_others(stage: Stage) -> None:
    await stage.deploy("signal_catch")
    suspended, running = [await stage.start("signal_catch") for _ in range(2)]
    await stage.runtime.execute(SuspendInstance(process_instance_key=suspended))
    await stage.signal("closed")
    assert stage.has_ended(running)
