"""What has happened: where each instance has been, for the picture, and what each step led to, for the scenario."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec

from engine.machine import events as ev
from engine.machine.lifecycle import IncidentType

if TYPE_CHECKING:
    from engine.machine.advance import Outcome
    from engine.machine.state import Instance


class Effect(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What one step led to, in terms of the drawing.

    `entered` and `completed`: element ids in their order. `variables`: what was written last, by name, under the
    element (or process) id of its scope. `incidents`: element, type and message. `ended`: process ids. `decisions`:
    the trace of each decision that was evaluated (JSON values). `answer`: what the engine answered, in words.
    """

    entered: list[str] = []
    completed: list[str] = []
    variables: dict[str, dict[str, Any]] = {}
    incidents: list[tuple[str, str, str]] = []
    ended: list[str] = []
    decisions: list[dict[str, Any]] = []
    answer: str = ""


class Trail:
    """Where an instance has been: how often each element was entered and left, each flow taken."""

    def __init__(self) -> None:
        self.entered: Counter[str] = Counter()
        self.completed: Counter[str] = Counter()
        self.terminated: Counter[str] = Counter()
        self.flows: Counter[str] = Counter()
        self.elements: dict[int, str] = {}  # element ids by key, of everything that there ever was

    def note(self, outcome: Outcome, effect: Effect) -> None:
        """Add the events of a command, here and to what its step led to."""
        instance = outcome.instance
        for event in outcome.events:
            self._note(instance, event, effect)

    def _note(self, instance: Instance, event: ev.Event, effect: Effect) -> None:
        match event:
            case ev.InstanceCreated():
                self._enter(event.key, instance.graph.process_id, effect)
            case ev.ElementActivating():
                self._enter(event.key, event.element_id, effect)
            case ev.ElementCompleted():
                self.completed[self.elements[event.key]] += 1
                effect.completed.append(self.elements[event.key])
                self._ended(instance, event.key, effect)
            case ev.ElementTerminated():
                self.terminated[self.elements[event.key]] += 1
                self._ended(instance, event.key, effect)
            case ev.SequenceFlowTaken():
                self.flows[event.flow_id] += 1
            case ev.VariableCreated() | ev.VariableUpdated():
                scope = effect.variables.setdefault(self.elements[event.scope_key], {})
                scope[event.name] = msgspec.json.decode(event.text)
            case ev.IncidentCreated():
                kind = IncidentType(event.type).name
                effect.incidents.append((self.elements[event.element_key], kind, event.message))
            case ev.DecisionEvaluated():
                effect.decisions += msgspec.json.decode(event.trace)

    def _enter(self, key: int, element_id: str, effect: Effect) -> None:
        self.elements[key] = element_id
        self.entered[element_id] += 1
        effect.entered.append(element_id)

    @staticmethod
    def _ended(instance: Instance, key: int, effect: Effect) -> None:
        if key == instance.key:
            effect.ended.append(instance.graph.process_id)
