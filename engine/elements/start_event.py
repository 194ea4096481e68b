"""Start event: where a process or sub-process begins, by itself or when its event comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.elements.events import Triggered
from engine.elements.registry import Source, element
from engine.machine import conditions, joint_starts
from engine.machine import events as ev

if TYPE_CHECKING:
    from engine.machine.graph import Node
    from engine.machine.state import ElementInstance
    from engine.machine.work import Work


@element("startEvent")
class StartEvent(Triggered):
    """Where a process or sub-process begins."""

    type = "START_EVENT"
    enters_alone = False
    position = "start"

    def prepare(self, m: Work, e: ElementInstance) -> list[ev.Event] | None:
        return joint_starts.plan_rest(m, e)

    def activate(self, m: Work, e: ElementInstance, prepared: Any) -> None:
        if prepared is None:
            super().activate(m, e, prepared)
            return
        m.hand_out(e, (e.data or {}).get("triggered") or {})
        for event in prepared:
            m.emit(event)
        m.later(conditions.check_opened, m, e)

    def check(self, node: Node, source: Source) -> None:
        super().check(node, source)
        if node.incoming:
            source.problem("Must have no incoming sequence flow: it is where the process starts.")
