"""A start that is repeated starts nothing twice, whoever repeats it and when."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from engine.machine.commands import CreateInstance, Rejection
from engine.runtime.background.upkeep import KEYS_KEPT
from engine.runtime.clock import FakeClock
from engine.runtime.runtime import Runtime
from tests.runtime.stage import HOUR, Stage

pytestmark = pytest.mark.anyio


@pytest.fixture
def stage(still: Runtime, database_url: str) -> Stage:
    return Stage(still, database_url)


def start(key: str | None = "k-1", **variables: object) -> CreateInstance:
    return CreateInstance(process_id="one_task", variables=variables, idempotency_key=key)


async def test_a_repeat_gets_the_first_answer_and_starts_nothing(stage: Stage) -> None:
    await stage.deploy("one_task")
    first = await stage.runtime.execute(start(amount=12))
    assert await stage.runtime.execute(start(amount=12)) == first
    assert stage.instances("one_task") == [first.process_instance_key]


async def test_the_order_in_which_variables_are_written_does_not_matter(stage: Stage) -> None:
    await stage.deploy("one_task")
    first = await stage.runtime.execute(start(a=1, b={"c": 2, "d": 3}))
    assert await stage.runtime.execute(start(b={"d": 3, "c": 2}, a=1)) == first


async def test_another_request_under_the_same_key_is_refused(stage: Stage) -> None:
    await stage.deploy("one_task")
    await stage.runtime.execute(start(amount=12))
    with pytest.raises(Rejection, match=r"'k-1' belongs to another request") as refused:
        await stage.runtime.execute(start(amount=13))
    assert refused.value.kind == "ALREADY_EXISTS"
    assert len(stage.instances("one_task")) == 1


async def test_other_keys_and_no_key_start_anew(stage: Stage) -> None:
    await stage.deploy("one_task")
    for key in ("k-1", "k-2", None, None):
        await stage.runtime.execute(start(key))
    assert len(stage.instances("one_task")) == 4


async def test_a_repeat_after_the_instance_has_ended_gets_the_first_answer(stage: Stage) -> None:
    await stage.deploy("one_task")
    first = await stage.runtime.execute(start())
    await stage.work("work")
    assert await stage.runtime.execute(start()) == first
    assert stage.running("one_task") == []


async def test_a_repeat_after_a_new_version_gets_the_first_answer(stage: Stage) -> None:
    await stage.deploy("one_task")
    first = await stage.runtime.execute(start())
    name, content = "one_task.bpmn", _changed("one_task")
    await stage.runtime.deploy([(name, content)])
    assert await stage.runtime.execute(start()) == first


def _changed(name: str) -> bytes:
    from tests.runtime.conftest import fixture

    return fixture(f"{name}.bpmn")[1].replace(b"</bpmn:documentation>", b" (2)</bpmn:documentation>")


async def test_a_start_that_is_refused_does_not_use_up_its_key(stage: Stage) -> None:
    with pytest.raises(Rejection):
        await stage.runtime.execute(start())
    await stage.deploy("one_task", "message_start")
    refused = CreateInstance(process_id="message_start", idempotency_key="k-2")
    with pytest.raises(Rejection, match="none start event"):
        await stage.runtime.execute(refused)
    assert stage.count("idempotency_key") == 0
    await stage.runtime.execute(start())
    await stage.runtime.execute(start("k-2"))


async def test_a_key_is_forgotten_after_a_week(stage: Stage, clock: FakeClock) -> None:
    await stage.deploy("one_task")
    await stage.runtime.execute(start())
    clock.advance(KEYS_KEPT - 1)
    await stage.runtime.tick()
    await stage.runtime.execute(start())
    assert len(stage.instances("one_task")) == 1
    clock.advance(HOUR)
    await stage.runtime.tick()
    await stage.runtime.execute(start())
    assert len(stage.instances("one_task")) == 2


async def test_repeats_that_come_at_once_are_one_start(stage: Stage) -> None:
    await stage.deploy("one_task")
    answers = await asyncio.gather(*[stage.runtime.execute(start(amount=12)) for _ in range(50)])
    assert [answer.process_instance_key for answer in answers] == stage.instances("one_task") * 50


@pytest.fixture
async def two_servers(database_url: str) -> AsyncIterator[tuple[Runtime, Runtime]]:
    async with Runtime.open(database_url) as one, Runtime.open(database_url) as other:
        yield one, other


async def test_repeats_that_come_at_once_to_two_servers_are_one_start(
    two_servers: tuple[Runtime, Runtime], database_url: str
) -> None:
    stage = Stage(two_servers[0], database_url)
    await stage.deploy("one_task")

    async def repeated(number: int) -> None:
        commands = [runtime.execute(start(f"k-{number}")) for runtime in two_servers * 3]
        assert len({answer.process_instance_key for answer in await asyncio.gather(*commands)}) == 1

    await asyncio.gather(*map(repeated, range(50)))
    assert len(stage.instances("one_task")) == 50
