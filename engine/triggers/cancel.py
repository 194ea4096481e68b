"""Cancel: gives a transaction up; what was completed in it is compensated, then its cancel boundary event goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.elements.registry import Source, trigger
from engine.machine import catching, compensating
from engine.triggers.base import Trigger

if TYPE_CHECKING:
    from engine.machine.graph import Node
    from engine.machine.state import ElementInstance
    from engine.machine.work import Work


@trigger("cancelEventDefinition")
class CancelTrigger(Trigger):
    """Gives a transaction up: what was completed in it is compensated."""

    kind = "cancel"
    positions = frozenset({"boundary", "end"})
    may_continue = False

    def check(self, node: Node, source: Source) -> None:
        super().check(node, source)
        host = node.attached_to or node.scope
        transaction = (host.inner_node or host) if host is not None else None
        if transaction is None or not transaction.behavior.transaction:
            source.problem("Must belong to a transaction: only a transaction is cancelled.")
        elif node.attached_to is None and _boundary(node) is None:
            source.problem(f"Must lead somewhere: attach a cancel boundary event to '{transaction.id}'.")

    def throw(self, m: Work, e: ElementInstance, prepared: object) -> None:
        catching.end_others(m, e)
        if not compensating.compensate(m, e, None):
            self.compensated(m, e)

    def compensated(self, m: Work, e: ElementInstance) -> None:
        boundary, host = _boundary(e.node), e.scope
        assert boundary is not None
        assert host is not None
        if host.node.inner:
            host = host.scope
        assert host is not None
        catching.fire(m, host, boundary, {})


def _boundary(end: Node) -> Node | None:
    """The cancel boundary event of the transaction that an end event cancels."""
    scope = end.scope
    if scope is not None and scope.inner:
        scope = scope.scope
    events = scope.boundary if scope is not None else ()
    return next((node for node in events if node.trigger.kind == "cancel"), None)
