"""Load on a runtime in its own process: clients that start instances, workers that do their jobs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from engine.machine.commands import CompleteJob, CreateInstance
from engine.runtime.runtime import Runtime

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
    """What commands cost the engine's process, and how they were committed."""

    microseconds: float  # of processor time, for each command
    commands: float  # in a commit
    commits: float  # a second

    def __str__(self) -> str:
        return f"{self.commands:.0f} commands a commit, {self.commits:.0f} commits a second"


async def throughput(
    load: Load, seconds: float, repeat: int, warm_up: float
) -> tuple[list[float], Effort]:
    """Jobs completed a second; and what each command cost."""
    loop = load.runtime.commits
    await asyncio.sleep(warm_up)
    commits, commands, cpu, began = loop.commits, loop.commands, time.process_time(), time.perf_counter()
    rates = await windows(lambda: load.completed, seconds, repeat, 0)
    commits, commands = loop.commits - commits, max(loop.commands - commands, 1)
    cpu, elapsed = time.process_time() - cpu, time.perf_counter() - began
    return rates, Effort(cpu / commands * 1e6, commands / max(commits, 1), commits / elapsed)


async def deploy(runtime: Runtime, files: Iterable[tuple[str, bytes]]) -> Any:
    """Deploy diagrams."""
    return await runtime.deploy(list(files))
