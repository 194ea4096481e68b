"""Signal: to everybody who waits for its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.elements.registry import Source, trigger
from engine.machine import events as ev
from engine.machine.commands import BroadcastSignal
from engine.machine.lifecycle import SubscriptionKind
from engine.triggers.base import Trigger, own_variables

if TYPE_CHECKING:
    from engine.machine.graph import Node
    from engine.machine.state import ElementInstance
    from engine.machine.work import Work


@trigger("signalEventDefinition")
class SignalTrigger(Trigger):
    """A broadcast; who does not wait for it yet misses it."""

    kind = "signal"
    positions = frozenset({"start", "event sub-process", "catch", "boundary", "throw", "end"})

    def __init__(self, definition: Source, event: Source, position: str) -> None:
        super().__init__(definition, event, position)
        signal = definition.reference("signalRef")
        self.name: Any = event.expression(signal.get("name"), "the signal name") if signal is not None else None
        if not self.name:
            event.problem("Must have a signal with a name: choose or make one.")

    def open(self, m: Work, host: ElementInstance, node: Node) -> list[ev.Event]:
        name = m.expect_text(self.name, host)
        return [ev.SubscriptionOpened(m.new_key(), host.key, node.id, SubscriptionKind.SIGNAL, name)]

    def prepare_throw(self, m: Work, e: ElementInstance) -> str:
        return m.expect_text(self.name, e)

    def throw(self, m: Work, e: ElementInstance, prepared: str) -> None:
        m.follow_ups.append(BroadcastSignal(name=prepared, variables=own_variables(e), tenant=m.instance.tenant))
        m.complete(e)
