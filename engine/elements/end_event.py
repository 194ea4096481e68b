"""End event: where a path ends, with or without an event that it throws."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.elements.events import Throwing
from engine.elements.registry import Source, element

if TYPE_CHECKING:
    from engine.machine.graph import Node


@element("endEvent")
class EndEvent(Throwing):
    """Where a path ends."""

    type = "END_EVENT"
    position = "end"

    def check(self, node: Node, source: Source) -> None:
        super().check(node, source)
        if node.outgoing:
            source.problem("Must have no outgoing sequence flow: a path ends here.")
