"""Terminate: ends everything in its scope, which then completes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.elements.registry import trigger
from engine.machine import catching
from engine.triggers.base import Trigger

if TYPE_CHECKING:
    from engine.machine.state import ElementInstance
    from engine.machine.work import Work


@trigger("terminateEventDefinition")
class TerminateTrigger(Trigger):
    """The end of a scope, whatever is still under way in it."""

    kind = "terminate"
    positions = frozenset({"end"})

    def throw(self, m: Work, e: ElementInstance, prepared: object) -> None:
        catching.end_others(m, e)
        m.complete(e)
