"""The figures that the dashboard and the definitions share, counted once for all who look."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from engine.store.search import overview
from engine.store.search.overview import Flow
from engine.store.search.reader import Reader
from web.operations.kept import Kept

T = TypeVar("T")

#: The dashboard shows this many steps of so many seconds, and the largest groups of incidents.
STEPS = 60
STEP = 60
GROUPS = 8


class Figures:
    """What is counted over everything there is, for one server."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._turn = asyncio.Semaphore(1)  # what is counted leaves the other connections to the pages
        self.counts = self._kept(lambda: overview.instance_counts(reader))
        self.groups = self._kept(lambda: overview.incident_groups(reader, GROUPS))
        self.backlogs = self._kept(lambda: overview.job_backlogs(reader))
        self.flow = self._kept(self._flow)
        self._elements: dict[tuple[int, ...], Kept[dict[str, tuple[int, int]]]] = {}

    def _kept(self, count: Callable[[], Awaitable[T]]) -> Kept[T]:
        async def in_turn() -> T:
            async with self._turn:
                return await count()

        return Kept(in_turn)

    async def open_elements(self, keys: tuple[int, ...]) -> dict[str, tuple[int, int]]:
        """overview.open_elements of these definitions, kept."""
        if keys not in self._elements:
            if len(self._elements) >= 1000:
                self._elements.clear()
            self._elements[keys] = self._kept(lambda: overview.open_elements(self._reader, keys))
        return await self._elements[keys].get()

    async def _flow(self) -> list[Flow]:
        """Every step of the last while, those without any instance among them."""
        now = datetime.now(UTC).timestamp()
        first = datetime.fromtimestamp((now // STEP - STEPS + 1) * STEP, UTC)
        found = {each.since: each for each in await overview.flow_since(self._reader, first, STEP)}
        steps = [first + timedelta(seconds=STEP * step) for step in range(STEPS)]
        return [found.get(since) or Flow(since, 0, 0) for since in steps]
