"""Figures about everything there is, counted no oftener than they are worth."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")

#: A figure is kept for so many times as long as it took to count it: counting takes no more of the database than 1/20.
WORTH = 20.0

#: What is counted within so many seconds is worth waiting for; otherwise the last figure is shown meanwhile.
WORTH_WAITING = 0.05

#: A page waits so many seconds for what has never been counted.
PATIENCE = 0.1


class Kept(Generic[T]):
    """What `count` answers, kept for a while.

    On a small database it is counted nearly every time, and so always true; on a large one the pages show what was
    true a few seconds ago and are as fast.
    """

    def __init__(self, count: Callable[[], Awaitable[T]]) -> None:
        self._count = count
        self._value: T | None = None
        self._took = 0.0
        self._at = float("-inf")
        self._counting: asyncio.Task[T] | None = None

    async def get(self) -> T:
        """The figure; what was counted last where counting it again takes long. Errors are those of the reader."""
        if self._value is not None and time.monotonic() - self._at < self._took * WORTH:
            return self._value
        if self._counting is None:
            self._counting = asyncio.create_task(self._count_again())
            self._counting.add_done_callback(self._done)
        if self._value is not None and self._took > WORTH_WAITING:
            return self._value
        return await asyncio.shield(self._counting)

    async def soon(self) -> T | None:
        """The figure, or None where it has never been counted and is not within PATIENCE. Counting goes on."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await self.get()
        except TimeoutError:
            return None

    async def _count_again(self) -> T:
        begin = time.monotonic()
        value = await self._count()
        self._at = time.monotonic()
        self._took = self._at - begin
        self._value = value
        return value

    def _done(self, task: asyncio.Task[T]) -> None:
        self._counting = None
        if not task.cancelled() and task.exception() is not None:
            self._at = time.monotonic()  # whoever waits is told; others see the last figure a while longer
