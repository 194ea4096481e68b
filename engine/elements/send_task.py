"""Send task: a job, or (without a job type) a message that is published by its name and correlation key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.elements.registry import TRIGGERS, Source, element
from engine.elements.tasks import Activity

if TYPE_CHECKING:
    from engine.machine.state import ElementInstance
    from engine.machine.work import Work


@element("sendTask")
class SendTask(Activity):
    """Sends a message, by a worker or to whoever waits for its name and key."""

    type = "SEND_TASK"

    def __init__(self, source: Source) -> None:
        self.message = TRIGGERS["messageEventDefinition"](source, source, "throw")

    def prepare(self, m: Work, e: ElementInstance) -> Any:
        return self.message.prepare_throw(m, e)

    def activate(self, m: Work, e: ElementInstance, prepared: Any) -> None:
        self.message.throw(m, e, prepared)
