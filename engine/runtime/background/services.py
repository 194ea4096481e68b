"""Background services: one start/stop contract for everything that happens without a command.

A service has a name and a `tick`: do all that is due now, then say when to look again. The group runs each in a task
of its own, looks at least every second, and at once when somebody calls `wake`. A tick that fails is logged and tried
again with growing pauses; it never ends the service. Where a group is not started nothing runs by itself, and its
`tick` does a round at somebody's word (`Options.background`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Protocol

from engine.runtime.clock import Clock
from engine.runtime.errors import Unavailable

logger = logging.getLogger(__name__)

LONGEST_PAUSE = 1_000  # milliseconds; a lost notification delays things by no more than this
LONGEST_BACK_OFF = 30_000  # milliseconds


class Service(Protocol):
    """Something that runs beside the commands."""

    name: str

    async def tick(self) -> int | None:
        """Do what is due now; answer when something is due next (milliseconds since the epoch), None: not known."""
        ...


class ServiceGroup:
    """Runs services from `start` to `stop`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._services: list[Service] = []
        self._wakes: dict[str, asyncio.Event] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def add(self, service: Service) -> None:
        """Before `start`."""
        self._services.append(service)
        self._wakes[service.name] = asyncio.Event()

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._run(each), name=each.name) for each in self._services]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    def wake(self, name: str) -> None:
        """Let a service look now instead of when it wanted to."""
        self._wakes[name].set()

    async def tick(self) -> None:
        """One round over all services, one after the other, as a test with its own clock wants it."""
        for service in self._services:
            await service.tick()

    async def _run(self, service: Service) -> None:
        wake = self._wakes[service.name]
        failures = 0
        while True:
            wake.clear()
            pause: float = LONGEST_PAUSE
            try:
                due = await service.tick()
                failures = 0
                if due is not None:
                    pause = min(max(due - self._clock.now(), 1), LONGEST_PAUSE)
            except Unavailable as error:
                logger.info("%s waits for the database: %s", service.name, error)
            except Exception:
                failures += 1
                pause = min(LONGEST_PAUSE * 2**failures, LONGEST_BACK_OFF)
                logger.exception("%s failed and is tried again in %d s", service.name, pause // 1000)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause / 1000):
                    await wake.wait()
