"""What all scopes do alike: begin with what lies in them, and complete when nothing is left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.elements.base import Behavior

if TYPE_CHECKING:
    from engine.machine.graph import Node
    from engine.machine.state import ElementInstance
    from engine.machine.work import Work


class Container(Behavior):
    """A scope: activated, it enters its start."""

    container = True

    def activate(self, m: Work, e: ElementInstance, prepared: Any) -> None:
        data = e.data or {}
        if data.get("direct"):
            return  # entered around an element that is started directly
        if "start" in data:
            m.trigger(m.graph.nodes[data["start"]], e, data["payload"])
        elif e.node.start is not None:
            m.enter(e.node.start, e)
        else:
            self.start_implicitly(m, e)

    def retry(self, m: Work, e: ElementInstance) -> None:
        """What can be stuck in an active scope is a gateway that waits for tokens: ask it again."""
        m.ask_held(e)

    def start_implicitly(self, m: Work, e: ElementInstance) -> None:
        """Without a none start event, everything that no flow leads to begins."""
        for node in e.node.nodes:
            if begins_by_itself(node):
                m.enter(node, e)
        m.check_scope(e)


def begins_by_itself(node: Node) -> bool:
    """No flow leads to it and nothing else enters it."""
    return (
        not node.incoming
        and not node.behavior.instantiates
        and node.type not in ("START_EVENT", "BOUNDARY_EVENT", "EVENT_SUB_PROCESS")
        and not node.handler
        and not (node.trigger is not None and node.trigger.kind == "link" and node.type == "INTERMEDIATE_CATCH_EVENT")
    )
