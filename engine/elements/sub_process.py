"""Embedded sub-process and event sub-process: scopes within a process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.elements.base import Behavior
from engine.elements.process import Container, begins_by_itself
from engine.elements.registry import Source, element

if TYPE_CHECKING:
    from engine.machine.graph import Node


@element("subProcess")
class SubProcess(Container):
    """A process within a process. It starts at its only none start event."""

    type = "SUB_PROCESS"
    activity = True

    @classmethod
    def read(cls, source: Source) -> Behavior:
        return EventSubProcess(source) if source.flag("triggeredByEvent") else cls(source)

    def check(self, node: Node, source: Source) -> None:
        if node.start is None and not any(begins_by_itself(child) for child in node.nodes):
            source.problem("Must have a none start event: draw one in the sub-process.")


class EventSubProcess(Container):
    """A sub-process that its start event enters while the scope around it is active."""

    type = "EVENT_SUB_PROCESS"
    event_scope = True
    enters_alone = False

    def check(self, node: Node, source: Source) -> None:
        if node.incoming or node.outgoing:
            source.problem("Must have no sequence flows: an event sub-process is entered by its start event.")
        starts = [child for child in node.nodes if child.type == "START_EVENT"]
        if len(starts) != 1:
            source.problem(f"Must have exactly one start event, but has {len(starts)}.")
        elif starts[0].trigger is None:
            source.problem("Must start with an event that can come: give its start event a message, timer, error, ….")
