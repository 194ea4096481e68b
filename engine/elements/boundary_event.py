"""Boundary event: an event of the activity that it is attached to, which it may end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.elements.events import Triggered
from engine.elements.registry import Source, element

if TYPE_CHECKING:
    from engine.machine.graph import Node


@element("boundaryEvent")
class BoundaryEvent(Triggered):
    """An event of the activity that it is attached to."""

    type = "BOUNDARY_EVENT"
    enters_alone = False
    position = "boundary"

    def check(self, node: Node, source: Source) -> None:
        super().check(node, source)
        if node.incoming:
            source.problem("Must have no incoming sequence flow: it is entered when its event comes.")
        if node.trigger is None:
            source.problem("Must have an event definition: make it a timer, message, error, … boundary event.")
