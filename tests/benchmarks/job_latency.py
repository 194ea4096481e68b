"""From the creation of a job to a waiting worker's hands, at half of the load that the machine bears.

First as much load as possible, to know how much that is; then half of it, at an even pace. The time begins when the
batch begins that creates the job, and ends when the worker has it: what lies between is the rest of the batch, COMMIT,
and the way to the worker; over REST also the answer to its long poll.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from statistics import median

import uvloop

from engine.machine.commands import CompleteJob, CreateInstance
from engine.runtime.runtime import Runtime
from tests.benchmarks import case, diagrams
from tests.benchmarks.figures import Figure, percentile
from tests.benchmarks.load import Load, windows
from tests.benchmarks.rest_load import RestLoad
from tests.benchmarks.server import Server, serving

P50, P99 = 5.0, 30.0  # milliseconds
LOCK = 60_000  # milliseconds
WORKERS = 8


class _EvenLoad:
    """Instances at an even pace, whatever becomes of them; workers that wait, and note how old their jobs are."""

    def __init__(self, runtime: Runtime, pace: float) -> None:
        self.runtime = runtime
        self.pace = pace
        self.ages: list[float] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._running = True

    async def run(self, seconds: float) -> None:
        workers = [asyncio.create_task(self._worker(f"worker {number}")) for number in range(WORKERS)]
        started, began = 0, time.perf_counter()
        while (elapsed := time.perf_counter() - began) < seconds:
            while started < elapsed * self.pace:
                self._start(self._create())
                started += 1
            await asyncio.sleep(0.001)
        self._running = False
        await asyncio.gather(*workers)
        await asyncio.gather(*self._tasks)

    def _start(self, work: object) -> None:
        task = asyncio.ensure_future(work)  # type: ignore[call-overload]
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _create(self) -> None:
        await self.runtime.execute(CreateInstance(process_id="one_task", variables={"number": 1}))

    async def _worker(self, name: str) -> None:
        while self._running:
            jobs = await self.runtime.activate_jobs("work", name, LOCK, 32, request_timeout=500)
            now = time.time() * 1000
            for job in jobs:
                self.ages.append(now - (job.deadline - LOCK))
                self._start(self._complete(job.key))

    async def _complete(self, key: int) -> None:
        await self.runtime.execute(CompleteJob(job_key=key, variables={"done": True}))


async def _in_process(url: str, options: argparse.Namespace) -> list[Figure]:
    async with Runtime.open(url) as runtime:
        await runtime.deploy([("one_task.bpmn", diagrams.ONE_TASK.read_bytes())])
        async with Load(runtime, "one_task", "work", jobs=1) as load:
            rates = await windows(lambda: load.completed, options.seconds, 1, options.warm_up)
        pace = median(rates) / 2
        even = _EvenLoad(runtime, pace)
        await even.run(options.seconds * options.repeat)
    return _figures("in one process", pace, even.ages)


async def _over_rest(server: Server, options: argparse.Namespace) -> list[Figure]:
    async with RestLoad(server, "one_task", "work") as load:
        rates = await windows(lambda: load.completed, options.seconds, 1, options.warm_up)
    pace = median(rates) / 2
    async with RestLoad(server, "one_task", "work", pace) as load:
        await asyncio.sleep(options.seconds * options.repeat)
    return _figures("over REST", pace, load.hands)


def _figures(where: str, pace: float, ages: list[float]) -> list[Figure]:
    ages = ages[len(ages) // 10 :]  # after a pause the first find everything cold
    note = f"at {pace:,.0f} instances a second; of {len(ages):,} jobs"
    p50, p99 = percentile(ages, 0.5), percentile(ages, 0.99)
    return [
        Figure(what=f"{where}, half of the jobs", value=p50, unit="ms", target=P50, at_most=True, note=note),
        Figure(what=f"{where}, 99 % of them", value=p99, unit="ms", target=P99, at_most=True),
    ]


def measure(options: argparse.Namespace) -> list[Figure]:
    with case.database() as postgres:
        figures = uvloop.run(_in_process(postgres.url, options))
    with case.database() as postgres, serving(postgres.url) as server:
        server.deploy("one_task.bpmn", diagrams.ONE_TASK.read_bytes())
        return figures + uvloop.run(_over_rest(server, options))


def main() -> int:
    return case.run(measure, __doc__)


if __name__ == "__main__":
    sys.exit(main())
