"""Background services begin, are woken, and end."""

from __future__ import annotations

import asyncio

import pytest

from engine.runtime.background.services import ServiceGroup
from engine.runtime.clock import FakeClock

pytestmark = pytest.mark.anyio

PATIENCE = 5.0  # seconds after which a test says that something hangs


class Idle:
    """A service that has nothing to do."""

    name = "idle"

    def __init__(self) -> None:
        self.ticks = 0

    async def tick(self) -> None:
        self.ticks += 1


@pytest.mark.parametrize("turns", range(6))
async def test_a_service_that_is_just_waking_up_ends(turns: int) -> None:
    """However far it has come with waking up, in turns of the event loop, when the group is stopped."""
    group, idle = ServiceGroup(FakeClock()), Idle()
    group.add(idle)
    group.start()
    while not idle.ticks:
        await asyncio.sleep(0)
    await turn(3)
    group.wake("idle")
    await turn(turns)
    async with asyncio.timeout(PATIENCE):
        await group.stop()


async def turn(times: int) -> None:
    for _ in range(times):
        await asyncio.sleep(0)
