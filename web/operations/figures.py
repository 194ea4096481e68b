"""The figures that the dashboard and the definitions share, counted once for all who look."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from engine.store.search import overview
from engine.store.search.overview import Flow, IncidentGroup, InstanceCounts, JobBacklog
from engine.store.search.reader import Reader
from web.operations.kept import Kept

#: The dashboard shows this many steps of so many seconds, and the largest groups of incidents.
STEPS = 60
STEP = 60
GROUPS = 8


class Figures:
    """What is counted over everything there is, for one server."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.counts: Kept[dict[int, InstanceCounts]] = Kept(lambda: overview.instance_counts(reader))
        self.groups: Kept[list[IncidentGroup]] = Kept(lambda: overview.incident_groups(reader, GROUPS))
        self.backlogs: Kept[list[JobBacklog]] = Kept(lambda: overview.job_backlogs(reader))
        self.flow: Kept[list[Flow]] = Kept(self._flow)
        self._elements: dict[tuple[int, ...], Kept[dict[str, tuple[int, int]]]] = {}

    async def open_elements(self, keys: tuple[int, ...]) -> dict[str, tuple[int, int]]:
        """overview.open_elements of these definitions, kept."""
        if keys not in self._elements:
            if len(self._elements) >= 1000:
                self._elements.clear()
            self._elements[keys] = Kept(lambda: overview.open_elements(self._reader, keys))
        return await self._elements[keys].get()

    async def _flow(self) -> list[Flow]:
        """Every step of the last while, those without any instance among them."""
        now = datetime.now(UTC).timestamp()
        first = datetime.fromtimestamp((now // STEP - STEPS + 1) * STEP, UTC)
        found = {each.since: each for each in await overview.flow_since(self._reader, first, STEP)}
        steps = [first + timedelta(seconds=STEP * step) for step in range(STEPS)]
        return [found.get(since) or Flow(since, 0, 0) for since in steps]
