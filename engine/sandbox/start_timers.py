"""Timer start events on a bench."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.machine.commands import CreateInstance
from engine.runtime.background.timers import DueStart, next_start
from engine.runtime.deployed.deployments import first_date

if TYPE_CHECKING:
    from engine.machine.graph import Graph, StartDefinition


class StartTimer:
    """The date (milliseconds since the epoch) at which a process begins by itself."""

    def __init__(self, key: int, graph: Graph, start: StartDefinition, now: int) -> None:
        """Armed at `now`. Raises Rejection where it has no date."""
        due_at, repetitions = first_date(start, now)
        assert due_at is not None, "the start event is a timer"
        self.key = key
        self.graph = graph
        self.node = start.node
        self.due_at = due_at
        self._repetitions = repetitions

    @property
    def command(self) -> CreateInstance:
        """What happens when the date has come."""
        return CreateInstance(
            process_definition_key=self.graph.definition_key,
            process_id=self.graph.process_id,
            start_event=self.node.id,
            start_kind="timer",
        )

    def move(self, now: int) -> bool:
        """Set the next date; whether there is one."""
        graph = self.graph
        due = DueStart(self.key, graph.definition_key, graph.tenant, self.node.id, self.due_at, self._repetitions)
        due_at, self._repetitions = next_start(self.node, due, now)
        self.due_at = self.due_at if due_at is None else due_at
        return due_at is not None
