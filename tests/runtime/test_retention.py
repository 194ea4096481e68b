"""What has ended is forgotten, by age or at somebody's word, and nothing else is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from engine.machine.commands import (
    CompleteUserTask,
    CreateInstance,
    EvaluateDecision,
    FailJob,
    Rejection,
    ResolveIncident,
    UpdateJob,
)
from engine.runtime.background.retention import PORTION
from engine.runtime.clock import FakeClock
from engine.runtime.runtime import Options, Runtime
from engine.store.tables import metadata
from tests.models import definitions, flows
from tests.runtime.conftest import fixture
from tests.runtime.stage import HOUR, Stage

pytestmark = pytest.mark.anyio

DAY = 24 * HOUR

#: A process in which there is something of everything that is kept.
CLAIM = definitions(
    f"""
    <message id="m" name="papers"><extensionElements>
      <zeebe:subscription correlationKey="=claim"/></extensionElements></message>
    <process id="claim" isExecutable="true">
      <startEvent id="start"/>
      <serviceTask id="check"><extensionElements><zeebe:taskDefinition type="check"/></extensionElements></serviceTask>
      <businessRuleTask id="decide"><extensionElements>
        <zeebe:calledDecision decisionId="discount" resultVariable="discount"/></extensionElements></businessRuleTask>
      <userTask id="look"><extensionElements><zeebe:userTask/></extensionElements></userTask>
      <intermediateCatchEvent id="papers"><messageEventDefinition messageRef="m"/></intermediateCatchEvent>
      <callActivity id="pay"><extensionElements>
        <zeebe:calledElement processId="none_events"/></extensionElements></callActivity>
      <endEvent id="end"/>
      {flows("start -> check -> decide -> look -> papers -> pay -> end")}
    </process>"""
)


#: A parent that goes on after what it has called.
CALLER = definitions(
    f"""
    <process id="call_and_wait" isExecutable="true">
      <startEvent id="start"/>
      <callActivity id="call"><extensionElements>
        <zeebe:calledElement processId="none_events"/></extensionElements></callActivity>
      <userTask id="wait"><extensionElements><zeebe:userTask/></extensionElements></userTask>
      {flows("start -> call -> wait")}
    </process>"""
)


@pytest.fixture
async def stage(database_url: str, clock: FakeClock) -> AsyncIterator[Stage]:
    """A server that keeps what has ended for thirty days."""
    runtime = Runtime.open(database_url, Options(background=False, history_kept=30 * DAY), clock)
    async with runtime:
        own = [("claim.bpmn", CLAIM), ("caller.bpmn", CALLER)]
        await runtime.deploy([*own, fixture("discount.dmn"), fixture("none_events.bpmn")])
        yield Stage(runtime, database_url)


def counts(stage: Stage) -> dict[str, int]:
    """How many rows there are in each table."""
    return {table: stage.count(table) for table in metadata.tables}


async def claim(stage: Stage, number: str) -> int:
    """An instance from its beginning to its end, with a failed attempt at its job."""
    execute = stage.runtime.execute
    key = await stage.start("claim", claim=number, orders=12, amount=1200)
    (job,) = await stage.jobs("check")
    await execute(FailJob(job_key=job.key, retries=0, message="No answer"))
    (incident,) = stage.column("SELECT key FROM incident WHERE ended_at IS NULL")
    await execute(UpdateJob(job_key=job.key, retries=1))
    await execute(ResolveIncident(incident_key=incident))
    await stage.work("check")
    (task,) = stage.column("SELECT key FROM user_task WHERE ended_at IS NULL")
    await execute(CompleteUserTask(user_task_key=task))
    await stage.publish("papers", number)
    assert stage.has_ended(key)
    return key


# ---- At somebody's word ----------------------------------------------------------------------------------------------


async def test_an_instance_goes_with_all_that_is_kept_of_it_and_of_what_it_called(stage: Stage) -> None:
    await claim(stage, "1")
    before = counts(stage)
    key = await claim(stage, "2")
    more = {table for table, count in counts(stage).items() if count > before[table]}
    assert more >= {"process_instance", "job_attempt", "incident", "decision_instance", "correlated_message", "log"}

    await stage.runtime.delete_instance(key)
    assert counts(stage) == before


async def test_what_runs_is_not_deleted(stage: Stage) -> None:
    key = await stage.start("claim", claim="1")
    with pytest.raises(Rejection, match=f"'{key}', but it has not ended; cancel it first") as refusal:
        await stage.runtime.delete_instance(key)
    assert refusal.value.kind == "INVALID_STATE"


async def test_what_is_not_there_is_not_deleted(stage: Stage) -> None:
    with pytest.raises(Rejection, match="no such process instance was found") as refusal:
        await stage.runtime.delete_instance(42)
    assert refusal.value.kind == "NOT_FOUND"


async def test_all_that_match_and_have_ended_are_deleted_as_a_batch(stage: Stage) -> None:
    ended = [await stage.start("none_events") for _ in range(3)]
    await stage.start("claim", claim="1")
    operations = stage.runtime.batch_operations
    key = await operations.create("DELETE_PROCESS_INSTANCE", {"processDefinitionId": {"$in": ["none_events", "claim"]}})
    await stage.runtime.tick()

    [done] = stage.rows("SELECT state, total, completed, failed FROM batch_operation WHERE key = %s", key)
    assert done == (3, 3, 3, 0)
    assert stage.column("SELECT item_key FROM batch_operation_item WHERE state = 1 ORDER BY 1") == ended
    assert stage.instances("none_events") == []
    assert len(stage.instances("claim")) == 1


async def test_two_who_delete_the_same_do_it_once(stage: Stage) -> None:
    key = await stage.start("none_events")
    delete = stage.runtime.delete_instance
    first, second = sorted(map(str, await asyncio.gather(delete(key), delete(key), return_exceptions=True)))
    assert "no such process instance" in first
    assert second == "None"


# ---- By age ----------------------------------------------------------------------------------------------------------


async def test_what_ended_long_ago_is_forgotten(stage: Stage, clock: FakeClock) -> None:
    before = counts(stage)
    await claim(stage, "1")
    clock.advance(29 * DAY)
    await stage.runtime.tick()
    assert len(stage.instances("claim")) == 1

    clock.advance(DAY + HOUR)
    await stage.runtime.tick()
    left = counts(stage)
    assert {table: count - before[table] for table, count in left.items() if count != before[table]} == {}


async def test_what_a_running_instance_called_is_kept(stage: Stage, clock: FakeClock) -> None:
    parent = await stage.start("call_and_wait")
    (child,) = stage.instances("none_events")
    clock.advance(31 * DAY)
    await stage.runtime.tick()
    assert stage.instances("none_events") == [child]

    await stage.cancel(parent)
    clock.advance(31 * DAY)
    await stage.runtime.tick()
    assert stage.count("process_instance") == 0


async def test_however_much_there_is_is_forgotten_in_portions(stage: Stage, clock: FakeClock) -> None:
    create = CreateInstance(process_id="none_events")
    await asyncio.gather(*[stage.runtime.execute(create) for _ in range(2 * PORTION + 1)])
    clock.advance(31 * DAY)
    portions = 0
    while left := stage.count("process_instance"):
        await stage.runtime.tick()
        clock.advance(10_000)  # it has rested
        portions += 1
        assert stage.count("process_instance") == max(left - PORTION, 0)
    assert portions == 3


async def test_decisions_and_batch_operations_are_forgotten_too(stage: Stage, clock: FakeClock) -> None:
    before = counts(stage)
    evaluate = EvaluateDecision(decision_id="discount", variables={"orders": 1, "amount": 10})
    await stage.runtime.execute(evaluate)
    await stage.start("none_events")
    await stage.runtime.batch_operations.create("DELETE_PROCESS_INSTANCE", {"processDefinitionId": "none_events"})
    await stage.runtime.tick()
    assert stage.count("batch_operation_item") == 1

    clock.advance(31 * DAY)
    await stage.runtime.tick()
    assert counts(stage) == before


async def test_two_servers_forget_side_by_side(stage: Stage, clock: FakeClock, database_url: str) -> None:
    for _ in range(5):
        await stage.start("none_events")
    clock.advance(31 * DAY)
    async with Runtime.open(database_url, stage.runtime.options, clock) as other:
        await asyncio.gather(stage.runtime.tick(), other.tick())
    assert stage.count("process_instance") == 0


async def test_nothing_is_forgotten_unless_that_is_wanted(still: Runtime, clock: FakeClock, database_url: str) -> None:
    stage = Stage(still, database_url)
    await stage.deploy("none_events")
    await stage.start("none_events")
    clock.advance(10_000 * DAY)
    await still.tick()
    assert stage.count("process_instance") == 1
