"""Process: the root scope, which begins at a start event or where it was told to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.elements.registry import element
from engine.elements.scopes import Container
from engine.machine import joint_starts, starting

if TYPE_CHECKING:
    from engine.machine.state import ElementInstance
    from engine.machine.work import Work


@element("process")
class Process(Container):
    """The process itself, the root scope of every instance."""

    type = "PROCESS"
    enters_alone = False

    def activate(self, m: Work, e: ElementInstance, prepared: Any) -> None:
        data = e.data or {}
        if "start" in data:
            joint_starts.begin(m, e)
        elif "start_at" in data:
            for element_id in data["start_at"]:
                starting.enter_at(m, m.graph.nodes[element_id])
        else:
            super().activate(m, e, prepared)
