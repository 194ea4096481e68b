"""Complex gateway: an expression over how many tokens have arrived decides when to go on.

It fires once when its activation condition holds (`activationCount`: the incoming flows that have a token). The
tokens that arrive after that are swallowed, until every other flow has brought one or none can come any more; then
it starts anew. Without a condition it waits for all, like a parallel gateway.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from engine.elements.gateways import check_conditions, fire_join, reaches
from engine.elements.inclusive_gateway import InclusiveGateway
from engine.elements.registry import Source, element
from engine.machine import events as ev

if TYPE_CHECKING:
    from engine.machine.graph import Flow, Node
    from engine.machine.state import ElementInstance
    from engine.machine.work import Work


@element("complexGateway")
class ComplexGateway(InclusiveGateway):
    """Joins by its condition; forks like an inclusive gateway."""

    type = "COMPLEX_GATEWAY"

    def __init__(self, source: Source) -> None:
        condition = source.child("activationCondition")
        text = condition.text() if condition is not None else None
        self.condition: Any = source.feel(text, "the activation condition")

    def check(self, node: Node, source: Source) -> None:
        check_conditions(node, source)

    def arrived(self, m: Work, scope: ElementInstance, node: Node) -> None:
        m.joining[scope.key, node.id] = (scope, node)

    def quiet(self, m: Work, scope: ElementInstance, node: Node) -> None:
        taken = _waiting_for_reset(scope, node)
        if taken:
            self._reset(m, scope, node, taken)
        else:
            m.try_step(lambda scope: self._try(m, scope, node), scope)

    def standstill(self, m: Work, scope: ElementInstance, node: Node) -> None:
        """Its condition decides, not what can still come."""

    def _try(self, m: Work, scope: ElementInstance, node: Node) -> None:
        if self._holds(m, scope, node):
            with_token = [flow.id for flow in node.incoming if scope.tokens.get(flow.id)]
            fire_join(m, scope, node)
            if len(with_token) < len(node.incoming):
                _remember(m, scope, node, with_token)
                m.joining[scope.key, node.id] = (scope, node)

    def _holds(self, m: Work, scope: ElementInstance, node: Node) -> bool:
        count = sum(1 for flow in node.incoming if scope.tokens.get(flow.id))
        if not count or count == len(node.incoming) or self.condition is None:
            return count == len(node.incoming)
        return m.expect_boolean(self.condition, scope, {"activationCount": count})

    def _reset(self, m: Work, scope: ElementInstance, node: Node, taken: Sequence[str]) -> None:
        late = [flow for flow in node.incoming if flow.id not in taken]
        arrived = [flow.id for flow in late if scope.tokens.get(flow.id)]
        if arrived:
            m.emit(ev.TokensConsumed(scope.key, arrived))
            m.later(m.check_scope, scope)  # they may have been all that the scope still waited for
        taken = [*taken, *arrived]
        missing: list[Flow] = [flow for flow in late if flow.id not in taken]
        if any(reaches(m, scope, node, flow) for flow in missing):
            _remember(m, scope, node, taken)
        else:
            _remember(m, scope, node, [])


def _waiting_for_reset(scope: ElementInstance, node: Node) -> list[str]:
    fired: dict[str, list[str]] = (scope.data or {}).get("fired", {})
    return fired.get(node.id, [])


def _remember(m: Work, scope: ElementInstance, node: Node, taken: list[str]) -> None:
    if taken == _waiting_for_reset(scope, node):
        return
    fired = {**(scope.data or {}).get("fired", {}), node.id: taken}
    m.emit(ev.DataChanged(scope.key, {**(scope.data or {}), "fired": {id: t for id, t in fired.items() if t}}))
