"""Several event definitions on one event: any of them, or (parallel multiple) all of them, make it happen.

Thrown, all of them are thrown. The parts are ordinary triggers; at most one timer and one condition, so that what
comes can be told apart. A parallel multiple start event of a process: engine/machine/joint_starts.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from engine.elements.registry import TRIGGERS, Source
from engine.machine import events as ev
from engine.machine import joint_starts
from engine.triggers.base import Trigger

if TYPE_CHECKING:
    from engine.machine.graph import Node
    from engine.machine.state import ElementInstance, Timer
    from engine.machine.work import Work

_WAITING = frozenset({"message", "timer", "signal", "conditional"})
_TOLD = frozenset({"error", "escalation"})
_THROWN = frozenset({"message", "signal", "escalation"})
_ONCE = frozenset({"timer", "conditional"})


class MultipleTrigger(Trigger):
    """Several triggers on one event: any of them, or (parallel multiple) all of them."""

    kind = "multiple"
    positions = frozenset({"start", "event sub-process", "catch", "boundary", "throw", "end"})

    def __init__(self, definitions: Sequence[Source], event: Source, position: str) -> None:
        super().__init__(definitions[0], event, position)
        self.parallel = event.flag("parallelMultiple")
        self._parts = tuple(
            TRIGGERS[definition.tag](definition, event, position)
            for definition in definitions
            if definition.tag in TRIGGERS
        )
        self._check_kinds(event, position)

    def _check_kinds(self, event: Source, position: str) -> None:
        kinds = [part.kind for part in self._parts]
        allowed = _THROWN if position in ("throw", "end") else _WAITING if self.parallel else _WAITING | _TOLD
        if any(getattr(part, "job", None) is not None for part in self._parts):
            event.problem("Must not be a job as well as several things: use an event of its own for the message.")
        for kind in sorted(set(kinds)):
            if kind not in allowed:
                event.problem(f"Must not have a {kind} definition among several: use an event of its own for it.")
            if kinds.count(kind) > 1 and kind in _ONCE:
                event.problem(f"Must have at most one {kind} definition, but has {kinds.count(kind)}.")

    @property
    def parts(self) -> tuple[Trigger, ...]:
        return self._parts

    def check(self, node: Node, source: Source) -> None:
        for part in self._parts:
            part.check(node, source)
        if self.parallel and not node.interrupting:
            source.problem("Must be interrupting: an event that waits for several things happens once.")

    @property
    def words(self) -> str:
        return f"{'all' if self.parallel else 'any'} of several things"

    def migrates_to(self, other: Trigger) -> bool:
        """The parts are told apart by their kinds: each must be there again."""
        return (
            isinstance(other, MultipleTrigger)
            and other.parallel == self.parallel
            and sorted(part.kind for part in other.parts) == sorted(part.kind for part in self._parts)
        )

    # ---- Catching ---------------------------------------------------------------------------------------------------

    def open(self, m: Work, host: ElementInstance, node: Node) -> list[ev.Event]:
        return [event for part in self._parts for event in part.open(m, host, node)]

    def repeat(self, m: Work, host: ElementInstance, node: Node, timer: Timer) -> None:
        next(part for part in self._parts if part.kind == "timer").repeat(m, host, node, timer)

    def holds(self, m: Work, host: ElementInstance, changed: list[tuple[str, bool]] | None) -> bool:
        """Whether its condition is true now."""
        part: Any = next(part for part in self._parts if part.kind == "conditional")
        return bool(part.holds(m, host, changed))

    def came(self, m: Work, host: ElementInstance, node: Node, payload: dict[str, Any]) -> dict[str, Any] | None:
        """One part came: the payload of the event, or None while a parallel multiple event waits for the others."""
        if not self.parallel:
            return payload
        awaited = any(getattr(wait, "node", None) is node for wait in host.waits.values())
        if joint_starts.is_awaited(host):
            if awaited:
                m.hand_out(host, payload)
            return None if awaited else payload
        heard = (host.data or {}).get("heard", {})
        payload = {**heard.get(node.id, {}), **payload}
        if awaited:
            m.record(host, heard={**heard, node.id: payload})
            return None
        m.record(host, heard={id: told for id, told in heard.items() if id != node.id})
        return payload

    # ---- Throwing ---------------------------------------------------------------------------------------------------

    def prepare_throw(self, m: Work, e: ElementInstance) -> list[Any]:
        return [part.prepare_throw(m, e) for part in self._parts]

    def throw(self, m: Work, e: ElementInstance, prepared: list[Any]) -> None:
        """The escalation first: if an interrupting event catches it, the others are thrown all the same."""
        parts = sorted(zip(self._parts, prepared, strict=True), key=lambda part: part[0].kind)
        for part, plan in parts:
            part.throw(m, e, plan)
