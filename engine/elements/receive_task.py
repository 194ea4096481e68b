"""Receive task: waits for a message like an intermediate message event, with all that surrounds a task.

One that instantiates stands where the process begins: its message starts an instance, in which it completes at once.
Does it loop, then this is the message of its first round; the others wait for further ones with the correlation key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.elements.registry import TRIGGERS, Source, element
from engine.elements.tasks import Activity
from engine.machine import joint_starts

if TYPE_CHECKING:
    from engine.machine.graph import Node
    from engine.machine.state import ElementInstance
    from engine.machine.work import Work


@element("receiveTask")
class ReceiveTask(Activity):
    """Waits for a message; one that instantiates starts the process with it."""

    type = "RECEIVE_TASK"

    def __init__(self, source: Source) -> None:
        self.instantiates = source.flag("instantiate")
        position = "start" if self.instantiates else "catch"
        self.message = TRIGGERS["messageEventDefinition"](source, source, position)

    def check(self, node: Node, source: Source) -> None:
        if self.instantiates and node.incoming:
            source.problem("Must have no incoming sequence flow: its message starts the process.")
        self.message.check(node, source)

    def catches(self, node: Node) -> Any:
        return self.message

    def prepare(self, m: Work, e: ElementInstance) -> Any:
        if "triggered" in (e.data or {}):
            return None
        return joint_starts.plan_rest(m, e) if joint_starts.is_awaited(e) else self.message.open(m, e, e.node)

    def activate(self, m: Work, e: ElementInstance, prepared: Any) -> None:
        if prepared is None:
            m.complete(e, (e.data or {})["triggered"])
            return
        for event in prepared:
            m.emit(event)
