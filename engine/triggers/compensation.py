"""Compensation: undoes what was completed, by the handlers that boundary events attach to activities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.elements.registry import Source, trigger
from engine.machine import compensating
from engine.triggers.base import Trigger

if TYPE_CHECKING:
    from engine.machine.graph import Node
    from engine.machine.state import ElementInstance
    from engine.machine.work import Work


@trigger("compensateEventDefinition")
class CompensationTrigger(Trigger):
    """Undoes what was completed, by the handlers that activities have.

    As a boundary event it only ties the handler to its activity: it is never entered.

    As the start of an event sub-process it makes that the handler of the sub-process around it.
    """

    kind = "compensation"
    positions = frozenset({"event sub-process", "boundary", "throw", "end"})

    def __init__(self, definition: Source, event: Source, position: str) -> None:
        super().__init__(definition, event, position)
        activity = definition.reference("activityRef")
        self.activity = activity.id if activity is not None else None

    def check(self, node: Node, source: Source) -> None:
        if node.attached_to is not None and node.attached_to.compensation is None:
            source.problem("Must be tied to a handler: draw an association to the activity that undoes it.")

    def throw(self, m: Work, e: ElementInstance, prepared: object) -> None:
        if not compensating.compensate(m, e, self.activity):
            m.complete(e)
