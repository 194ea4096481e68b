"""Parallel gateway: all ways at once, and their meeting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.elements.base import Behavior
from engine.elements.gateways import fire_join
from engine.elements.registry import Source, element

if TYPE_CHECKING:
    from engine.machine.graph import Node
    from engine.machine.state import ElementInstance
    from engine.machine.work import Work


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
