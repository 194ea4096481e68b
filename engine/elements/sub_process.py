"""Embedded sub-process: a scope within a process, entered like a task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.elements.base import Behavior
from engine.elements.event_sub_process import EventSubProcess
from engine.elements.registry import Source, element
from engine.elements.scopes import Container, begins_by_itself

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
