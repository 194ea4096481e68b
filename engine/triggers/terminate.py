"""Terminate: ends everything in its scope, which then completes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.elements.registry import trigger
from engine.machine import events as ev
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
        scope = e.scope
        assert scope is not None
        held = [flow for flow, count in scope.tokens.items() for _ in range(count)]
        if held:
            m.emit(ev.TokensConsumed(scope.key, held))
        for sibling in list(scope.children.values()):
            if sibling is not e:
                m.terminate(sibling)
        m.complete(e)
