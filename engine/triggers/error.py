"""Error: ends what it is thrown in, up to the nearest event that catches its code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.elements.registry import Source, trigger
from engine.machine import throwing
from engine.machine.values import to_text
from engine.triggers.base import Trigger, own_variables

if TYPE_CHECKING:
    from engine.machine.graph import Node
    from engine.machine.state import ElementInstance
    from engine.machine.work import Work


class Coded(Trigger):
    """Thrown with a code; caught by that code, or by a catch-all, whose `code` is empty."""

    reference = ""

    def __init__(self, definition: Source, event: Source, position: str) -> None:
        super().__init__(definition, event, position)
        declared = definition.reference(self.reference)
        code = declared.get(f"{self.kind}Code") if declared is not None else None
        throws = position in ("throw", "end")
        self.expression = event.expression(code, f"the {self.kind} code") or ""
        self.code = self.expression if isinstance(self.expression, str) else ""
        if throws and not self.expression:
            event.problem(f"Must have an {self.kind} with a code: choose or make one.")
        if not throws and not isinstance(self.expression, str):
            event.problem(f"Must catch a fixed {self.kind} code: an expression is allowed only where it is thrown.")

    def prepare_throw(self, m: Work, e: ElementInstance) -> str:
        return m.expect_text(self.expression, e)


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
