"""The positions of events: start, intermediate catch and throw, boundary, end.

Which trigger an event has (engine/triggers) is independent of where it stands; a module a position, a module a
trigger, never one for each pair.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from engine.elements.base import Behavior
from engine.elements.registry import Source, element
from engine.machine import conditions, joint_starts
from engine.machine import events as ev

if TYPE_CHECKING:
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


@element("intermediateThrowEvent")
class IntermediateThrowEvent(Throwing):
    """Throws and goes on."""

    type = "INTERMEDIATE_THROW_EVENT"
    position = "throw"


@element("endEvent")
class EndEvent(Throwing):
    """Where a path ends."""

    type = "END_EVENT"
    position = "end"

    def check(self, node: Node, source: Source) -> None:
        super().check(node, source)
        if node.outgoing:
            source.problem("Must have no outgoing sequence flow: a path ends here.")
