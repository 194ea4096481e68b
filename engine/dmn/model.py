"""A model that has been read: what it holds, and its evaluation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar

from engine.dmn.elements import Decision, DrgElement, Requirement
from engine.dmn.errors import DecisionEvaluationError, Problem, UnknownDecision
from engine.dmn.plan import Plan, planned
from engine.dmn.results import DecisionResult, EvaluatedDecision
from engine.dmn.services import Service
from engine.dmn.types import Type, TypesOfRun
from engine.feel import Evaluation, FeelError, Mode, Warning

Element = TypeVar("Element", Decision, Service)


class Model:
    """One DMN file. Immutable once it is linked; may be evaluated from many threads at once.

    `decisions` and `services` are by id, in the order of the file. A model with `problems` can be evaluated as
    far as it is sound: what is not understood is null.
    """

    def __init__(self, id: str, name: str, namespace: str, mode: Mode) -> None:
        self.id = id
        self.name = name
        self.namespace = namespace
        self.mode = mode
        self.problems: tuple[Problem, ...] = ()
        self.decisions: dict[str, Decision] = {}
        self.services: dict[str, Service] = {}
        self.elements: dict[str, DrgElement | Service] = {}
        """Everything that can be required, by id."""
        self.types: dict[str, Type] = {}
        self.special_names: frozenset[str] = frozenset()
        self._plans: dict[Decision, Plan] = {}

    def decision(self, id_or_name: str) -> Decision:
        """UnknownDecision if there is none."""
        return find(self.decisions, id_or_name, "decision")

    def service(self, id_or_name: str) -> Service:
        """UnknownDecision if there is none."""
        return find(self.services, id_or_name, "decision service")

    def evaluate(
        self,
        decision: str,
        context: Mapping[str, object],
        now: datetime | None = None,
        entropy: Callable[[int], bytes] | None = None,
    ) -> DecisionResult:
        """Evaluate a decision, by id or name, and everything that it requires, each once.

        `context` holds the variables as JSON or FEEL values; `now` and `entropy` are what FEEL's now() and
        random number() draw on. A decision that fails is in the result, not raised: `unwrap()` raises it.
        UnknownDecision if there is no such decision.
        """
        target = self.decision(decision)
        return self.result(
            target.id, now, entropy, lambda run, trace: self.plan(target).run(run, context, (), trace)[0]
        )

    def evaluate_service(
        self,
        service: str,
        context: Mapping[str, object],
        now: datetime | None = None,
        entropy: Callable[[int], bytes] | None = None,
    ) -> DecisionResult:
        """Evaluate a decision service, by id or name. Its inputs are looked up in the context by their names.

        The value is that of its only output decision, or a context of all of them.
        """
        found = self.service(service)
        given = [context.get(name) for name in found.parameters]
        return self.result(
            found.id, now, entropy, lambda run, trace: found.evaluate(run, context, given, trace)
        )

    def plan(self, decision: Decision) -> Plan:
        """DecisionEvaluationError if the requirements cannot be ordered."""
        plan = self._plans.get(decision)
        if plan is None:
            plan = planned(decision.id, (), [Requirement(None, decision)], self.mode is Mode.SPEC)
            self._plans[decision] = plan
        return plan

    def result(
        self,
        id: str,
        now: datetime | None,
        entropy: Callable[[int], bytes] | None,
        evaluate: Callable[[Evaluation, list[EvaluatedDecision]], object],
    ) -> DecisionResult:
        run = Evaluation()
        run.now, run.entropy = now, entropy
        warnings: list[Warning] = []
        run.warnings = warnings
        if self.types:
            run.types = TypesOfRun(run, self.types)
        trace: list[EvaluatedDecision] = []
        value, failure = None, None
        try:
            value = evaluate(run, trace)
        except DecisionEvaluationError as error:
            failure = error
        except FeelError as error:  # a budget that ended while an input or a result was held to its type
            failure = DecisionEvaluationError(id, None, str(error))
        return DecisionResult(value, tuple(trace), failure, tuple(warnings))


def find(elements: Mapping[str, Element], id_or_name: str, kind: str) -> Element:
    found = elements.get(id_or_name)
    if found is not None:
        return found
    for element in elements.values():
        if element.name == id_or_name:
            return element
    known = ", ".join(f"'{id}'" for id in list(elements)[:10]) or "none"
    raise UnknownDecision(f"no {kind} '{id_or_name}'; the model has {known}")
