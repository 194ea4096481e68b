"""Escalation: tells the scopes around; whether anybody listens or not, it is not an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.elements.registry import trigger
from engine.machine import throwing
from engine.triggers.base import own_variables
from engine.triggers.coded import Coded

if TYPE_CHECKING:
    from engine.machine.state import ElementInstance
    from engine.machine.work import Work


@trigger("escalationEventDefinition")
class EscalationTrigger(Coded):
    """Tells the scopes around; it is no error if nobody listens.

    Caught by an interrupting event, the throwing event never completes; otherwise it goes on.
    """

    kind = "escalation"
    positions = frozenset({"event sub-process", "boundary", "throw", "end"})
    reference = "escalationRef"

    def throw(self, m: Work, e: ElementInstance, prepared: str) -> None:
        if not throwing.throw_escalation(m, e, prepared, own_variables(e)):
            m.complete(e)
