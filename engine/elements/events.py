"""What events do alike, whatever their position: check their trigger, hand out what triggered them, or throw.

Which trigger an event has (engine/triggers) is independent of where it stands: a module a position, a module a trigger,
never one for each pair.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from engine.elements.base import Behavior

if TYPE_CHECKING:
    from engine.elements.registry import Source
    from engine.machine.commands import CompleteJob
    from engine.machine.graph import Node
    from engine.machine.state import ElementInstance, Job
    from engine.machine.work import Work


class EventBehavior(Behavior):
    """An event; `position` is what its trigger is asked with."""

    position: ClassVar[str] = ""

    def check(self, node: Node, source: Source) -> None:
        if node.trigger is not None:
            node.trigger.check(node, source)


class Triggered(EventBehavior):
    """An event that was triggered before it is entered: it hands out the payload and goes on."""

    def activate(self, m: Work, e: ElementInstance, prepared: Any) -> None:
        m.complete(e, (e.data or {}).get("triggered"))


class Throwing(EventBehavior):
    """Throws its event, if it has one, and goes on when the trigger says so."""

    def prepare(self, m: Work, e: ElementInstance) -> Any:
        return e.node.trigger.prepare_throw(m, e) if e.node.trigger is not None else None

    def activate(self, m: Work, e: ElementInstance, prepared: Any) -> None:
        if e.node.trigger is None:
            m.complete(e)
        else:
            e.node.trigger.throw(m, e, prepared)

    def job_completed(self, m: Work, e: ElementInstance, job: Job, command: CompleteJob) -> None:
        m.complete(e, command.variables)
