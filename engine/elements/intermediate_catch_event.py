"""Intermediate catch event: a step that waits for its event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.elements.events import EventBehavior
from engine.elements.registry import Source, element
from engine.machine import conditions, joint_starts

if TYPE_CHECKING:
    from engine.machine.graph import Node
    from engine.machine.state import ElementInstance
    from engine.machine.work import Work


@element("intermediateCatchEvent")
class IntermediateCatchEvent(EventBehavior):
    """Waits for its event."""

    type = "INTERMEDIATE_CATCH_EVENT"
    position = "catch"

    def check(self, node: Node, source: Source) -> None:
        super().check(node, source)
        if node.trigger is None:
            source.problem("Must have an event definition: make it a timer, message, signal, … event.")

    def prepare(self, m: Work, e: ElementInstance) -> Any:
        if "triggered" in (e.data or {}):
            return None
        return joint_starts.plan_rest(m, e) if joint_starts.is_awaited(e) else e.node.trigger.open(m, e, e.node)

    def activate(self, m: Work, e: ElementInstance, prepared: Any) -> None:
        if prepared is None:
            m.complete(e, (e.data or {}).get("triggered"))
            return
        for event in prepared:
            m.emit(event)
        m.later(conditions.check_opened, m, e)
