"""Event-based gateway: the event that comes first decides the way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from engine.elements.base import Behavior
from engine.elements.registry import Source, element
from engine.machine import conditions
from engine.machine import events as ev

if TYPE_CHECKING:
    from engine.machine.graph import Flow, Node
    from engine.machine.state import ElementInstance
    from engine.machine.work import Work


@element("eventBasedGateway")
class EventBasedGateway(Behavior):
    """Waits for several events; the first that comes decides the way.

    One that instantiates stands where the process begins: each of its events starts an instance of its own, or
    (eventGatewayType Parallel) the first that comes starts one in which the others are waited for, too.
    """

    type = "EVENT_BASED_GATEWAY"

    def __init__(self, source: Source) -> None:
        self.instantiates = source.flag("instantiate")
        self.starts_together = self.instantiates and source.get("eventGatewayType") == "Parallel"
        if source.get("eventGatewayType") == "Parallel" and not self.instantiates:
            source.problem("Must not be parallel unless it instantiates: use a parallel gateway before the events.")

    def starts_at(self, node: Node) -> Sequence[Node]:
        return [flow.target for flow in node.outgoing]

    def check(self, node: Node, source: Source) -> None:
        if self.instantiates:
            self._check_instantiating(node, source)
        if len(node.outgoing) < 2:
            source.problem("Must have at least two outgoing sequence flows, each to an event.")
        for flow in node.outgoing:
            target = flow.target
            link = target.trigger is not None and target.trigger.kind == "link"
            if target.type not in ("INTERMEDIATE_CATCH_EVENT", "RECEIVE_TASK") or link:
                source.problem(
                    f"Must lead to intermediate catch events or receive tasks only, but '{flow.id}' leads to "
                    f"'{target.id}', a {'link event' if link else target.type}."
                )
            if flow.condition is not None:
                source.problem(f"Must have no condition on '{flow.id}': the event that comes first decides.")

    def _check_instantiating(self, node: Node, source: Source) -> None:
        if node.incoming:
            source.problem("Must have no incoming sequence flow: its events start the process.")
        for flow in node.outgoing:
            target = flow.target
            if len(target.incoming) > 1:
                source.problem(f"Must alone lead to '{target.id}', whose event starts the process.")
            trigger = target.trigger
            if trigger is not None and trigger.kind == "multiple" and (self.starts_together or trigger.parallel):
                source.problem(f"Must lead to events with one definition each, but '{target.id}' has several.")

    def prepare(self, m: Work, e: ElementInstance) -> list[ev.Event]:
        opened: list[ev.Event] = []
        for target in self.awaits(e.node):
            opened += target.behavior.catches(target).open(m, e, target)
        return opened

    def awaits(self, node: Node) -> Sequence[Node]:
        return [flow.target for flow in node.outgoing]

    def activate(self, m: Work, e: ElementInstance, prepared: Any) -> None:
        for event in prepared:
            m.emit(event)
        m.later(conditions.check_opened, m, e)

    def triggered(self, m: Work, e: ElementInstance, node: Node, payload: dict[str, Any]) -> None:
        m.emit(ev.DataChanged(e.key, {"chosen": node.id, "payload": payload}))
        m.complete(e)

    def flows(self, m: Work, e: ElementInstance) -> Sequence[Flow]:
        chosen = (e.data or {}).get("chosen")
        return [flow for flow in e.node.outgoing if flow.target.id == chosen]

    def passes(self, e: ElementInstance) -> dict[str, Any]:
        """The chosen event has come already: it completes with its payload."""
        return {"triggered": (e.data or {})["payload"]}

    def retry(self, m: Work, e: ElementInstance) -> None:
        """Its subscriptions are open; nothing is to be done again."""
