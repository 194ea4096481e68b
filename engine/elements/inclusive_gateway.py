"""Inclusive gateway: some ways of several, and their meeting, which waits for no more than can come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.elements.base import Behavior
from engine.elements.gateways import check_conditions, fire_join, reaches
from engine.elements.registry import Source, element

if TYPE_CHECKING:
    from engine.machine.graph import Flow, Node
    from engine.machine.state import ElementInstance
    from engine.machine.work import Work


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
