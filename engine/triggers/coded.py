"""What error and escalation do alike: they are thrown with a code, and caught by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.triggers.base import Trigger

if TYPE_CHECKING:
    from engine.elements.registry import Source
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
