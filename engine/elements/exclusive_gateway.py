"""Exclusive gateway: one way of several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.elements.base import Behavior, holds, no_flow
from engine.elements.gateways import check_conditions
from engine.elements.registry import Source, element

if TYPE_CHECKING:
    from engine.machine.graph import Flow, Node
    from engine.machine.state import ElementInstance
    from engine.machine.work import Work


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
