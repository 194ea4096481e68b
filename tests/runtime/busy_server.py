"""A server process under load, for tests that kill it: `python -m tests.runtime.busy_server URL`.

Every command is reported on standard output as soon as it is acknowledged, and not before: a line of what happened
and the key of what it happened to. It goes on until it is killed, or its input is closed.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import sys

from engine.machine.commands import CompleteJob, CreateInstance, PublishMessage
from engine.runtime.runtime import Runtime

STARTERS, SENDERS = 12, 4
JOB_TYPES = ("work", "step", "child_work", "after")
HOUR = 3_600_000


def report(what: str, key: int) -> None:
    """In one write, so that a line is whole or not there."""
    os.write(1, f"{what} {key}\n".encode())


async def start(runtime: Runtime) -> None:
    """Processes that wait for workers, and processes that call others."""
    for process_id in itertools.cycle(["one_task", "call_activity", "ten_tasks"]):
        started = await runtime.execute(CreateInstance(process_id=process_id))
        report("started", started.process_instance_key)


async def send(runtime: Runtime, name: str) -> None:
    """Instances that wait for a message, and the message, in turns before and after."""
    for number in itertools.count():
        order = f"{name}-{number}"
        create = CreateInstance(process_id="message_catch", variables={"orderId": order})
        publish = PublishMessage(name="payment_received", correlation_key=order, time_to_live=HOUR)
        if number % 2:
            report("published", (await runtime.execute(publish)).message_key)
        report("started", (await runtime.execute(create)).process_instance_key)
        if not number % 2:
            report("published", (await runtime.execute(publish)).message_key)


async def work(runtime: Runtime, type: str) -> None:
    """A worker that completes what it gets."""
    while True:
        for job in await runtime.activate_jobs(type, "busy", timeout=HOUR, max_jobs=10):
            await runtime.execute(CompleteJob(job_key=job.key, variables={"done": True}))
            report("completed", job.key)


async def main(url: str) -> None:
    async with Runtime.open(url) as runtime:
        report("ready", os.getpid())
        name = str(os.getpid())
        loads = [
            *(start(runtime) for _ in range(STARTERS)),
            *(send(runtime, f"{name}-{number}") for number in range(SENDERS)),
            *(work(runtime, type) for type in JOB_TYPES for _ in range(2)),
        ]
        tasks = [asyncio.ensure_future(load) for load in loads]
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
