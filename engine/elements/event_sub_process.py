"""Event sub-process: a sub-process that its start event enters, drawn with the tag of any sub-process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.elements.scopes import Container

if TYPE_CHECKING:
    from engine.elements.registry import Source
    from engine.machine.graph import Node


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
