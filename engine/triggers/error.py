"""Error: ends what it is thrown in, up to the nearest event that catches its code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.elements.registry import trigger
from engine.machine import throwing
from engine.machine.values import to_text
from engine.triggers.base import own_variables
from engine.triggers.coded import Coded

if TYPE_CHECKING:
    from engine.machine.graph import Node
    from engine.machine.state import ElementInstance
    from engine.machine.work import Work


@trigger("errorEventDefinition")
class ErrorTrigger(Coded):
    """A business error: ends what it is thrown in, up to the nearest event that catches its code."""

    kind = "error"
    positions = frozenset({"event sub-process", "boundary", "end"})
    may_continue = False
    reference = "errorRef"

    def entered(self, m: Work, node: Node, scope: ElementInstance, payload: dict[str, Any]) -> None:
        """The variables of the error stay at the boundary event unless its output mappings take them further."""
        texts = {name: to_text(value) for name, value in payload.items()}
        m.enter(node, scope, data={"triggered": {}}, variables=texts)

    def throw(self, m: Work, e: ElementInstance, prepared: str) -> None:
        if not throwing.throw_error(m, e, prepared, "", own_variables(e)):
            stuck = throwing.uncaught(e, prepared, "")
            m.create_incident(e, stuck.type, stuck.message)
