"""Conditional: comes when a condition over variables becomes true."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import feel
from engine.elements.registry import Source, trigger
from engine.machine import events as ev
from engine.machine.lifecycle import SubscriptionKind
from engine.machine.values import Scope
from engine.triggers.base import Trigger

if TYPE_CHECKING:
    from engine.machine.graph import Node
    from engine.machine.state import ElementInstance
    from engine.machine.work import Work


@trigger("conditionalEventDefinition")
class ConditionalTrigger(Trigger):
    """Comes when a condition over variables becomes true.

    Evaluated when its scope opens and once per change of variables; a condition that fails counts as false.
    """

    kind = "conditional"
    positions = frozenset({"start", "event sub-process", "catch", "boundary"})

    def __init__(self, definition: Source, event: Source, position: str) -> None:
        super().__init__(definition, event, position)
        condition = definition.child("condition")
        self.condition = event.feel(condition.text() if condition is not None else None, "the condition")
        if self.condition is None:
            event.problem("Must have a condition: give an expression over variables.")
        filter = definition.extension("conditionalFilter")
        names = (filter.get("variableNames") or "") if filter is not None else ""
        changes = (filter.get("variableEvents") or "") if filter is not None else ""
        self.names = frozenset(name.strip() for name in names.split(",") if name.strip())
        self.changes = frozenset(change.strip().lower() for change in changes.split(",") if change.strip())

    def open(self, m: Work, host: ElementInstance, node: Node) -> list[ev.Event]:
        return [ev.SubscriptionOpened(m.new_key(), host.key, node.id, SubscriptionKind.CONDITION, "")]

    def holds(self, m: Work, host: ElementInstance, changed: list[tuple[str, bool]] | None) -> bool:
        """Whether the condition is true now; `changed`: the names that changed, and whether each is new."""
        if changed is not None and not any(self._wanted(name, created) for name, created in changed):
            return False
        try:
            return self.condition.evaluate(Scope(host), now=m.datetime, entropy=m.entropy) is True
        except feel.FeelError:
            return False

    def _wanted(self, name: str, created: bool) -> bool:
        change = "create" if created else "update"
        return (not self.names or name in self.names) and (not self.changes or change in self.changes)
