"""Starts that need several things: the first begins an instance, which waits for the others."""

from __future__ import annotations

import asyncio

import pytest

from engine.machine.commands import EvaluateConditionals
from engine.runtime.clock import FakeClock
from engine.runtime.runtime import Options, Runtime
from tests.models import job, loop, model
from tests.runtime.conftest import fixture
from tests.runtime.stage import HOUR, Stage

pytestmark = pytest.mark.anyio

PROCESS = "parallel_multiple_start"


@pytest.fixture
def stage(still: Runtime, database_url: str) -> Stage:
    return Stage(still, database_url)


async def pass_time(stage: Stage, milliseconds: int) -> None:
    """Let time pass, and what is due then happen."""
    clock = stage.runtime.clock
    assert isinstance(clock, FakeClock)
    clock.advance(milliseconds)
    await stage.runtime.tick()


# ---- Whatever the order ----------------------------------------------------------------------------------------------


async def test_messages_of_one_key_and_a_signal_come_together_in_one_instance(stage: Stage) -> None:
    await stage.deploy(PROCESS)
    await stage.publish("order", "A7", amount=12)
    await stage.publish("payment", "A7", paid=True)
    assert await stage.jobs("deliver") == []

    await stage.signal("open", since="nine")

    (job,) = await stage.jobs("deliver")
    assert stage.instances(PROCESS) == [job.process_instance_key]
    assert stage.variables(job.process_instance_key) == {"amount": 12, "paid": True, "since": "nine"}


async def test_other_keys_are_other_instances(stage: Stage) -> None:
    await stage.deploy(PROCESS)
    await stage.publish("order", "A7")
    await stage.publish("order", "B8")
    await stage.publish("payment", "B8", paid="B8")
    await stage.signal("open")

    (job,) = await stage.jobs("deliver")
    assert stage.variables(job.process_instance_key) == {"paid": "B8"}
    assert len(stage.instances(PROCESS)) == 2


async def test_a_signal_brings_on_all_who_wait_for_it_and_begins_no_other(stage: Stage) -> None:
    await stage.deploy(PROCESS)
    for key in ("A7", "B8", "C9"):
        await stage.publish("order", key)
        await stage.publish("payment", key)
    await stage.signal("open")

    assert len(await stage.jobs("deliver")) == 3
    assert len(stage.instances(PROCESS)) == 3


async def test_what_a_signal_begins_takes_on_the_key_of_the_first_message(stage: Stage) -> None:
    await stage.deploy(PROCESS)
    await stage.signal("open")
    (first,) = stage.instances(PROCESS)
    reached = await stage.correlate("order", "A7")
    await stage.publish("payment", "B8")
    await stage.publish("payment", "A7")

    assert reached.process_instance_key == first
    assert [job.process_instance_key for job in await stage.jobs("deliver")] == [first]
    assert len(stage.instances(PROCESS)) == 2


async def test_the_key_is_locked_until_the_instance_ends(stage: Stage) -> None:
    await stage.deploy(PROCESS)
    await stage.signal("open")
    await stage.publish("order", "A7")
    await stage.publish("order", "A7", ttl=HOUR, again=True)
    assert len(stage.instances(PROCESS)) == 1

    await stage.publish("payment", "A7")
    await stage.work("deliver")

    ended, following = stage.instances(PROCESS)
    assert stage.has_ended(ended)
    assert stage.variables(following) == {"again": True}


async def test_the_next_message_of_a_key_goes_to_the_instance_that_began_without_one(stage: Stage) -> None:
    await stage.deploy(PROCESS)
    await stage.publish("order", "A7")
    await stage.publish("order", "A7", ttl=HOUR, again=True)
    await stage.signal("open")  # the first has it ...
    await stage.signal("open")  # ... and this one is for the next
    first, second = stage.instances(PROCESS)

    await stage.cancel(first)

    assert stage.variables(second) == {"again": True}
    assert stage.running(PROCESS) == [second]


async def test_what_has_come_already_and_is_waited_for_by_nobody_piles_up_no_instances(stage: Stage) -> None:
    await stage.deploy(PROCESS)
    for _ in range(5):
        await stage.signal("open")

    assert len(stage.instances(PROCESS)) == 1


# ---- Timers and conditions ------------------------------------------------------------------------------------------


async def test_orders_wait_for_the_next_full_hour(stage: Stage) -> None:
    await stage.deploy("parallel_multiple_start_daily")
    await stage.publish("order", "A7")
    await stage.publish("order", "B8")
    assert await stage.jobs("deliver") == []

    await pass_time(stage, HOUR)

    assert len(await stage.jobs("deliver")) == 2
    assert len(stage.instances("parallel_multiple_start_daily")) == 2


async def test_hours_without_orders_let_one_instance_wait(stage: Stage) -> None:
    await stage.deploy("parallel_multiple_start_daily")
    await pass_time(stage, 5 * HOUR)
    assert len(stage.instances("parallel_multiple_start_daily")) == 1

    await stage.publish("order", "A7")

    assert len(await stage.jobs("deliver")) == 1


async def test_a_date_that_is_over_counts_as_come(stage: Stage) -> None:
    name = "parallel_multiple_start_daily"
    file, content = fixture(f"{name}.bpmn")
    await stage.runtime.deploy([(file, content.replace(b"R/PT1H", b"R1/PT1H"))])
    await pass_time(stage, 2 * HOUR)
    assert stage.instances(name) == []

    await stage.publish("order", "A7")
    await stage.publish("order", "B8")

    assert len(await stage.jobs("deliver")) == 2


async def test_a_condition_is_met_by_what_came_first(stage: Stage) -> None:
    await stage.deploy("parallel_multiple_start_condition")
    await stage.publish("order", "A7", amount=50)
    await stage.publish("order", "B8", amount=500)

    (job,) = await stage.jobs("deliver")
    assert stage.variables(job.process_instance_key) == {"amount": 500}


async def test_an_evaluation_reaches_the_instances_that_wait_for_its_condition(stage: Stage) -> None:
    await stage.deploy("parallel_multiple_start_condition")
    await stage.publish("order", "A7", amount=50)
    (waiting,) = stage.instances("parallel_multiple_start_condition")
    result = await stage.runtime.execute(EvaluateConditionals(variables={"amount": 101}))

    assert [key for _, key in result.started] == [waiting]
    assert [job.process_instance_key for job in await stage.jobs("deliver")] == [waiting]


# ---- A parallel event-based gateway ---------------------------------------------------------------------------------


async def test_behind_a_parallel_gateway_each_event_goes_its_way_in_one_instance(stage: Stage) -> None:
    await stage.deploy("event_based_gateway_parallel")
    await stage.publish("references", "Ann")
    assert await stage.work("read_references") == 1

    await stage.publish("application", "Bob")
    await stage.publish("application", "Ann")

    assert await stage.work("read_application") == 2
    anns, bobs = stage.instances("event_based_gateway_parallel")
    assert stage.has_ended(anns)
    assert not stage.has_ended(bobs)


# ---- At once, and the end ------------------------------------------------------------------------------------------


async def test_two_things_at_once_on_two_servers_are_one_instance(stage: Stage, database_url: str) -> None:
    await stage.deploy(PROCESS)
    async with Runtime.open(database_url, Options(background=False), stage.runtime.clock) as other:
        there = Stage(other, database_url)
        for key in [f"K{n}" for n in range(20)]:
            await asyncio.gather(stage.publish("order", key, ttl=HOUR), there.publish("payment", key, ttl=HOUR))
        assert len(stage.instances(PROCESS)) == 20
        await asyncio.gather(stage.signal("open"), there.signal("open"))

    assert len({job.process_instance_key for job in await stage.jobs("deliver")}) == 20
    assert len(stage.instances(PROCESS)) <= 21  # the second signal may have come when all had theirs


async def test_a_date_and_a_message_at_once_on_two_servers_are_one_instance(stage: Stage, database_url: str) -> None:
    await stage.deploy("parallel_multiple_start_daily")
    name = "parallel_multiple_start_daily"
    async with Runtime.open(database_url, Options(background=False), stage.runtime.clock) as other:
        there = Stage(other, database_url)
        for n in range(10):
            await asyncio.gather(there.publish("order", f"K{n}"), pass_time(stage, HOUR))
            await stage.runtime.tick()  # the date is passed over while the other holds its lock
            assert await stage.work("deliver") == 1
    assert len(stage.instances(name)) == 10


async def test_two_messages_for_the_one_that_waits_are_two_instances(stage: Stage) -> None:
    await stage.deploy("parallel_multiple_start_daily")
    await pass_time(stage, HOUR)
    await asyncio.gather(stage.publish("order", "A7"), stage.publish("order", "B8"))
    assert await stage.work("deliver") == 1

    await pass_time(stage, HOUR)

    assert await stage.work("deliver") == 1
    assert len(stage.instances("parallel_multiple_start_daily")) == 2


async def test_one_that_waits_is_cancelled_with_all_it_waits_for(stage: Stage) -> None:
    await stage.deploy(PROCESS)
    await stage.publish("order", "A7")
    (waiting,) = stage.instances(PROCESS)
    await stage.cancel(waiting)
    assert stage.leftovers() == {}

    await stage.signal("open")

    assert len(stage.running(PROCESS)) == 1


async def test_it_waits_through_a_restart(stage: Stage, database_url: str) -> None:
    await stage.deploy(PROCESS)
    await stage.publish("order", "A7", amount=12)
    async with Runtime.open(database_url, Options(background=False), stage.runtime.clock) as other:
        there = Stage(other, database_url)
        await there.publish("payment", "A7")
        await there.signal("open")
        assert await there.work("deliver") == 1
    assert stage.leftovers() == {}


async def test_a_looping_receive_task_takes_as_many_messages_of_a_key(stage: Stage) -> None:
    receive = '<receiveTask id="receive" messageRef="m" instantiate="true">' + loop() + "</receiveTask>"
    roots = '<message id="m" name="vote"/>'
    await stage.runtime.deploy([("votes.bpmn", model(receive + job("count"), "receive -> count", roots=roots))])
    await stage.publish("vote", "A7", items=[1, 2, 3])
    await stage.publish("vote", "B8", items=[1])
    for _ in range(2):
        await stage.publish("vote", "A7")

    assert await stage.work("count") == 2
    assert len(stage.instances("process")) == 2
    assert stage.leftovers() == {}


async def test_a_date_among_several_definitions_starts_an_instance(stage: Stage) -> None:
    timer = "<timerEventDefinition><timeCycle>R2/PT1H</timeCycle></timerEventDefinition>"
    start = f'<startEvent id="start">{timer}<signalEventDefinition signalRef="s"/></startEvent>'
    roots = '<signal id="s" name="open"/>'
    await stage.runtime.deploy([("either.bpmn", model(start + job("work"), "start -> work", roots=roots))])
    await stage.signal("open")
    await pass_time(stage, 3 * HOUR)

    assert len(stage.instances("process")) == 3
