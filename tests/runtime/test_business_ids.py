"""Business ids: given at the start or later, once; where they are to be unique, to one running instance at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from engine.machine.commands import AssignBusinessId, CompleteJob, CreateInstance, FailJob, Rejection
from engine.runtime.runtime import Options, Runtime
from tests.runtime.stage import Stage

pytestmark = pytest.mark.anyio


@pytest.fixture
def stage(still: Runtime, database_url: str) -> Stage:
    return Stage(still, database_url)


@pytest.fixture
async def unique(database_url: str) -> AsyncIterator[Stage]:
    """A runtime on which business ids are unique."""
    async with Runtime.open(database_url, Options(background=False, unique_business_id=True)) as runtime:
        yield Stage(runtime, database_url)


def order(business_id: str = "order-1", process_id: str = "one_task") -> CreateInstance:
    return CreateInstance(process_id=process_id, business_id=business_id)


async def test_a_business_id_is_free_for_all_unless_it_is_to_be_unique(stage: Stage) -> None:
    await stage.deploy("one_task")
    for _ in range(2):
        await stage.runtime.execute(order())
    assert len(stage.instances("one_task")) == 2


async def test_a_business_id_is_unique_among_the_running_instances_of_a_process(unique: Stage) -> None:
    await unique.deploy("one_task", "ten_tasks")
    await unique.runtime.execute(order())
    await unique.runtime.execute(order("order-2"))
    await unique.runtime.execute(order(process_id="ten_tasks"))
    with pytest.raises(Rejection, match=r"business id 'order-1'.*'one_task'") as refused:
        await unique.runtime.execute(order())
    assert refused.value.kind == "ALREADY_EXISTS"


@pytest.mark.parametrize("ending", ["completed", "cancelled"])
async def test_a_business_id_is_free_again_when_its_instance_has_ended(unique: Stage, ending: str) -> None:
    await unique.deploy("one_task")
    started = await unique.runtime.execute(order())
    if ending == "completed":
        await unique.work("work")
    else:
        await unique.cancel(started.process_instance_key)
    await unique.runtime.execute(order())
    assert len(unique.instances("one_task")) == 2


async def test_of_equal_business_ids_at_once_one_is_started(unique: Stage, database_url: str) -> None:
    await unique.deploy("one_task")
    async with Runtime.open(database_url, Options(unique_business_id=True)) as other:
        commands = [runtime.execute(order()) for runtime in (unique.runtime, other) * 10]
        answers = await asyncio.gather(*commands, return_exceptions=True)
    assert sum(isinstance(answer, Rejection) for answer in answers) == 19
    assert len(unique.instances("one_task")) == 1


async def test_a_start_that_is_refused_does_not_use_up_its_business_id(unique: Stage) -> None:
    await unique.deploy("message_start")
    for _ in range(2):
        with pytest.raises(Rejection, match="none start event"):
            await unique.runtime.execute(order(process_id="message_start"))
    assert unique.count("business_id") == 0


# ---- Business ids that are assigned later ----------------------------------------------------------------------------


def assignment(key: int, business_id: str = "order-1") -> AssignBusinessId:
    return AssignBusinessId(process_instance_key=key, business_id=business_id)


async def test_a_running_instance_is_given_a_business_id_once(stage: Stage) -> None:
    await stage.deploy("one_task")
    key = await stage.start("one_task")
    await stage.runtime.execute(assignment(key))
    await stage.runtime.execute(assignment(key))
    with pytest.raises(Rejection, match="it has 'order-1', which never changes") as refused:
        await stage.runtime.execute(assignment(key, "order-2"))
    assert refused.value.kind == "INVALID_STATE"
    assert stage.column("SELECT business_id FROM process_instance") == ["order-1"]
    (job,) = await stage.jobs("work")
    assert job.business_id == "order-1"


async def test_a_called_instance_is_given_none(stage: Stage) -> None:
    await stage.deploy("call_activity", "call_activity_child")
    await stage.start("call_activity", amount=1)
    (called,) = stage.instances("call_activity_child")
    with pytest.raises(Rejection, match="a parent process instance created it"):
        await stage.runtime.execute(assignment(called))


async def test_what_is_assigned_is_unique_too(unique: Stage) -> None:
    await unique.deploy("one_task")
    taken, key = (await unique.runtime.execute(order())).process_instance_key, await unique.start("one_task")
    with pytest.raises(Rejection, match=r"business id 'order-1'.*'one_task'") as refused:
        await unique.runtime.execute(assignment(key))
    assert refused.value.kind == "ALREADY_EXISTS"

    await unique.cancel(taken)
    await unique.runtime.execute(assignment(key))

    with pytest.raises(Rejection, match="another one has it"):
        await unique.runtime.execute(order())
    await unique.cancel(key)
    assert unique.count("business_id") == 0


async def test_an_assignment_that_is_refused_does_not_use_up_the_business_id(unique: Stage) -> None:
    await unique.deploy("one_task")
    key = (await unique.runtime.execute(order())).process_instance_key
    with pytest.raises(Rejection, match="never changes"):
        await unique.runtime.execute(assignment(key, "order-2"))
    await unique.runtime.execute(order("order-2"))
    assert unique.count("business_id") == 2


async def test_of_two_that_are_given_the_same_at_once_one_has_it(unique: Stage, database_url: str) -> None:
    await unique.deploy("one_task")
    keys = [await unique.start("one_task") for _ in range(10)]
    async with Runtime.open(database_url, Options(unique_business_id=True)) as other:
        runtimes = (unique.runtime, other) * 5
        commands = [runtime.execute(assignment(key)) for runtime, key in zip(runtimes, keys, strict=True)]
        answers = await asyncio.gather(*commands, return_exceptions=True)
    assert sum(isinstance(answer, Rejection) for answer in answers) == 9
    assert unique.column("SELECT count(*) FROM process_instance WHERE business_id = 'order-1'") == [1]


async def test_what_comes_twice_at_once_is_the_same_business_id(unique: Stage) -> None:
    await unique.deploy("one_task")
    key = await unique.start("one_task")
    await asyncio.gather(*[unique.runtime.execute(assignment(key)) for _ in range(2)])
    assert unique.column("SELECT business_id FROM process_instance") == ["order-1"]
    assert unique.count("business_id") == 1


# ---- Business ids that a worker brings -------------------------------------------------------------------------------


async def test_a_worker_gives_the_business_id_as_it_completes_a_job(unique: Stage) -> None:
    await unique.deploy("ten_tasks")
    await unique.start("ten_tasks")
    (first,) = await unique.jobs("step")
    await unique.runtime.execute(CompleteJob(job_key=first.key, business_id="order-1"))
    (second,) = await unique.jobs("step")
    assert second.business_id == "order-1"
    assert unique.column("SELECT business_id FROM process_instance") == ["order-1"]
    with pytest.raises(Rejection, match="another one has it"):
        await unique.runtime.execute(order(process_id="ten_tasks"))

    with pytest.raises(Rejection, match="never changes"):
        await unique.runtime.execute(CompleteJob(job_key=second.key, business_id="order-2"))
    await unique.runtime.execute(CompleteJob(job_key=second.key, business_id="order-1"))
    assert unique.count("business_id") == 1


async def test_a_job_stays_open_whose_business_id_is_taken(unique: Stage) -> None:
    await unique.deploy("one_task")
    taken, key = (await unique.runtime.execute(order())).process_instance_key, await unique.start("one_task")
    job = next(job for job in await unique.jobs("work") if job.process_instance_key == key)
    with pytest.raises(Rejection, match="another one has it"):
        await unique.runtime.execute(CompleteJob(job_key=job.key, business_id="order-1"))

    await unique.cancel(taken)
    await unique.runtime.execute(CompleteJob(job_key=job.key, business_id="order-1"))

    assert unique.running("one_task") == []
    assert unique.count("business_id") == 0


async def test_a_business_id_that_is_free_lets_none_through_that_is_taken(unique: Stage) -> None:
    """Both come at once for one instance, and the first one for a job that cannot be completed."""
    await unique.deploy("one_task")
    await unique.runtime.execute(order("order-2"))
    key = await unique.start("one_task")
    job = next(job for job in await unique.jobs("work") if job.process_instance_key == key)
    await unique.runtime.execute(FailJob(job_key=job.key, retries=0))
    commands = CompleteJob(job_key=job.key, business_id="order-1"), assignment(key, "order-2")
    failed, taken = await asyncio.gather(*map(unique.runtime.execute, commands), return_exceptions=True)
    assert "resolve the incident first" in str(failed)
    assert "another one has it" in str(taken)
    assert unique.column("SELECT business_id FROM business_id") == ["order-2"]
