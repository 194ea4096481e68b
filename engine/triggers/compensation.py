"""Compensation: undoes what was completed, by the handlers that boundary events attach to activities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.elements.registry import Source, trigger
from engine.machine import compensating
from engine.triggers.base import Trigger

if TYPE_CHECKING:
    from collections.abc import Iterator

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
        if node.attached_to is not None and node.outgoing:
            source.problem("Must have no sequence flow: an association ties it to its handler.")
        throws = node.type in ("INTERMEDIATE_THROW_EVENT", "END_EVENT")
        if throws and self.activity is not None and not _can_compensate(node, self.activity):
            source.problem(
                f"Must compensate an activity that it reaches and that has a handler, but '{self.activity}' is none: "
                "it reaches what lies in its own scope, and from an event sub-process in the scope around it, too."
            )

    def throw(self, m: Work, e: ElementInstance, prepared: object) -> None:
        if not compensating.compensate(m, e, self.activity):
            m.complete(e)


def _can_compensate(thrower: Node, activity: str) -> bool:
    """Whether a throw reaches an activity that can be undone, or in which something can."""
    scope = thrower.scope
    assert scope is not None
    around = scope.scope if scope.behavior.event_scope and scope.scope is not None else scope
    named = (node for node in _inside(around) if node.id == activity)
    return any(part.compensation is not None for node in named for part in (node, *_inside(node)))


def _inside(scope: Node) -> Iterator[Node]:
    inner = (scope.inner_node,) if scope.inner_node is not None and scope.inner_node not in scope.nodes else ()
    for node in (*scope.nodes, *inner):
        yield node
        yield from _inside(node)
