"""The points at which an event's trigger is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from engine.elements.registry import Source
from engine.machine import events as ev

if TYPE_CHECKING:
    from engine.machine.graph import Node
    from engine.machine.state import ElementInstance, Timer
    from engine.machine.work import Work

_NAMES = {
    "start": "a start event of a process",
    "event sub-process": "the start event of an event sub-process",
    "catch": "an intermediate catch event",
    "boundary": "a boundary event",
    "throw": "an intermediate throw event",
    "end": "an end event",
}


class Trigger:
    """What makes an event happen, or what an event makes happen."""

    kind: ClassVar[str] = ""
    #: The code that an error or escalation is caught by; empty: any.
    code: str = ""
    #: Where it may stand.
    positions: ClassVar[frozenset[str]] = frozenset()
    #: Whether a boundary or start event of this kind may leave what it belongs to running.
    may_continue: ClassVar[bool] = True

    def __init__(self, definition: Source, event: Source, position: str) -> None:
        """Read the event definition, an element within `event`, which stands at `position`."""
        if position not in self.positions:
            allowed = ", ".join(_NAMES[p] for p in _NAMES if p in self.positions)
            event.problem(f"Must not be {_NAMES[position]} with a {self.kind} definition: it may be {allowed}.")

    def check(self, node: Node, source: Source) -> None:
        """Report what cannot be, once the whole graph is known."""
        if not node.interrupting and not self.may_continue:
            source.problem(f"Must be interrupting: a {self.kind} always is.")

    @property
    def parts(self) -> tuple[Trigger, ...]:
        """The triggers of which any makes the event happen: itself, but for an event with several."""
        return (self,)

    @property
    def words(self) -> str:
        """What an event waits for, with its article."""
        return f"{'an' if self.kind[0] in 'aeiou' else 'a'} {self.kind}"

    def migrates_to(self, other: Trigger) -> bool:
        """What waits for this may go on waiting as an event with the other."""
        return self.kind == other.kind

    # ---- Catching ---------------------------------------------------------------------------------------------------

    def open(self, m: Work, host: ElementInstance, node: Node) -> list[ev.Event]:
        """The events that open the subscription of `node` for `host`; raise Stuck. Emits nothing."""
        return []

    def came(self, m: Work, host: ElementInstance, node: Node, payload: dict[str, Any]) -> dict[str, Any] | None:
        """Something that `node` waits for came: the payload of the event; None if more has to come first."""
        return payload

    def entered(self, m: Work, node: Node, scope: ElementInstance, payload: dict[str, Any]) -> None:
        """A boundary event was triggered: enter it."""
        m.trigger(node, scope, payload)

    def repeat(self, m: Work, host: ElementInstance, node: Node, timer: Timer) -> None:
        """A timer that comes again was triggered."""

    # ---- Throwing ---------------------------------------------------------------------------------------------------

    def prepare_throw(self, m: Work, e: ElementInstance) -> Any:
        """Evaluate what `throw` needs; raise Stuck. Emits nothing."""
        return None

    def throw(self, m: Work, e: ElementInstance, prepared: Any) -> None:
        """Throw, and complete `e` when that is done."""
        m.complete(e)

    def compensated(self, m: Work, e: ElementInstance) -> None:
        """The last of the compensation handlers that `e` threw for has ended."""
        m.complete(e)


def own_variables(e: ElementInstance) -> dict[str, Any]:
    """What an event throws with it: its local variables, that is, the results of its input mappings."""
    return {name: variable.value for name, variable in e.variables.items()}
