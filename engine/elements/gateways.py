"""What several gateways do alike: conditions that must be there, and joining."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.machine import events as ev

if TYPE_CHECKING:
    from engine.elements.registry import Source
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


def fire_join(m: Work, scope: ElementInstance, node: Node) -> None:
    """Consume one token of each flow that has one, and enter the gateway."""
    m.emit(ev.TokensConsumed(scope.key, [flow.id for flow in node.incoming if scope.tokens.get(flow.id)]))
    m.enter(node, scope)


def reaches(m: Work, scope: ElementInstance, node: Node, flow: Flow) -> bool:
    """Something active in the scope, or a token held before another gateway, may still take the flow to `node`."""
    sources = node.reach[flow.id]
    if any(child.node.id in sources for child in scope.children.values()):
        return True
    targets = {m.graph.flows[flow_id].target for flow_id in scope.tokens}
    return any(target.id in sources for target in targets if target is not node)
