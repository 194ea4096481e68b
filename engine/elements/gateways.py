"""Gateways: exclusive, parallel, inclusive and event-based."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from engine.elements.base import Behavior, holds, no_flow
from engine.elements.registry import Source, element
from engine.machine import conditions
from engine.machine import events as ev

if TYPE_CHECKING:
    from engine.machine.graph import Flow, Node
    from engine.machine.state import ElementInstance
    from engine.machine.work import Work


def check_conditions(node: Node, source: Source) -> None:
    """With several ways out each but the default needs a condition."""
    if len(node.outgoing) < 2:
        return
    for flow in node.outgoing:
        if flow.condition is None and flow is not node.default:
            source.problem(f"Must have a condition on the sequence flow '{flow.id}', or make it the default flow.")


@element("exclusiveGateway")
class ExclusiveGateway(Behavior):
    """Takes the first flow whose condition is true, otherwise the default."""

    type = "EXCLUSIVE_GATEWAY"

    def check(self, node: Node, source: Source) -> None:
        check_conditions(node, source)

    def prepare(self, m: Work, e: ElementInstance) -> Flow | None:
        return self._choose(m, e)

    def flows(self, m: Work, e: ElementInstance) -> Sequence[Flow]:
        chosen = self._choose(m, e)
        return (chosen,) if chosen else ()

    def _choose(self, m: Work, e: ElementInstance) -> Flow | None:
        node = e.node
        if len(node.outgoing) < 2 and not (node.outgoing and node.outgoing[0].condition):
            return node.outgoing[0] if node.outgoing else None
        for flow in node.outgoing:
            if flow is not node.default and holds(m, e, flow):
                return flow
        if node.default is None:
            raise no_flow(e)
        return node.default


@element("parallelGateway")
class ParallelGateway(Behavior):
    """Takes all outgoing flows once every incoming flow has been taken."""

    type = "PARALLEL_GATEWAY"

    def check(self, node: Node, source: Source) -> None:
        for flow in node.outgoing:
            if flow.condition is not None:
                source.problem(f"Must have no condition on '{flow.id}': a parallel gateway takes all its flows.")

    def arrived(self, m: Work, scope: ElementInstance, node: Node) -> None:
        if all(scope.tokens.get(flow.id) for flow in node.incoming):
            fire_join(m, scope, node)


def fire_join(m: Work, scope: ElementInstance, node: Node) -> None:
    """Consume one token of each flow that has one, and enter the gateway."""
    m.emit(ev.TokensConsumed(scope.key, [flow.id for flow in node.incoming if scope.tokens.get(flow.id)]))
    m.enter(node, scope)


@element("inclusiveGateway")
class InclusiveGateway(Behavior):
    """Takes every flow whose condition is true, otherwise the default; joins what can still arrive."""

    type = "INCLUSIVE_GATEWAY"

    def check(self, node: Node, source: Source) -> None:
        check_conditions(node, source)

    def prepare(self, m: Work, e: ElementInstance) -> Sequence[Flow]:
        return self.flows(m, e)

    def arrived(self, m: Work, scope: ElementInstance, node: Node) -> None:
        if all(scope.tokens.get(flow.id) for flow in node.incoming):
            fire_join(m, scope, node)
        else:
            m.joining[scope.key, node.id] = (scope, node)

    def quiet(self, m: Work, scope: ElementInstance, node: Node) -> None:
        if not any(scope.tokens.get(flow.id) for flow in node.incoming):
            return
        missing = [flow for flow in node.incoming if not scope.tokens.get(flow.id)]
        if not any(reaches(m, scope, node, flow) for flow in missing):
            fire_join(m, scope, node)

    def standstill(self, m: Work, scope: ElementInstance, node: Node) -> None:
        if any(scope.tokens.get(flow.id) for flow in node.incoming):
            fire_join(m, scope, node)


def reaches(m: Work, scope: ElementInstance, node: Node, flow: Flow) -> bool:
    """Something active in the scope, or a token held before another gateway, may still take the flow to `node`."""
    sources = node.reach[flow.id]
    if any(child.node.id in sources for child in scope.children.values()):
        return True
    targets = {m.graph.flows[flow_id].target for flow_id in scope.tokens}
    return any(target.id in sources for target in targets if target is not node)


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
