"""What dashboards show: counts, groups and backlogs, from the rows that the engine writes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from engine.machine.commands import CancelInstance, CompleteJob, CreateInstance, FailJob
from engine.runtime.runtime import Runtime
from engine.store.search import Reader, overview
from engine.store.search.overview import InstanceCounts
from tests.models import job, loop, model

pytestmark = pytest.mark.anyio

PACK = job("pack", inside=loop())
ORDER = model(f'<startEvent id="start"/>{job("charge")}{PACK}<endEvent id="end"/>', "start -> charge -> pack -> end")


class Shop:
    """A runtime with one process and a reader of what it wrote."""

    def __init__(self, runtime: Runtime, reader: Reader) -> None:
        self.runtime = runtime
        self.reader = reader

    async def order(self, count: int = 1) -> list[int]:
        created = CreateInstance(process_id="process", variables={"items": [1, 2, 3]})
        return [(await self.runtime.execute(created)).process_instance_key for _ in range(count)]

    async def jobs(self, type: str, count: int) -> list[int]:
        found = await self.runtime.activate_jobs(type, "worker", 60_000, count, request_timeout=-1)
        return [each.key for each in found]

    async def fail(self, count: int, message: str) -> None:
        for key in await self.jobs("charge", count):
            await self.runtime.execute(FailJob(job_key=key, retries=0, message=message))

    async def definition(self) -> int:
        return (await overview.definitions(self.reader, "process"))[0].key


@pytest.fixture
async def shop(database_url: str) -> AsyncIterator[Shop]:
    async with Runtime.open(database_url) as runtime, Reader(database_url) as reader:
        await runtime.deploy([("order.bpmn", ORDER)])
        yield Shop(runtime, reader)


async def test_instances_are_counted_exactly_by_definition(shop: Shop) -> None:
    await shop.order(3)
    await shop.fail(2, "no card")
    [canceled] = await shop.order(1)
    await shop.runtime.execute(CancelInstance(process_instance_key=canceled))
    counts = {await shop.definition(): InstanceCounts(running=3, stuck=2, finished=1)}
    assert await overview.instance_counts(shop.reader) == counts


async def test_incidents_with_the_same_message_are_one_group(shop: Shop) -> None:
    await shop.order(5)
    await shop.fail(3, "no card")
    await shop.fail(2, "no money")
    groups = await overview.incident_groups(shop.reader, 10)
    assert [(each.message, each.incidents, each.instances, each.processes) for each in groups] == [
        ("no card", 3, 3, ["process"]),
        ("no money", 2, 2, ["process"]),
    ]
    assert groups[0].type == "JOB_NO_RETRIES"
    assert await overview.message_of(shop.reader, groups[1].hash) == "no money"
    assert [each.message for each in await overview.incident_groups(shop.reader, 1)] == ["no card"]


async def test_a_backlog_has_what_waits_and_what_failed_for_good(shop: Shop) -> None:
    await shop.order(4)
    await shop.fail(1, "no card")
    [done] = await shop.jobs("charge", 1)
    await shop.runtime.execute(CompleteJob(job_key=done))
    backlogs = {each.type: each for each in await overview.job_backlogs(shop.reader)}
    assert (backlogs["charge"].waiting, backlogs["charge"].failed) == (2, 1)
    assert (backlogs["pack"].waiting, backlogs["pack"].failed) == (3, 0)
    assert list(backlogs) == ["charge", "pack"]  # what failed comes first


async def test_the_flow_tells_what_started_and_ended(shop: Shop) -> None:
    first, *_ = await shop.order(3)
    await shop.runtime.execute(CancelInstance(process_instance_key=first))
    flow = await overview.flow_since(shop.reader, datetime.now(UTC) - timedelta(hours=1), 60)
    assert (sum(each.started for each in flow), sum(each.ended for each in flow)) == (3, 1)
    assert all(each.since.second == 0 for each in flow)
    assert await overview.flow_since(shop.reader, datetime.now(UTC) + timedelta(hours=1), 60) == []


async def test_of_a_loop_the_inner_instances_are_counted(shop: Shop) -> None:
    await shop.order(2)
    [done] = await shop.jobs("charge", 1)
    await shop.runtime.execute(CompleteJob(job_key=done))
    assert await overview.open_elements(shop.reader, [await shop.definition()]) == {"charge": (1, 0), "pack": (3, 0)}
    newest = {each.element_id: each for each in await overview.newest_elements(shop.reader, {}, 100)}
    assert (newest["pack"].active, newest["charge"].active, newest["charge"].completed) == (3, 1, 1)


async def test_an_element_with_an_incident_is_counted_as_that(shop: Shop) -> None:
    await shop.order(2)
    await shop.fail(1, "no card")
    assert await overview.open_elements(shop.reader, [await shop.definition()]) == {"charge": (2, 1)}
    [_, charge] = sorted(
        await overview.newest_elements(shop.reader, {}, 100), key=lambda each: each.element_id, reverse=True
    )
    assert (charge.active, charge.incidents) == (1, 1)


async def test_numbers_are_those_of_the_newest_that_match(shop: Shop) -> None:
    await shop.order(3)
    [start] = [each for each in await overview.newest_elements(shop.reader, {}, 2) if each.element_id == "start"]
    assert start.completed == 2
    assert start.average is not None
    assert await overview.newest_elements(shop.reader, {"state": "COMPLETED"}, 2) == []
