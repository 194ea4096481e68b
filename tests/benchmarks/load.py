"""Load on a runtime in its own process: clients that start instances, workers that do their jobs."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Callable

import msgspec

from engine.machine.commands import CompleteJob, CreateInstance
from engine.runtime.postgres.embedded import EmbeddedPostgres
from engine.runtime.runtime import Runtime
from tests.benchmarks import case
from tests.benchmarks.figures import Figure

FAR_AHEAD = 2_000  # instances that may be open before clients wait for workers


class Load:
    """Clients and workers, until the block ends.

        async with Load(runtime, "one_task", "work", jobs=1) as load:
            rates = await windows(lambda: load.completed, seconds=5, repeat=3)

    `jobs` is how many jobs an instance has. `completed` counts jobs, `created` instances.
    """

    def __init__(
        self,
        runtime: Runtime,
        process_id: str,
        job_type: str,
        jobs: int,
        clients: int = 200,
        workers: int = 8,
        per_activation: int = 32,
    ) -> None:
        self.runtime = runtime
        self.process_id = process_id
        self.job_type = job_type
        self.jobs = jobs
        self.per_activation = per_activation
        self.created = 0
        self.completed = 0
        self._counts = (clients, workers)
        self._running = True
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Load:
        clients, workers = self._counts
        self._tasks = [asyncio.create_task(self._client()) for _ in range(clients)]
        self._tasks += [asyncio.create_task(self._worker(f"worker {number}")) for number in range(workers)]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._running = False
        await asyncio.gather(*self._tasks)

    async def _client(self) -> None:
        while self._running:
            variables = {"number": self.created, "customer": "Ada"}
            await self.runtime.execute(CreateInstance(process_id=self.process_id, variables=variables))
            self.created += 1
            while self.created * self.jobs - self.completed > FAR_AHEAD * self.jobs and self._running:
                await asyncio.sleep(0.001)

    async def _worker(self, name: str) -> None:
        """Asks for more jobs while it works on those it has, as clients do."""
        at_work: set[asyncio.Task[None]] = set()
        while self._running:
            jobs = await self.runtime.activate_jobs(
                self.job_type, name, 60_000, self.per_activation, request_timeout=500
            )
            for job in jobs:
                task = asyncio.create_task(self._complete(job.key))
                at_work.add(task)
                task.add_done_callback(at_work.discard)
        await asyncio.gather(*at_work)

    async def _complete(self, key: int) -> None:
        await self.runtime.execute(CompleteJob(job_key=key, variables={"done": True}))
        self.completed += 1


async def windows(counter: Callable[[], int], seconds: float, repeat: int, warm_up: float) -> list[float]:
    """How much a counter grows a second, over several stretches of time."""
    await asyncio.sleep(warm_up)
    rates = []
    for _ in range(repeat):
        before, began = counter(), time.perf_counter()
        await asyncio.sleep(seconds)
        rates.append((counter() - before) / (time.perf_counter() - began))
    return rates


class Effort(msgspec.Struct):
    """What commands cost, and how they were committed. Costs are microseconds of processor time for each command."""

    engine: float  # of the engine's process, the load in it included
    postgres: float
    commands: float  # in a commit
    commits: float  # a second

    def figures(self) -> list[Figure]:
        """As lines of the table."""
        how = f"{self.commands:.0f} commands a commit, {self.commits:.0f} commits a second"
        return [
            Figure(what="a command costs the engine and the load", value=self.engine, unit="µs CPU", note=how),
            Figure(what="and PostgreSQL", value=self.postgres, unit="µs CPU"),
        ]


async def throughput(
    server: EmbeddedPostgres, load: Load, options: argparse.Namespace
) -> tuple[list[float], Effort]:
    """Jobs completed a second, several times; and what each command cost."""
    loop = load.runtime.commits
    await asyncio.sleep(options.warm_up)
    commits, commands, began = loop.commits, loop.commands, time.perf_counter()
    engine, postgres = time.process_time(), case.cpu(server)
    rates = await windows(lambda: load.completed, options.seconds, options.repeat, 0)
    engine, postgres = time.process_time() - engine, case.cpu(server) - postgres
    commits, commands = loop.commits - commits, max(loop.commands - commands, 1)
    return rates, Effort(
        engine / commands * 1e6,
        postgres / commands * 1e6,
        commands / max(commits, 1),
        commits / (time.perf_counter() - began),
    )
