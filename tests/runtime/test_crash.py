"""Servers are killed, databases go away: what was acknowledged stays, and nothing is there by half."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from engine.machine.commands import CompleteJob, CreateInstance, PublishMessage
from engine.runtime.clock import Clock, FakeClock
from engine.runtime.errors import Unavailable
from engine.runtime.postgres.embedded import EmbeddedPostgres
from engine.runtime.runtime import Options, Runtime
from tests.outage import kill
from tests.runtime.busy_server import JOB_TYPES
from tests.runtime.conftest import fixture
from tests.runtime.consistency import assert_consistent
from tests.runtime.stage import HOUR, Stage

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
FILES = ["one_task", "ten_tasks", "call_activity", "call_activity_child", "message_catch"]


class BusyServer:
    """A process of tests/runtime/busy_server.py, and what it has acknowledged so far."""

    def __init__(self, url: str) -> None:
        self.acknowledged: dict[str, list[int]] = {"started": [], "completed": [], "published": []}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.runtime.busy_server", url],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        ready = self._line()
        assert ready.startswith("ready"), ready

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def wait_for(self, count: int) -> None:
        """Until so many commands are acknowledged."""
        for _ in range(count):
            self._note(self._line())

    def _note(self, line: str) -> None:
        what, key = line.split()
        self.acknowledged[what].append(int(key))

    def kill(self) -> None:
        """kill -9; what it had acknowledged before counts too."""
        self._process.send_signal(signal.SIGKILL)
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.endswith("\n"):
                self._note(line)
        self.clean_up()

    def clean_up(self) -> None:
        """Leave no process and no pipe behind."""
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def busy_server() -> Iterator[Callable[[str], BusyServer]]:
    """Starts servers under load; they end with the test."""
    servers: list[BusyServer] = []

    def start(url: str) -> BusyServer:
        servers.append(BusyServer(url))
        return servers[-1]

    yield start
    for server in servers:
        server.clean_up()


def assert_acknowledged(stage: Stage, acknowledged: dict[str, list[int]]) -> None:
    """Everything that was acknowledged is in the rows."""
    assert set(acknowledged["started"]) <= set(stage.column("SELECT key FROM process_instance"))
    assert set(acknowledged["completed"]) <= set(stage.column("SELECT key FROM job WHERE state = 3"))
    assert set(acknowledged["published"]) <= set(
        stage.column("SELECT key FROM message UNION SELECT message_key FROM correlated_message")
    )


async def finish(stage: Stage) -> None:
    """A later server carries on: locks of dead workers time out, and everything comes to its end."""
    clock = stage.runtime.clock
    assert isinstance(clock, FakeClock)
    clock.advance(2 * HOUR)
    await stage.runtime.tick()
    orders = [stage.variables(key)["orderId"] for key in stage.running("message_catch")]
    await asyncio.gather(*[stage.publish("payment_received", order) for order in orders])
    while sum([await stage.work(type) for type in JOB_TYPES]):
        pass


@pytest.fixture
async def later(durable_postgres: EmbeddedPostgres) -> AsyncIterator[Stage]:
    """A server on the same database, on which the crashed one had deployed its processes."""
    clock = FakeClock(Clock().now())
    async with Runtime.open(durable_postgres.url, Options(background=False), clock) as runtime:
        await runtime.deploy([fixture(f"{name}.bpmn") for name in FILES])
        yield Stage(runtime, durable_postgres.url)


@pytest.mark.parametrize("after", [100, 600])
async def test_a_killed_server_has_lost_nothing_and_done_nothing_by_half(
    later: Stage, busy_server: Callable[[str], BusyServer], after: int
) -> None:
    server = busy_server(later.url)
    server.wait_for(after)
    server.kill()
    assert_acknowledged(later, server.acknowledged)
    assert await assert_consistent(later.runtime) > 0
    await finish(later)
    assert later.column("SELECT count(*) FROM process_instance WHERE ended_at IS NULL") == [0]
    assert later.leftovers() == {}
    await assert_consistent(later.runtime)


async def test_two_servers_killed_one_after_the_other(
    later: Stage, busy_server: Callable[[str], BusyServer]
) -> None:
    servers = [busy_server(later.url), busy_server(later.url)]
    for server in servers:
        server.wait_for(200)
        server.kill()
    for server in servers:
        assert_acknowledged(later, server.acknowledged)
    await assert_consistent(later.runtime)
    await finish(later)
    assert later.leftovers() == {}
    await assert_consistent(later.runtime)


# ---- Two servers, one instance -----------------------------------------------------------------------------------


async def test_two_servers_work_on_the_branches_of_one_instance(database_url: str) -> None:
    async with Runtime.open(database_url) as one, Runtime.open(database_url) as other:
        stage = Stage(one, database_url)
        await stage.deploy("multi_instance_parallel")
        items = list(range(200))
        key = await stage.start("multi_instance_parallel", items=items)
        done = await asyncio.gather(
            *[complete_all(runtime, 200, name) for runtime, name in ((one, "one"), (other, "other")) * 2]
        )
        assert sum(done) == 200
        assert stage.has_ended(key)
        assert stage.variables(key)["results"] == [item * 2 for item in items]
        assert {name for (name,) in stage.rows("SELECT DISTINCT worker FROM job")} == {"one", "other"}
        await assert_consistent(one)


async def complete_all(runtime: Runtime, most: int, worker: str) -> int:
    """Work until there is nothing left; answers how many jobs."""
    done = 0
    while done < most:
        jobs = await runtime.activate_jobs("work", worker, HOUR, max_jobs=5, request_timeout=200)
        if not jobs:
            break
        for job in jobs:
            result = int(job.variables["item"]) * 2
            await runtime.execute(CompleteJob(job_key=job.key, variables={"result": result}))
            done += 1
    return done


# ---- The database goes away ----------------------------------------------------------------------------------------


async def test_a_database_that_comes_back_is_used_again(durable_postgres: EmbeddedPostgres) -> None:
    """PostgreSQL is killed under load and started again: errors meanwhile, then everything goes on by itself."""
    url = durable_postgres.url
    async with Runtime.open(url) as runtime:
        stage = Stage(runtime, url)
        await stage.deploy("one_task", "message_catch")
        acknowledged: list[int] = []
        load = [asyncio.create_task(start_until_unavailable(runtime, acknowledged)) for _ in range(8)]
        while len(acknowledged) < 200:
            await asyncio.sleep(0.01)
        kill(durable_postgres)
        await asyncio.gather(*load)
        with pytest.raises(Unavailable):
            await runtime.execute(CreateInstance(process_id="one_task"))

        with EmbeddedPostgres(durable_postgres.directory):
            started = await patiently(runtime, CreateInstance(process_id="one_task"))
            assert set(acknowledged) <= set(stage.column("SELECT key FROM process_instance"))
            await assert_consistent(runtime)
            jobs = await runtime.activate_jobs("work", "worker", HOUR, max_jobs=10_000)
            assert started in {job.process_instance_key for job in jobs}
            await patiently(runtime, PublishMessage(name="payment_received", time_to_live=HOUR))


async def test_a_server_stops_while_its_database_is_away(durable_postgres: EmbeddedPostgres) -> None:
    async with Runtime.open(durable_postgres.url) as runtime:
        kill(durable_postgres)
        with pytest.raises(Unavailable):
            await runtime.execute(CreateInstance(process_id="one_task"))


async def start_until_unavailable(runtime: Runtime, acknowledged: list[int]) -> None:
    while True:
        try:
            started = await runtime.execute(CreateInstance(process_id="one_task"))
        except Unavailable:
            return
        acknowledged.append(started.process_instance_key)


async def patiently(runtime: Runtime, command: CreateInstance | PublishMessage) -> int:
    """As a client would: again, until the service is there."""
    async with asyncio.timeout(20):
        while True:
            try:
                result = await runtime.execute(command)
            except Unavailable:
                await asyncio.sleep(0.05)
            else:
                return getattr(result, "process_instance_key", 0)
