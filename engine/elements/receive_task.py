"""Receive task: waits for a message like an intermediate message event, with all that surrounds a task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.elements.registry import TRIGGERS, Source, element
from engine.elements.tasks import Activity

if TYPE_CHECKING:
    from engine.machine.state import ElementInstance
    from engine.machine.work import Work


@element("receiveTask")
class ReceiveTask(Activity):
    """Completes with the message."""

    type = "RECEIVE_TASK"

    def __init__(self, source: Source) -> None:
        self.message = TRIGGERS["messageEventDefinition"](source, source, "catch")

    def prepare(self, m: Work, e: ElementInstance) -> Any:
        return None if "triggered" in (e.data or {}) else self.message.open(m, e, e.node)

    def activate(self, m: Work, e: ElementInstance, prepared: Any) -> None:
        if prepared is None:
            m.complete(e, (e.data or {})["triggered"])
            return
        for event in prepared:
            m.emit(event)
